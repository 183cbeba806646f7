"""What a request costs, counted in calls of our functions, which no busy machine changes."""

from __future__ import annotations

import os
import sys
from itertools import pairwise

import flask
import pytest
from calling import Call
from sites import SITES

import session440
from session440.flask import Session440
from session440.http import page as pages
from session440.wsgi import Session440Middleware

ROOT = os.path.dirname(session440.__file__) + os.sep
SECRET = "a long random text for the tests of session440"
NAVIGATION = {"HTTP_ACCEPT": "text/html", "HTTP_SEC_FETCH_MODE": "navigate"}


def calls_of(run) -> list[str]:
    """Return the files of our functions, in the order in which a request calls them."""
    files: list[str] = []

    def note(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(ROOT):
            files.append(frame.f_code.co_filename.removeprefix(ROOT))

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return files


def moves(places: list[str]) -> int:
    """Return how often the next call is in another place."""
    return sum(one != other for one, other in pairwise(places))


def app(environ, start_response):
    visit = environ["session440"]
    if environ["PATH_INFO"] == "/login":
        visit.login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


class WSGISite:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        quiet = {"on_event": lambda event: None, "clock": lambda: self.now}
        self.app = Session440Middleware(app, secret_key=SECRET, **quiet)
        login = Call(self.app, "/login")
        header = dict(login.starts[0][1])["Set-Cookie"]
        name, _, value = header.partition(";")[0].partition("=")
        self.cookies = {name: value}

    def ask(self):
        return Call(self.app, "/", self.cookies, **NAVIGATION)


def test_an_active_request_makes_at_most_30_calls():
    site = WSGISite()
    site.ask()
    assert len(calls_of(site.ask)) <= 30


def test_a_visitor_makes_at_most_12_calls():
    site = WSGISite()
    site.cookies = {}
    site.ask()
    assert len(calls_of(site.ask)) <= 12


def test_a_440_makes_at_most_130_calls_and_goes_through_few_files():
    """The second request is counted: the first fills the caches."""
    site = WSGISite()
    site.now += 5000
    assert site.ask().starts[0][0] == "440 Login Timeout"
    files = calls_of(site.ask)
    assert len(files) <= 130
    assert moves(files) <= 75
    assert moves([os.path.dirname(file) for file in files]) <= 45


def flask_site():
    now = [1_800_000_000.0]
    site = flask.Flask("budget")
    site.secret_key = SECRET
    site.config["SESSION440_CLOCK"] = lambda: now[0]
    site.config["SESSION440_ON_EVENT"] = lambda event: None
    Session440(site)

    @site.get("/login")
    def login():
        flask.session["user_id"] = "alice"
        return "in"

    @site.get("/")
    def index():
        return "hello"

    return site.test_client(), now


def test_a_440_of_flask_makes_at_most_200_calls_and_renders_once(monkeypatch):
    rendered, page = [], pages.page
    monkeypatch.setattr(
        "session440.http.page.page", lambda *given: rendered.append(1) or page(*given)
    )
    for _attempt in range(2):
        client, now = flask_site()
        client.get("/login")
        now[0] += 5000
        rendered.clear()
        answers = []
        count = len(
            calls_of(
                lambda client=client, answers=answers: answers.append(
                    client.get("/", headers={"Sec-Fetch-Mode": "navigate", "Accept": "text/html"})
                )
            )
        )
        assert answers[0].status_code == 440
        assert rendered == [1]
    assert count <= 200


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_a_request_reads_the_clock_once(kind, open_site, clock):
    """All parts of a request then agree, whatever the request is for."""
    site = open_site(kind)
    browser = site.logged_in()
    for path in ("/", "/plain", "/public", "/poll", "/session440/status"):
        for wait in (0, 100):
            clock.advance(wait)
            read = clock.read
            browser.navigate(path)
            assert clock.read == read + 1, path
    clock.advance(5000)
    read = clock.read
    browser.navigate("/")
    assert clock.read == read + 1
