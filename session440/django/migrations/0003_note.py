"""Notes: what a store keeps for a while beside the logins."""

from django.db import migrations, models


class Migration(migrations.Migration):  # noqa: D101  # as Django has them
    dependencies = [("session440", "0002_member")]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                ("text_key", models.CharField(max_length=32)),
                ("escaped", models.TextField()),
                ("keep_until", models.FloatField(db_index=True)),
            ],
            options={
                "db_table": "session440_note",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=["key", "text_key"], name="session440_note_once"
                    ),
                ],
            },
        ),
    ]
