"""A site whose page shows at a glance whose it is: it is painted in a colour of its person's.

``/_clock``, ``/_hold``, ``/_fail`` and ``/_release`` are for whoever goes back to it: while the
site is held, or fails, it does not say how a login stands.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

import flask
from clock import FakeClock
from serving import serve

from session440.flask import Session440, public

IDLE = 1200
COLOURS = {"alice": "#ff00ff", "bob": "#00ffff"}
#: What a page says of caching, and the site's option, by how the browser is to keep pages.
KEPT = {
    "bfcache": ({}, None),
    "http cache": ({"Cache-Control": "private, max-age=3600"}, None),
    "no-store": ({}, "no-store"),
}
PAGE = """<!doctype html><html lang="en" style="background: {colour}"><meta charset="utf-8">
<title>{name}</title><link rel="icon" href="data:,">{tag}
<style>* {{ transition: opacity .2s }} dialog {{ background: {colour} }}
p {{ background: {colour}; height: 40vh; visibility: visible }}</style>
<p>The page of {name}</p><textarea autofocus></textarea><dialog open>of {name}</dialog>
<div style="height: 3000px"></div>"""


class Holding:
    """Keeps an app from saying how a login stands, and lets time pass for it."""

    def __init__(self, app, clock: FakeClock) -> None:
        self.app = app
        self.clock = clock
        self.is_failing = False
        self.answering = threading.Event()
        self.answering.set()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/_"):
            self.control(path, parse_qs(environ["QUERY_STRING"]))
            start_response("200 OK", [("Content-Type", "application/json")])
            return [b"null"]
        if path == "/session440/status":
            self.answering.wait(60)
            if self.is_failing:
                start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
                return [b"out of order"]
        return self.app(environ, start_response)

    def control(self, path: str, given: dict[str, list[str]]) -> None:
        if path == "/_clock":
            self.clock.advance(float(given["seconds"][0]))
        elif path == "/_hold":
            self.answering.clear()
        else:
            self.is_failing = path == "/_fail"
            self.answering.set()


def site_app(clock: FakeClock, kept: str) -> flask.Flask:
    app = flask.Flask("back", static_folder=None)
    app.secret_key = "a long random text for the tests of session440"
    app.config.update(
        SESSION440_CLOCK=clock,
        SESSION440_IDLE_TIMEOUT=IDLE,
        SESSION440_LOGIN_URL="/login",
        SESSION440_PAGE_CACHE=KEPT[kept][1],
        PAGE_HEADERS=KEPT[kept][0],
    )
    Session440(app)
    app.add_url_rule("/login", view_func=public(login))
    app.add_url_rule("/logout", view_func=public(logout))
    app.add_url_rule("/away", view_func=public(away))
    app.add_url_rule("/page", view_func=page)
    return app


def login() -> str:
    if "as" in flask.request.args:
        flask.session["user_id"] = flask.request.args["as"]
    return "<!doctype html><title>login</title><h1>Log in</h1>"


def logout() -> str:
    flask.session.clear()
    return "<!doctype html><title>out</title>"


def away() -> str:
    return "<!doctype html><title>away</title>"


def page():
    name = flask.session.get("user_id")
    if name is None:
        return flask.redirect("/login")
    tag = flask.render_template_string("{{ session440_client() }}")
    text = PAGE.format(name=name, colour=COLOURS[name], tag=tag)
    return text, flask.current_app.config["PAGE_HEADERS"]


@contextmanager
def open_site(clock: FakeClock, kept: str) -> Iterator[str]:
    with serve(Holding(site_app(clock, kept), clock)) as site:
        yield site
