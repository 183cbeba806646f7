"""The same small site in every adapter, served over a real socket.

``/`` needs a login and redirects to ``/login`` (POST ``username`` logs in); ``/logout``
(POST) and ``/callback`` do what they say; ``/api/me`` answers 401 to nobody; ``/public`` is
for anyone, ``/poll`` is passive; ``/cart`` stores something; ``/cached``, ``/not-modified``
and ``/broken`` answer as named; ``/expire`` raises LoginTimeout. ``/vault`` wants a recent login
by itself; ``/confirm`` (POST) confirms who is there; ``/refresh?until=...`` (POST) moves the end of
the credential; ``/html`` is a page.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask
from browser import Browser
from clock import FakeClock
from serving import serve
from small_app import CookieApp, TicketApp, refresh

from session440 import LoginTimeout
from session440.engine import Engine
from session440.flask import Session440, current_visit, passive, public, recent
from session440.wsgi import Session440Middleware

TESTS = Path(__file__).parent
SECRET = "a long random text for the tests of session440"
OPTIONS = {
    "idle_timeout": 1200,
    "absolute_timeout": 28800,
    "public": ["/public"],
    "passive": ["/poll"],
}


class Site:
    """One adapter's site.

    ``ticket`` and ``session`` are the names of its two cookies; ``session`` is ``None``
    where the ticket is the login. ``like`` is the kind of site whose scenarios it shares:
    ``wsgi``, ``watched``, ``flask`` or ``django``.
    """

    name: str
    like: str
    browser_class: type[Browser] = Browser
    ticket: str
    session: str | None

    def __init__(self, url: str, clock: FakeClock, engine: Engine, events: list) -> None:
        self.url = url
        self.clock = clock
        self.engine = engine
        self.events = events
        self.browsers: list[Browser] = []

    def browser(self) -> Browser:
        browser = self.browser_class(self.url)
        self.browsers.append(browser)
        return browser

    def logged_in(self, name: str = "alice") -> Browser:
        browser = self.browser()
        self.log_in(browser, name)
        return browser

    def log_in(self, browser: Browser, name: str = "alice"):
        answer = browser.post("/login", {"username": name})
        assert answer.status == 302, answer
        assert self.ticket in browser.cookies
        return answer

    @property
    def has_session(self) -> bool:
        """Whether tests can reach into the framework's session, to :meth:`edit` it."""
        return self.like in ("flask", "django")

    @contextmanager
    def edit(self, browser: Browser) -> Iterator[dict]:
        raise NotImplementedError

    def subject_of(self, name: str) -> str:
        return name


# --- plain WSGI, with an app that knows session440 or one that has a session of its own


class WsgiSite(Site):
    name = like = "wsgi"
    ticket = "login440"
    session = None

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        events: list = []
        given = {"secret_key": SECRET, **OPTIONS, "on_event": events.append, **options}
        app = cls.wrap(given, clock)
        with serve(app) as url:
            yield cls(url, clock, app.engine, events)

    @staticmethod
    def wrap(options, clock):
        return Session440Middleware(TicketApp(), clock=clock, **options)


class WatchedSite(WsgiSite):
    name = like = "watched"
    session = "sid"

    @staticmethod
    def wrap(options, clock):
        return Session440Middleware(CookieApp(), clock=clock, watch_cookie="sid", **options)


# --- Flask


def flask_app(clock: FakeClock, events: list, **options) -> flask.Flask:
    app = flask.Flask("flask_site", root_path=str(TESTS))
    app.secret_key = SECRET
    given = OPTIONS | {"clock": clock, "on_event": events.append} | options
    for name, value in given.items():
        app.config[f"SESSION440_{name.upper()}"] = value
    Session440(app)
    _add_views(app)
    return app


def _add_views(app: flask.Flask) -> None:
    session = flask.session

    @app.get("/")
    def dashboard():
        if "user_id" not in session:
            return flask.redirect("/login?next=" + flask.request.full_path)
        return f"hello {session['user_id']}"

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if flask.request.method == "POST":
            token = session.get("csrf_token")
            if flask.request.form.get("csrf_token", token) != token:
                flask.abort(400)
            log_in(flask.request.form["username"])
            return flask.redirect("/")
        token = session.setdefault("csrf_token", secrets.token_hex(8))
        return f'<input name="csrf_token" value="{token}">'

    def log_in(name):
        session.clear()
        session["user_id"] = name

    @app.route("/logout", methods=["GET", "POST"])
    def logout():
        session.clear()
        return flask.redirect("/login")

    @app.get("/callback")
    def callback():
        log_in("alice")
        return flask.redirect("/")

    @app.get("/api/me")
    def me():
        if "user_id" not in session:
            return {"error": "who?"}, 401
        return {"user": session["user_id"]}

    @app.get("/show")
    def show():
        return f"shown to {session.get('user_id', 'nobody')}"

    app.add_url_rule("/public", "public", show)
    app.add_url_rule("/who", "who", show, methods=["OPTIONS"])
    app.add_url_rule("/marked-public", "marked", public(_copy(show)))

    @app.route("/plain", methods=["GET", "POST"])
    def plain():
        return "plain", {"Content-Type": "text/plain"}

    app.add_url_rule("/poll", "poll", plain)
    app.add_url_rule("/marked-poll", "marked_poll", passive(_copy(plain)))
    app.add_url_rule("/second-factor", "second", plain)
    app.add_url_rule("/save", "save", plain, methods=["GET", "POST"])

    app.add_url_rule("/account", "account", plain, methods=["GET", "POST"])

    @app.route("/vault", methods=["GET", "POST"])
    @recent("10m")
    def vault():
        return "done"

    @app.post("/confirm")
    def confirm():
        current_visit.confirm()
        return "done"

    @app.post("/refresh")
    def move():
        refresh(current_visit, flask.request.query_string.decode())
        return "done"

    @app.get("/html")
    def html():
        return f"hello {session.get('user_id')}"

    @app.get("/cart")
    def cart():
        session["cart"] = "apples"
        return "in the cart"

    @app.get("/cached")
    def cached():
        return "cached", {"Cache-Control": "public, max-age=60"}

    @app.get("/not-modified")
    def not_modified():
        return "", 304

    @app.get("/broken")
    def broken():
        return "broken", 500

    @app.get("/expire")
    def expire():
        raise LoginTimeout(cause="credential")

    @app.get("/own-440")
    def own_440():
        return "own", 440


def _copy(view):
    return lambda: view()


class FlaskSite(Site):
    name = like = "flask"
    ticket = "session440"
    session = "session"

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        events: list = []
        app = flask_app(clock, events, **options)
        with serve(app) as url:
            site = cls(url, clock, app.extensions["session440"].engine, events)
            site.app = app
            yield site

    @contextmanager
    def edit(self, browser: Browser) -> Iterator[dict]:
        serializer = self.app.session_interface.get_signing_serializer(self.app)
        content = serializer.loads(browser.cookies["session"])
        yield content
        browser.cookies["session"] = serializer.dumps(content)

    def lose_session(self, browser: Browser) -> None:
        browser.cookies["session"] = "no-longer-known"


# --- Django


class DjangoSite(Site):
    name = like = "django"
    ticket = "sessionid440"
    session = "sessionid"

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        from django.core.handlers.wsgi import WSGIHandler
        from django.test import override_settings

        from session440.django import get_engine

        events: list = []
        given = OPTIONS | {"clock": clock, "on_event": events.append} | options
        with override_settings(SESSION440={k.upper(): v for k, v in given.items()}):
            with serve(WSGIHandler()) as url:
                yield cls(url, clock, get_engine(), events)

    @contextmanager
    def edit(self, browser: Browser) -> Iterator[dict]:
        from django.contrib.sessions.backends.db import SessionStore

        session = SessionStore(browser.cookies["sessionid"])
        content = dict(session.items())
        yield content
        session.clear()
        session.update(content)
        session.save()

    def lose_session(self, browser: Browser) -> None:
        from django.contrib.sessions.backends.db import SessionStore

        SessionStore(browser.cookies["sessionid"]).delete()

    def subject_of(self, name: str) -> str:
        from django.contrib.auth.models import User

        return str(User.objects.get(username=name).pk)


SITES = [WsgiSite, WatchedSite, FlaskSite, DjangoSite]
