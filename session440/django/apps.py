"""The app: tables of logins, template tags and checks."""

from django.apps import AppConfig


class LoginsConfig(AppConfig):
    """Brings the tables of logins, their page in the admin, and the doctor's checks."""

    name = "session440.django"
    label = "session440"  # by default it would be the last part of the name, "django"
    verbose_name = "Logins"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from .checks import register_checks

        register_checks()
