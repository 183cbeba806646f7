"""The servers of the site, for the doctor to compare."""

from django.db import migrations, models


class Migration(migrations.Migration):  # noqa: D101  # as Django has them
    dependencies = [("session440", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Member",
            fields=[
                ("key", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("since", models.FloatField()),
                ("heard_at", models.FloatField()),
            ],
            options={"db_table": "session440_member", "default_permissions": ()},
        ),
    ]
