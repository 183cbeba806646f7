"""The doctor looks at WSGI apps, and finds the middleware in what is wrapped around it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calling import Call
from django.core.handlers.wsgi import WSGIHandler
from examined_sites import KEY, flask_app, ids, project
from flask import Flask
from sites import CookieApp, TicketApp
from werkzeug.local import LocalProxy
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from session440.cli import loading
from session440.doctor import examination
from session440.exceptions import ConfigurationError
from session440.plain.watched import _warn_of_visitors
from session440.stores import MemoryStore
from session440.wsgi import Session440Middleware


def test_a_wsgi_app_as_it_should_be_has_none():
    app = Session440Middleware(
        TicketApp(),
        secret_key=KEY,
        cookie_secure=True,
        cookie_name="__Host-login",
        store=MemoryStore(),
    )
    assert ids(loading.site_of(app)) == []


@pytest.mark.parametrize(
    ("id", "options"),
    [
        ("W031", {"cookie_secure": False}),
        ("W032", {"cookie_secure": True}),
        ("W045", {"store": None}),
        ("E021", {"secret_key": "a" * 40}),
    ],
)
def test_a_fault_of_a_wsgi_app_is_named(id, options):
    plantable = [] if options.get("cookie_secure") is False else ["W032"]
    given = {"secret_key": KEY, "store": MemoryStore(), **options}
    site = loading.site_of(Session440Middleware(TicketApp(), **given))
    assert ids(replace(site, is_https=True)) == sorted({id, *plantable})


def test_an_app_without_the_middleware_is_named():
    assert ids(loading.site_of(TicketApp())) == ["E060"]


class Wrapper:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def test_the_middleware_is_found_behind_others_and_named_where_it_is_there_twice():
    once = Session440Middleware(TicketApp(), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(Wrapper(Wrapper(once)))) == []
    twice = Session440Middleware(Wrapper(once), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(twice)) == ["E062"]


class Delegating:
    """A wrapper that gives what it lacks from what it wraps."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __call__(self, environ, start_response):
        return self.inner(environ, start_response)


@pytest.mark.parametrize(
    "wrap",
    [
        ProxyFix,
        lambda app: DispatcherMiddleware(app, {"/api": TicketApp()}),
        lambda app: LocalProxy(lambda: app),
        Delegating,
        Wrapper,
    ],
)
def test_what_is_wrapped_is_found(wrap):
    app = flask_app()
    assert ids(loading.site_of(wrap(app))) == []
    assert ids(loading.site_of(Wrapper(wrap(app)))) == []
    once = Session440Middleware(TicketApp(), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(wrap(once))) == []


def test_a_whole_app_that_is_wrapped_in_the_middleware_too_is_named():
    for app in (flask_app(), flask_app().wsgi_app, Wrapper(flask_app())):
        twice = Session440Middleware(app, secret_key=KEY, store=MemoryStore())
        assert ids(loading.site_of(twice)) == ["E062"]
    bare = Session440Middleware(Flask("bare"), secret_key=KEY, store=MemoryStore())
    assert ids(loading.site_of(bare)) == []
    with project():
        assert ids(loading.site_of(Wrapper(WSGIHandler()))) == []
        twice = Session440Middleware(WSGIHandler(), secret_key=KEY, store=MemoryStore())
        assert ids(loading.site_of(twice)) == ["E062"]


class Odd:
    def __getattr__(self, name):
        raise KeyError(name)

    def __call__(self, environ, start_response):
        return []


def test_an_app_of_odd_attributes_is_looked_at_all_the_same():
    assert ids(loading.site_of(Odd())) == ["E060"]


def test_an_app_with_a_session_that_is_followed_may_do_without_a_store():
    app = Session440Middleware(TicketApp(), secret_key=KEY, watch_cookie="sid")
    assert ids(loading.site_of(app)) == []


# --- the cookie that is followed


def gives_cookie(environ, start_response):
    """Every visitor has a session, as for a CSRF token."""
    headers = [] if "HTTP_COOKIE" in environ else [("Set-Cookie", "sid=a-visitors; Path=/")]
    start_response("200 OK", headers)
    return [b"hello"]


def breaks(environ, start_response):
    raise OSError("no database here")


def deletes(environ, start_response):
    start_response("200 OK", [("Set-Cookie", "sid=; Max-Age=0"), ("Set-Cookie", "lang=de")])
    return [b""]


@pytest.mark.parametrize(
    ("app", "found"),
    [(gives_cookie, ["E068"]), (CookieApp(), []), (breaks, []), (deletes, [])],
    ids=["every visitor gets it", "who logs in gets it", "the app breaks", "it is deleted"],
)
def test_a_cookie_that_visitors_get_too_is_not_to_be_followed(app, found):
    wrapped = Session440Middleware(app, secret_key=KEY, watch_cookie="sid")
    assert ids(loading.site_of(wrapped)) == found
    if found:
        (finding,) = examination.examine(loading.site_of(wrapped))
        assert "environ['session440'].login()" in finding.remedy


def test_a_running_site_says_so_once_in_its_log(caplog):
    wrapped = Session440Middleware(gives_cookie, secret_key=KEY, watch_cookie="sid")
    _warn_of_visitors.cache_clear()
    for _ in range(3):
        Call(wrapped, "/").body()
    said = [each.getMessage() for each in caplog.records if "E068" in each.getMessage()]
    assert len(said) == 1
    assert said[0].startswith("a page set sid for somebody who had no such cookie")


def test_a_login_is_no_reason_for_it(caplog):
    """Neither by a form nor by coming back from another site: both redirect."""

    def returns(environ, start_response):
        start_response("302 Found", [("Set-Cookie", "sid=alices"), ("Location", "/")])
        return [b""]

    _warn_of_visitors.cache_clear()
    for app, method, path in ((CookieApp(), "POST", "/login"), (returns, "GET", "/callback")):
        wrapped = Session440Middleware(app, secret_key=KEY, watch_cookie="sid")
        Call(wrapped, path, method=method, body=b"username=alice").body()
    assert "E068" not in caplog.text


# --- what is no WSGI app


async def coroutine(scope, receive, send):
    pass


class Coroutines:
    async def __call__(self, scope, receive, send):
        pass


@pytest.mark.parametrize("app", [coroutine, Coroutines()])
def test_an_asgi_app_is_refused(app):
    with pytest.raises(ConfigurationError, match="is an ASGI app, of coroutines"):
        Session440Middleware(app, secret_key=KEY)
