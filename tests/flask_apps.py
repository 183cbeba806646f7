"""Small Flask apps, and a login to one."""

from __future__ import annotations

import flask
from flask_login import UserMixin

from session440 import LoginTimeout

IDLE = 1200


def make_app(clock, **config) -> flask.Flask:
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock, **config)

    @app.get("/")
    def index():
        return f"hello {flask.session.get('user_id')}"

    @app.get("/login/<name>")
    def login(name):
        flask.session["user_id"] = name
        return "in"

    @app.get("/silent")
    def silent():
        return "silent"

    return app


def logged_in(app, name="alice"):
    client = app.test_client()
    client.get(f"/login/{name}")
    return client


def raise_timeout():
    raise LoginTimeout("revoked")


class User(UserMixin):
    def __init__(self, name):
        self.id = name
