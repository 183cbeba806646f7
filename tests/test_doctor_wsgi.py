"""The doctor looks at WSGI apps, and finds the middleware in what is wrapped around it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.handlers.wsgi import WSGIHandler
from examined_sites import KEY, flask_app, ids, project
from flask import Flask
from sites import TicketApp
from werkzeug.local import LocalProxy
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from session440.cli import loading
from session440.doctor import examination
from session440.flask.inspection import site_of as site_of_flask
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


def test_a_path_with_parts_is_to_be_marked_by_a_pattern_that_matches():
    app = flask_app()
    app.add_url_rule("/items/<int:number>/poll", "poll_item", lambda number: "")
    (finding,) = examination.examine(site_of_flask(app))
    assert "SESSION440_PASSIVE = ['/items/*/poll']" in finding.remedy
    app = flask_app(SESSION440_PASSIVE=["/items/*/poll"])
    app.add_url_rule("/items/<int:number>/poll", "poll_item", lambda number: "")
    assert ids(site_of_flask(app)) == []
