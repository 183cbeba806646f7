"""Requests as a browser sends them, made to a WSGI app in this process."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from .subject import Work

PATH = "/reports/2026"
App = Callable[[dict[str, Any], Any], Any]


def padded(*cookies: str) -> str:
    """Return a Cookie header of 300 bytes or a little more, other cookies first."""
    header = "; ".join(["_ga=GA1.1.1234567890.1700000000; theme=dark; lang=en-GB", *cookies])
    return f"consent={'x' * max(0, 300 - len(header) - 10)}; {header}"


def environ(*cookies: str, path: str = PATH, **more: Any) -> dict[str, Any]:
    """Return what a server tells of a person's navigation, with the headers of a browser."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "page=2",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "443",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "app.example",
        "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "HTTP_SEC_FETCH_DEST": "document",
        "HTTP_SEC_FETCH_MODE": "navigate",
        "HTTP_SEC_FETCH_SITE": "same-origin",
        "HTTP_COOKIE": padded(*cookies),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **more,
    }


class Answer(NamedTuple):
    """What came back, and what the app has written into its environ."""

    status: str
    headers: list[tuple[str, str]]
    body: str
    environ: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.status}, {len(self.headers)} headers, {self.body[:80]!r}"

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets, or deletes."""
        set_cookies = [value for name, value in self.headers if name.lower() == "set-cookie"]
        pairs = [each.partition(";")[0].partition("=") for each in set_cookies]
        return {name.strip(): value for name, _, value in pairs}


def ask(app: App, template: dict[str, Any]) -> Answer:
    """Make one request, and keep its answer."""
    begun: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        begun[:] = [status, headers]

    request = template | {"wsgi.input": io.BytesIO()}
    iterable = app(request, start_response)
    body = b"".join(iterable).decode()
    if hasattr(iterable, "close"):
        iterable.close()
    return Answer(*begun, body, request)


def log_in(app: App, **more: Any) -> str:
    """Log in as a browser does, look at a page, and return the cookies."""
    jar: dict[str, str] = {}
    for method, path in (("POST", "/login"), ("GET", PATH)):
        held = [f"{name}={value}" for name, value in jar.items()]
        jar |= ask(app, environ(*held, path=path, REQUEST_METHOD=method, **more)).cookies
    return "; ".join(f"{name}={value}" for name, value in jar.items() if value)


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    """Take the beginning of an answer that nobody looks at."""


def serve(app: App, request: dict[str, Any]) -> None:
    """Do what a server does: call the app, iterate its answer, close it."""
    iterable = app(request, start_response)
    for _ in iterable:
        pass
    if hasattr(iterable, "close"):
        iterable.close()


def same(app: App, template: dict[str, Any], check: Callable[[], str], **more: Any) -> Work:
    """Return the work of answering one and the same request."""

    def batch(calls: int) -> None:
        for _ in range(calls):
            serve(app, template.copy())

    return Work(batch, check, **more)


def in_turn(
    app: App, template: dict[str, Any], cookies: list[str], check: Callable[[], str], **more: Any
) -> Work:
    """Return the work of answering a request with each of *cookies* in turn."""
    headers = itertools.cycle([padded(each) for each in cookies])

    def batch(calls: int) -> None:
        for _ in range(calls):
            request = template.copy()
            request["HTTP_COOKIE"] = next(headers)
            serve(app, request)

    return Work(batch, check, **more)
