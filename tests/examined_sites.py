"""Sites as they should be, and what the doctor finds in them."""

from __future__ import annotations

import re
from contextlib import contextmanager

from django.test import override_settings
from flask import Flask

from session440.doctor import examination
from session440.doctor.site import Site
from session440.flask import Session440, passive
from session440.stores import MemoryStore

KEY = "qG8vN2rT5yZ1xW4cB7mK0pL3sD6fH9jA"


def ids(site: Site, in_service: bool = True) -> list[str]:
    found = examination.examine(site, in_service)
    for each in found:
        assert KEY not in str(each)
        assert re.fullmatch(r"session440\.[EW]\d{3}", each.id)
        assert each.found
        assert each.why
        assert each.remedy
    return [each.id.partition(".")[2] for each in found]


def flask_app(**config) -> Flask:
    """A Flask app as it should be: by https, with a store and no adopted logins."""
    app = Flask("clinic")
    app.secret_key = KEY
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION440_STORE=MemoryStore(),
        SESSION440_ADOPT=False,
        SESSION440_PAGE_CACHE="no-store",
    )
    app.config.update(config)
    Session440(app)

    app.add_url_rule("/login", "login", lambda: "log in")

    @app.get("/api/poll")
    @passive
    def poll():
        return {}

    return app


HEALTHY_DJANGO = {
    "SECRET_KEY": KEY,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_NAME": "__Host-session",
    "SESSION440": {"ADOPT": False, "PASSIVE": ["/poll"], "PAGE_CACHE": "no-store"},
}
OURS = "session440.django.Session440Middleware"


@contextmanager
def project(**changes):
    """A Django project as it should be, but for the changes."""
    from session440.django.inspection import site_of_project

    with override_settings(**{**HEALTHY_DJANGO, **changes}):
        yield site_of_project()
