"""The tables of logins, as makemigrations writes them."""

from django.db import migrations, models


class Migration(migrations.Migration):  # noqa: D101  # as every migration
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Generation",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("token", models.CharField(max_length=32)),
            ],
            options={
                "db_table": "session440_generation",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=32)),
                ("subject_key", models.CharField(max_length=32)),
                ("subject", models.TextField()),
                ("policy", models.TextField()),
                ("node", models.TextField(blank=True)),
                ("issued_at", models.FloatField()),
                ("seen_at", models.FloatField()),
                ("keep_until", models.FloatField(db_index=True)),
                ("not_after", models.FloatField(blank=True, null=True)),
                ("cause", models.CharField(blank=True, max_length=20)),
                ("ended_at", models.FloatField(blank=True, null=True)),
            ],
            options={
                "db_table": "session440_login",
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(fields=["subject_key", "id"], name="session440_login_subject")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key",), name="session440_login_key")
                ],
            },
        ),
    ]
