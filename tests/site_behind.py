"""Sites to put behind nginx, whose logins last 20 minutes by a clock in a file.

``/`` and ``/reports/…`` are for people who are logged in (the latter's files are nginx's to
serve), ``/login`` logs in whom POST's ``username`` names; ``/news`` is for anyone, and never
the same twice.
``OPTIONS`` in the environment, as JSON, are options of session440's, ``CLOCK`` the clock's file.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path

import clock
import flask
from sites import SECRET, TicketApp

from session440.flask import Session440
from session440.wsgi import Session440Middleware


def read_clock() -> float:
    file = os.environ.get("CLOCK")
    return clock.read_clock(Path(file)) if file else time.time()


OPTIONS = {"public": ["/news"], "clock": read_clock, **json.loads(os.environ.get("OPTIONS", "{}"))}

# --- Flask

flask_site = flask.Flask("site_behind", static_folder=None)
flask_site.secret_key = SECRET
flask_site.config |= {f"SESSION440_{name.upper()}": value for name, value in OPTIONS.items()}
flask_site.config["SESSION_COOKIE_SECURE"] = bool(os.environ.get("SECURE"))
Session440(flask_site)


@flask_site.get("/")
@flask_site.get("/reports/<path:name>")
def page(name: str = ""):
    if "user_id" not in flask.session:
        return flask.redirect("/login?next=" + flask.request.path)
    return (f"hello {flask.session['user_id']}", 404 if name else 200)


@flask_site.route("/login", methods=["GET", "POST"])
def login():
    if flask.request.method == "GET":
        return "who are you?"
    flask.session["user_id"] = flask.request.form["username"]
    return flask.redirect("/")


@flask_site.get("/news")
def news():
    return f"news {secrets.token_hex()} for {flask.session.get('user_id', 'anyone')}"


# --- plain WSGI


class _Site(TicketApp):
    """The site of the parity tests, with reports and news."""

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].startswith("/reports/") and not environ["session440"].active:
            start_response("302 FOUND", [("Location", "/login?next=" + environ["PATH_INFO"])])
            return [b""]
        if environ["PATH_INFO"] == "/news":
            start_response("200 OK", [("Content-Type", "text/plain")])
            name = environ["session440"].subject or "anyone"
            return [f"news {secrets.token_hex()} for {name}".encode()]
        return super().__call__(environ, start_response)


wsgi_site = Session440Middleware(
    _Site(), secret_key=SECRET, cookie_secure=bool(os.environ.get("SECURE")), **OPTIONS
)
