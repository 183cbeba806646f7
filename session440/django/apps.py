"""The app, which only :class:`~session440.django.store.DjangoStore` needs."""

from django.apps import AppConfig


class LoginsConfig(AppConfig):
    """Brings the tables of logins, and their page in the admin."""

    name = "session440.django"
    label = "session440"  # the last part of the name, its default, would be "django"
    verbose_name = "Logins"
    default_auto_field = "django.db.models.BigAutoField"
