"""A recipe's site as a server serves it, with its people and its static files."""

import django
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  # after the set-up
from django.contrib.staticfiles.handlers import (  # noqa: E402
    ASGIStaticFilesHandler,
    StaticFilesHandler,
)

call_command("migrate", verbosity=0)
people = get_user_model().objects
people.create_superuser("alice", "alice@example.org", "wonderland")
people.create_superuser("bob", "bob@example.org", "wonderland")
people.create_user("carol", "carol@example.org", "wonderland")
application = StaticFilesHandler(get_wsgi_application())
asgi_application = ASGIStaticFilesHandler(get_asgi_application())
