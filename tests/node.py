"""One of several servers of a site, as its environment says.

``NODE`` is its name, ``SHARED`` the URL of the Redis that all of them use; without it each
keeps its sessions, and its store, in its own memory. ``KEY``, ``IDLE``, ``AHEAD`` (seconds of
its clock), ``VERSION`` and ``DOMAIN`` (of its cookies) make it unlike the others. ``flask_app``
has sessions of its own beside the ticket, in ``wsgi_app`` the ticket is the login.
"""

from __future__ import annotations

import logging
import os
import time

import patience  # noqa: F401  # for all that follows
from flask import Flask, session
from flask_session import Session

from session440.flask import Session440
from session440.registry import nodes as announcement
from session440.wsgi import Session440Middleware

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
SECRET = os.environ.get("KEY", "a long random text for the tests of session440")
SHARED = os.environ.get("SHARED")
OPTIONS = {
    "node": os.environ.get("NODE", "a node"),
    "store": SHARED or "memory:",
    "store_failure": os.environ.get("STORE_FAILURE", "degrade"),
    "idle_timeout": os.environ.get("IDLE", "20m"),
    "clock": lambda: time.time() + float(os.environ.get("AHEAD", "0")),
}
announcement.__version__ = os.environ.get("VERSION", announcement.__version__)


def flask_app() -> Flask:
    app = Flask("node")
    app.secret_key = SECRET
    app.config.update({f"SESSION440_{name.upper()}": each for name, each in OPTIONS.items()})
    app.config.update(_sessions(), SESSION_COOKIE_DOMAIN=os.environ.get("DOMAIN"))
    Session(app)
    Session440(app)

    @app.get("/login", defaults={"name": "somebody"})
    @app.get("/login/<name>")
    def login(name: str):
        session["user_id"] = name
        return "in"

    @app.get("/")
    def index():
        return f"hello {session.get('user_id')}"

    return app


def _sessions() -> dict:
    if SHARED:
        from redis import Redis

        return {"SESSION_TYPE": "redis", "SESSION_REDIS": Redis.from_url(SHARED)}
    from cachelib import SimpleCache

    return {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": SimpleCache()}


def bare(environ, start_response):
    visit, path = environ["session440"], environ["PATH_INFO"]
    if path.startswith("/login/"):
        visit.login(path.rpartition("/")[2])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {visit.subject}".encode()]


def wsgi_app() -> Session440Middleware:
    domain = os.environ.get("DOMAIN")
    return Session440Middleware(bare, secret_key=SECRET, cookie_domain=domain, **OPTIONS)
