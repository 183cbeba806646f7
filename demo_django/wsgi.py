"""The demo for any WSGI server: ``gunicorn demo_django.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from .database import prepare

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo_django.settings")
application = get_wsgi_application()
# Several workers on a new database would fall over each other: let gunicorn --preload.
prepare()
