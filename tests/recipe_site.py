"""The site that the recipes in docs/recipes serve, in Flask; ``recipe_asgi_site`` is its twin.

``/`` is for people who are logged in, ``/login`` logs in whom POST's ``username`` names, ``/save``
(POST) says how much it was sent, ``/events`` is a stream that says who listens, and in ASGI
``/socket`` is a WebSocket that does. ``/healthz`` is for anyone, and so is ``/scheme``, which says
under which URL it was asked. A login lasts 20 minutes by the clock in the file that ``CLOCK``
names; ``OPTIONS``, as JSON, are options of session440's. With ``PROXIED`` the site believes the
proxy before it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import flask
from clock import read_clock
from werkzeug.middleware.proxy_fix import ProxyFix

from session440.flask import Session440, current_visit

SECRET = "a long random text for the recipes"


def site_clock() -> float:
    file = os.environ.get("CLOCK")
    return read_clock(Path(file)) if file else time.time()


OPTIONS = {
    "idle_timeout": 1200,
    "public": ["/healthz", "/scheme"],
    "clock": site_clock,
    **json.loads(os.environ.get("OPTIONS", "{}")),
}

app = flask.Flask("recipe_site", static_folder=None)
app.secret_key = SECRET
app.config |= {f"SESSION440_{name.upper()}": value for name, value in OPTIONS.items()}
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
if os.environ.get("PROXIED"):
    app.config["SESSION_COOKIE_SECURE"] = True
    app.config["SESSION_COOKIE_NAME"] = "__Host-session"
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1)
Session440(app)


@app.get("/")
def page():
    if not current_visit.active:
        return flask.redirect("/login?next=" + flask.request.full_path)
    return f"hello {current_visit.subject}"


@app.route("/login", methods=["GET", "POST"])
def login():
    if flask.request.method == "GET":
        return "who are you?"
    flask.session.clear()
    flask.session["user_id"] = flask.request.form["username"]
    return flask.redirect(flask.request.args.get("next", "/"))


@app.post("/logout")
def logout():
    flask.session.clear()
    return "out"


@app.post("/save")
def save():
    return f"saved {len(flask.request.get_data())} for {flask.session.get('user_id')}"


@app.get("/healthz")
def health():
    return "ready"


@app.get("/scheme")
def scheme():
    return flask.request.host_url


@app.get("/events")
def events():
    visit = current_visit.watch()

    def stream():
        with visit as login:
            yield f"data: for {login.subject}\n\n"
            while not login.ended.wait(15):
                yield ": still here\n\n"

    return flask.Response(stream(), mimetype="text/event-stream")
