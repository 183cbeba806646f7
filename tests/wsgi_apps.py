"""Small WSGI apps in the middleware, and a login to one."""

from __future__ import annotations

from calling import Call

from session440.wsgi import Session440Middleware

SECRET = "a long random text for the tests"
IDLE = 1200


def wrap(app, clock, **options) -> Session440Middleware:
    return Session440Middleware(app, secret_key=SECRET, clock=clock, **options)


def hello(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {environ['session440'].subject}".encode()]


def logged_in(app) -> dict[str, str]:
    call = Call(app, "/login")
    call.body()
    return call.cookies()
