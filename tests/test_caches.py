"""What is remembered from one request to the next has a bound, and changes no answer."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from functools import lru_cache

import pytest
from calling import Call
from sites import SECRET

import session440
from session440.core.escaping import escape
from session440.core.record import stored_id
from session440.core.wire import FIELDS
from session440.events import Event, listeners
from session440.http.negotiation import asks_for_html
from session440.wsgi import Session440Middleware

CACHE = type(lru_cache(lambda: None))
#: These grow with what a site is made of, and not with its requests.
BY_THE_SITE = {
    "_catalogue": "the languages of the package",
    "_judged_first": "classes of sessions",
    "_template": "one page",
    "_warn": "one warning",
    "_watched": "classes of sessions",
    "_warn_of_visitors": "the watched cookie's name",
    "client_script": "one file",
    "dialogs_script": "one file",
    "live_script": "one file",
    "cookie_scope": "one setting of Django",
    "get_engine": "one engine",
    "is_native": "classes of sessions",
    "page_policy": "two policies",
    "saves_every_request": "one setting of Django",
    "session_cookie": "one setting of Django",
    "static_prefix": "one setting of Django",
    "style": "one file",
    "style_sheet": "one file",
    "warn_of_login_url": "apps and their login pages",
    "warn_of_unnamed": "one setting, subject_key",
    "words_in": "languages that Django and our own choice name",
}


def modules():
    for found in pkgutil.walk_packages(session440.__path__, "session440."):
        if not found.name.endswith(("__main__", "migrations.0001_initial")):
            yield importlib.import_module(found.name)


def caches():
    """Return the caches of all functions and methods by their names."""
    found = {}
    for module in modules():
        classes = [each for each in vars(module).values() if issubclass(type(each), type)]
        for holder in (module, *classes):
            mine = {name: each for name, each in vars(holder).items() if type(each) is CACHE}
            found |= {f"{each.__module__}.{name}": each for name, each in mine.items()}
    return {name: each for name, each in found.items() if name.startswith("session440.")}


def test_every_cache_has_a_bound_or_grows_with_the_site_alone():
    unbounded = {
        name.rpartition(".")[2]
        for name, each in caches().items()
        if each.cache_parameters()["maxsize"] is None
    }
    assert unbounded <= BY_THE_SITE.keys(), unbounded - BY_THE_SITE.keys()


@pytest.mark.parametrize("accept", ["", "text/html", "application/json", "text/html;q=0", "*/*"])
def test_an_accept_header_is_read_alike_again(accept):
    environ = {"HTTP_ACCEPT": accept}
    assert asks_for_html(environ) == asks_for_html(environ) == (accept == "text/html")


def test_many_headers_and_ids_are_forgotten_again():
    for i in range(3000):
        asks_for_html({"HTTP_ACCEPT": f"text/html;level={i}"})
        stored_id(f"a ticket {i}")
    large = [name for name, each in caches().items() if each.cache_info().currsize > 1024]
    assert large == []


def test_what_is_escaped_again_is_escaped_alike():
    for text in ("/", "/app", "ä.example", "default", "/"):
        for key in "pncd":
            assert FIELDS[key].write(text) == escape(text)
            assert FIELDS[key].read(FIELDS[key].write(text)) == text


# --- events that nobody hears


class Renewing:
    """An app with a login that is due for renewal."""

    def __init__(self, clock, **options):
        def app(environ, start_response):
            if environ["PATH_INFO"] == "/login":
                environ["session440"].login("alice")
            start_response("200 OK", [])
            return []

        self.app = Session440Middleware(app, secret_key=SECRET, clock=clock, **options)
        name, _, value = (
            Call(self.app, "/login").header("Set-Cookie").partition(";")[0].partition("=")
        )
        self.cookies = {name: value}
        clock.advance(100)

    def renew(self):
        assert Call(self.app, "/", self.cookies).header("Set-Cookie")


@pytest.fixture
def made(monkeypatch):
    """The kinds of the events that are made."""
    kinds = []

    def make(kind, *given, **named):
        kinds.append(kind)
        return Event(kind, *given, **named)

    monkeypatch.setattr(listeners, "Event", make)
    return kinds


def test_a_renewal_that_nobody_hears_of_makes_no_event(clock, made, caplog):
    site = Renewing(clock)
    made.clear()
    with caplog.at_level(logging.INFO, "session440"):
        site.renew()
    assert made == []


def test_a_renewal_is_logged_once_the_level_is_debug(clock, caplog):
    site = Renewing(clock)
    with caplog.at_level(logging.DEBUG, "session440"):
        site.renew()
    assert "login renewed" in caplog.text


@pytest.mark.parametrize("road", ["on_event", "listen"])
def test_a_listener_hears_of_each_renewal(clock, road, caplog):
    heard = []
    site = Renewing(clock, **({"on_event": heard.append} if road == "on_event" else {}))
    if road == "listen":
        site.app.engine.listen(heard.append)
    with caplog.at_level(logging.WARNING, "session440"):
        site.renew()
    assert heard[-1].kind == "renewed"


def test_a_listener_that_is_deaf_to_renewals_hears_of_the_rest(clock, made):
    heard = []
    site = Renewing(clock, on_event=lambda event: None)
    site.app.engine.listen(heard.append, lambda kind: kind != "renewed")
    site.renew()  # on_event hears all
    assert [event.kind for event in heard] == ["renewed"]
