"""A site whose page can be opened with and without the script, and that writes down what it gets.

``/_begin``, ``/_disturb``, ``/_clock`` and ``/_records`` are for whoever runs the cases, and
``/_arrived`` waits until something was asked. What is asked of ``/hold`` is not answered until the
next case begins; whether anything below ``/maybe`` is asked at all is not compared.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs

import flask
from clock import FakeClock
from flask_wtf.csrf import CSRFProtect
from serving import serve

from session440.flask import Session440

TESTS = Path(__file__).parent
IDLE = 1200
#: What a browser says of itself, of its connection, or at random.
NOT_COMPARED = re.compile(
    r"HTTP_(COOKIE|USER_AGENT|CONNECTION|SEC_CH_UA.*|.*TOKEN|.*_KEY|.*REQUEST_ID|PRIORITY)|CONTENT_LENGTH"
)
BOUNDARY = re.compile(r"-{4,}\w*(?:boundary|Boundary)?[0-9A-Za-z]{12,}")
PAGE = """<!doctype html><html lang="en" data-run="{run}"><meta charset="utf-8"><title>page</title>
<link rel="icon" href="data:,"><script src="/static/log.js"></script>{tag}
<main></main><iframe name="part" title="part"></iframe>"""


class Recorder:
    """Writes down what an app is asked, and stands in for a server that hangs or fails.

    :param app: what answers.
    """

    def __init__(self, app, clock: FakeClock) -> None:
        self.app = app
        self.clock = clock
        self.mode = "without"
        self.run = "0"
        self.asked: list[dict] = []
        self.disturbance = ""  # "hanging" or "failing"
        self.released = threading.Event()
        self.news = threading.Condition()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/_"):
            return self.control(path, environ["QUERY_STRING"], start_response)
        environ["twice"] = self
        if path.startswith("/session440/") and not path.endswith((".js", ".css")):
            if self.disturbance:
                return self.disturb(start_response)
        elif not path.startswith(("/session440/", "/static/", "/login", "/maybe", "/favicon")):
            start_response = self.note(environ, start_response)
        return self.app(environ, start_response)

    def control(self, path: str, query: str, start_response):
        given = {name: values[0] for name, values in parse_qs(query).items()}
        told = None
        if path == "/_begin":
            self.released.set()
            self.released = threading.Event()
            self.mode, self.run = given["mode"], given["run"]
            self.asked, self.disturbance = [], ""
        elif path == "/_disturb":
            self.disturbance = given["by"]
        elif path == "/_clock":
            self.clock.advance(float(given["seconds"]))
        elif path == "/_arrived":
            with self.news:
                self.news.wait_for(lambda: self.has(given["what"]), timeout=60)
        else:
            told = self.asked
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    def has(self, what: str) -> bool:
        return any(each["what"] == what for each in self.asked)

    def disturb(self, start_response):
        if self.disturbance == "hanging":
            self.released.wait(60)
        start_response("503 Service Unavailable", [("Content-Type", "text/html")])
        return [b"<h1>Out of order</h1>"]

    def note(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        headers = {
            name: BOUNDARY.sub("boundary", value)
            for name, value in sorted(environ.items())
            if name.startswith(("HTTP_", "CONTENT_")) and not NOT_COMPARED.fullmatch(name)
        }
        place = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        asked = {
            "what": f"{environ['REQUEST_METHOD']} {place}",
            "headers": headers,
            "body": BOUNDARY.sub("boundary", body.decode("latin-1")),
        }
        with self.news:
            self.asked.append(asked)
            self.news.notify_all()

        def answer(status, headers, exc_info=None):
            asked["status"] = status
            asked["refused"] = any(name == "Session440-Cause" for name, _ in headers)
            return start_response(status, headers, exc_info)

        return answer


def site_app(clock: FakeClock) -> flask.Flask:
    app = flask.Flask(
        "twice", root_path=str(TESTS), static_folder="twice/pages", static_url_path="/static"
    )
    app.secret_key = "a long random text for the tests of session440"
    app.config.update(SESSION440_CLOCK=clock, SESSION440_IDLE_TIMEOUT=IDLE)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    CSRFProtect(app)
    Session440(app)
    app.add_url_rule("/login", view_func=login)
    app.add_url_rule("/page", view_func=page)
    app.add_url_rule("/favicon.ico", view_func=lambda: ("", 204))
    add_answers(app)
    return app


def login():
    """Log in without a form."""
    flask.session["user_id"] = flask.request.args.get("as", "alice")
    return flask.redirect("/page")


def page() -> str:
    recorder = flask.request.environ["twice"]
    has_script = recorder.mode != "without"
    tag = flask.render_template_string("{{ session440_client() }}") if has_script else ""
    return PAGE.format(tag=tag, run=recorder.run)


def add_answers(app: flask.Flask) -> None:
    """Add what can be asked, with every method."""
    every = {"methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]}
    app.add_url_rule("/echo", view_func=echo, **every)
    app.add_url_rule("/answer/<int:status>", view_func=answer, **every)
    app.add_url_rule("/redirect", view_func=redirect, **every)
    app.add_url_rule("/hold", view_func=hold, **every)
    app.add_url_rule("/maybe/hold", view_func=hold, **every)
    app.add_url_rule("/stream", view_func=stream, **every)


def echo():
    environ = flask.request.environ
    body = flask.request.get_data().decode("latin-1")
    told = {
        "method": flask.request.method,
        "query": environ["QUERY_STRING"],
        "type": BOUNDARY.sub("boundary", flask.request.content_type or ""),
        "body": BOUNDARY.sub("boundary", body),
    }
    return flask.jsonify(told), {"X-Echo": "yes"}


def answer(status: int):
    kind = flask.request.args.get("type", "text/plain")
    return flask.Response(flask.request.args.get("body", "<p>said</p>"), status, mimetype=kind)


def redirect():
    code = int(flask.request.args.get("code", "302"))
    response = flask.redirect(flask.request.args["to"], code)
    response.headers["Cache-Control"] = "no-store"
    return response


def hold():
    flask.request.environ["twice"].released.wait(60)
    return "released"


def stream():
    recorder = flask.request.environ["twice"]

    def parts() -> Iterator[str]:
        yield "first\n"
        if "hold" in flask.request.args:
            recorder.released.wait(60)
        yield "second\n"

    return flask.Response(flask.stream_with_context(parts()), mimetype="text/event-stream")


def elsewhere_app() -> flask.Flask:
    """Make the app of another origin, which allows simple calls alone unless it is asked."""
    app = flask.Flask("elsewhere", static_folder=None)
    add_answers(app)

    @app.after_request
    def allow(response: flask.Response) -> flask.Response:
        given = flask.request.args.get("allow", "*")
        if given != "nothing":
            response.headers["Access-Control-Allow-Origin"] = flask.request.headers.get(
                "Origin", "*"
            )
            response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Max-Age"] = "0"
        if given == "headers":
            response.headers["Access-Control-Allow-Headers"] = "x-own, content-type"
        return response

    return app


@contextmanager
def open_site(clock: FakeClock) -> Iterator[tuple[str, str]]:
    """Serve both; gives their URLs."""
    with (
        serve(Recorder(site_app(clock), clock)) as site,
        serve(Recorder(elsewhere_app(), clock)) as elsewhere,
    ):
        yield site, elsewhere
