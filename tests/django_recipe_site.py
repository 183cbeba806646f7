"""A recipe's site as a server serves it, with its static files."""

import django
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

django.setup()

from django.contrib.staticfiles.handlers import (  # noqa: E402  # after the set-up
    ASGIStaticFilesHandler,
    StaticFilesHandler,
)

application = StaticFilesHandler(get_wsgi_application())
asgi_application = ASGIStaticFilesHandler(get_asgi_application())
