"""A small Flask app whose logins end soon enough to watch.

``python -m demo_flask`` serves it, and so does ``gunicorn 'demo_flask:create_app()'``.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]  # it ships no types
from jinja2 import FileSystemLoader

from demo_tour import CONTENT_SECURITY_POLICY, STATIC, TEMPLATES
from demo_tour.clock import DemoClock
from demo_tour.key import kept_key
from demo_tour.tour import Tour
from demo_tour.wsgi import noting
from session440.flask import Session440

from .feed import feed
from .tour import show_tour, tour_pages
from .views import pages

__all__ = ["create_app"]

FOLDER = Path(__file__).parent
DATABASE = FOLDER / "demo.sqlite3"


def create_app(clock: DemoClock | None = None) -> Flask:
    """Build the app; the environment may give a ``SECRET_KEY``, a store and timeouts."""
    app = Flask(__name__, static_folder=STATIC)
    app.jinja_loader = FileSystemLoader([FOLDER / "templates", TEMPLATES])
    tour = app.extensions["demo_tour"] = Tour(clock or DemoClock(FOLDER / "demo.clock"))
    app.config.update(
        SECRET_KEY=os.environ.get("SECRET_KEY") or kept_key(FOLDER / "demo.key"),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION440_IDLE_TIMEOUT=os.environ.get("SESSION440_IDLE_TIMEOUT", "60s"),
        SESSION440_ABSOLUTE_TIMEOUT=os.environ.get("SESSION440_ABSOLUTE_TIMEOUT", "10m"),
        SESSION440_WARN_BEFORE="20s",
        SESSION440_PAGE_CACHE="no-store",  # so that the Back button shows nobody's pages
        SESSION440_ADOPT=False,  # there are no logins from before session440
        SESSION440_CLOCK=tour.clock,  # a site needs none: here a button moves it
        SESSION440_ON_EVENT=tour.hear,
        # A file, so that several workers know of each other's logins.
        SESSION440_STORE=os.environ.get("SESSION440_STORE", f"sqlite:///{DATABASE}"),
    )
    CSRFProtect(app)
    Session440(app)
    app.register_blueprint(pages)
    app.register_blueprint(feed)
    app.register_blueprint(tour_pages)
    app.context_processor(show_tour)
    # https://flask.palletsprojects.com/quickstart/#hooking-in-wsgi-middleware
    app.wsgi_app = noting(app.wsgi_app, tour)  # type: ignore[assignment,method-assign]  # it is meant
    app.after_request(add_policy)
    return app


def add_policy(response: Response) -> Response:
    """Let pages load what is ours alone. What session440 answers has a policy already."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return response
