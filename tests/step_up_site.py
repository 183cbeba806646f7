"""A site with a step that needs a recent login, and what it answers to those who have none.

``/_age`` makes the login of whoever asks too old for it. It keeps what was done, and in which
order things were asked.
"""

from __future__ import annotations

import json

import flask
from clock import FakeClock
from flask_wtf.csrf import CSRFProtect

from session440.flask import Session440, public

STEP_UP = 'Session440 error="insufficient_user_authentication", max_age=600'
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>heard</title>
<link rel="icon" href="data:,">{tag}<meta name="csrf-token" content="{token}">
<h1>The page of {name}</h1><label>Note <input name="note"></label>"""
LOGIN = """<!doctype html><title>login</title><link rel="icon" href="data:,">
<form method="post"><input type="hidden" name="csrf_token" value="{token}">
<input type="hidden" name="next" value="{next}"><label>Name <input name="name"></label>
<button>Log in</button></form>"""


def site_app(clock: FakeClock) -> flask.Flask:
    app = flask.Flask("step_up", static_folder=None)
    app.secret_key = "a long random text for the tests of session440"
    app.config.update(
        SESSION440_CLOCK=clock, SESSION440_IDLE_TIMEOUT=1200, SESSION440_LOGIN_URL="/login"
    )
    app.config["done"] = []  # what was done by whom
    CSRFProtect(app)
    Session440(app)
    methods = ["GET", "POST"]
    app.add_url_rule("/login", view_func=public(login), methods=methods)
    app.add_url_rule("/page", view_func=page)
    app.add_url_rule("/me", view_func=me)
    app.add_url_rule("/_age", view_func=age)
    app.add_url_rule("/never", view_func=refused, methods=methods)
    app.add_url_rule("/step", view_func=step, methods=methods)
    return app


def login():
    given = flask.request.values
    if flask.request.method == "POST":
        flask.session.clear()
        flask.session.update(user_id=given["name"], is_recent=True)
        return flask.redirect(given["next"] or "/page")
    token = flask.render_template_string("{{ csrf_token() }}")
    return LOGIN.format(token=token, next=given.get("next", ""))


def page() -> str:
    tag, token = map(
        flask.render_template_string, ("{{ session440_client() }}", "{{ csrf_token() }}")
    )
    return PAGE.format(tag=tag, token=token, name=flask.session["user_id"])


def me():
    return flask.jsonify(flask.session["user_id"])


def age():
    flask.session["is_recent"] = False
    return ""


def step():
    """Do what needs a recent login."""
    if not flask.session.get("is_recent"):
        return refused()
    name, text = flask.session["user_id"], flask.request.get_data(as_text=True)
    flask.current_app.config["done"].append((name, text))
    return flask.jsonify("done")


def refused():
    problem = {
        "type": "urn:problem:session440:step-up",
        "title": "Unauthorized",
        "status": 401,
        "max_age": 600,
        "relogin_url": "/login?next=%2Fsession440%2Fback",
    }
    headers = {"WWW-Authenticate": STEP_UP, "Cache-Control": "no-store"}
    return flask.Response(json.dumps(problem), 401, headers, mimetype="application/problem+json")
