"""A site with a step that needs a recent login, which keeps what was done there, and by whom."""

from __future__ import annotations

import flask
from clock import FakeClock
from flask_wtf.csrf import CSRFProtect

from session440.flask import Session440, current_visit, public, recent

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>heard</title>
<link rel="icon" href="data:,">{tag}<meta name="csrf-token" content="{token}">
<h1>The page of {name}</h1><label>Note <input name="note"></label>
<form method="post" action="/step">
<input type="hidden" name="csrf_token" value="{token}"><label>Body <input name="body"></label>
<button>Do it</button></form>
<form method="post" action="/payout">
<input type="hidden" name="csrf_token" value="{token}"><label>Amount <input name="amount"></label>
<button>Pay</button></form>"""
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
    app.config["SESSION440_RECENT"] = {"/payout": "10m"}
    app.config["done"] = []
    CSRFProtect(app)
    Session440(app)
    methods = ["GET", "POST"]
    app.add_url_rule("/login", view_func=public(login), methods=methods)
    app.add_url_rule("/visitor", view_func=public(page), endpoint="visitor")
    app.add_url_rule("/page", view_func=page)
    app.add_url_rule("/me", view_func=me)
    app.add_url_rule("/payout", view_func=payout, methods=["POST"])
    app.add_url_rule("/own", view_func=recent("10m")(own), methods=methods)
    app.add_url_rule("/confirm", view_func=confirm, methods=["POST"])
    app.add_url_rule("/step", view_func=recent("10m")(step), methods=methods)
    return app


def login():
    given = flask.request.values
    if flask.request.method == "POST":
        flask.session.clear()
        flask.session["user_id"] = given["name"]
        return flask.redirect(given["next"] or "/page")
    token = flask.render_template_string("{{ csrf_token() }}")
    return LOGIN.format(token=token, next=given.get("next", ""))


def page() -> str:
    tag, token = map(
        flask.render_template_string, ("{{ session440_client() }}", "{{ csrf_token() }}")
    )
    return PAGE.format(tag=tag, token=token, name=flask.session.get("user_id"))


def me():
    return flask.jsonify(flask.session["user_id"])


def confirm() -> str:
    """Stand for an app that checks a passkey itself."""
    current_visit.confirm(flask.session["user_id"])
    return "confirmed"


def payout() -> str:
    amount = flask.request.form["amount"]
    flask.current_app.config["done"].append((flask.session["user_id"], amount))
    return f"paid {amount}"


def own() -> str:
    """Show a form that is sent to its own path, which wants a recent login."""
    return payout() if flask.request.method == "POST" else page().replace("/payout", "/own")


def step():
    body = flask.request.form.get("body") or flask.request.get_data(as_text=True)
    flask.current_app.config["done"].append((flask.session["user_id"], body))
    return flask.jsonify("done")
