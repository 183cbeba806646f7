"""The application of a recipe, as gunicorn serves it, with its people and its static files."""

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.contrib.auth import get_user_model  # noqa: E402  # after the set-up
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402

call_command("migrate", verbosity=0)
people = get_user_model().objects
people.create_superuser("alice", "alice@example.org", "wonderland")
people.create_superuser("bob", "bob@example.org", "wonderland")
people.create_user("carol", "carol@example.org", "wonderland")
application = StaticFilesHandler(application)
