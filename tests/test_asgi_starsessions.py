"""A session of starsessions, which is kept on the server, says who is logged in."""

from __future__ import annotations

import json

import starsessions
from asgi_calling import ASGIBrowser
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from test_asgi_sessions import ROUTES, site

from session440.asgi import visit_of
from session440.exceptions import StoreError
from session440.stores import MemoryStore


def starsessions_site(clock, kept, **options):
    sessions = Middleware(starsessions.SessionMiddleware, store=kept, cookie_https_only=False)
    loading = Middleware(starsessions.SessionAutoloadMiddleware)
    return site(clock, sessions=sessions, after=[loading], **options)


def test_a_session_of_starsessions_is_read_when_it_is_asked_for(clock):
    browser = ASGIBrowser(starsessions_site(clock, starsessions.InMemoryStore()))
    browser.page("/login")
    assert set(browser.cookies) == {"session", "session440"}
    assert browser.page().body == b"alice alice"
    clock.advance(1200)
    assert browser.page().status == 440
    browser.cookies.pop("session", None)
    assert browser.page().body == b"None None"


def test_our_endpoints_read_a_session_of_starsessions(clock):
    browser = ASGIBrowser(starsessions_site(clock, starsessions.InMemoryStore()))
    assert json.loads(browser.call("/session440/status").body) == {"state": "anonymous"}
    browser.page("/login")
    assert json.loads(browser.call("/session440/status").body)["state"] == "active"
    same = ((b"sec-fetch-site", b"same-origin"),)
    assert browser.call("/session440/extend", "POST", headers=same).status == 200
    clock.advance(1200)
    assert json.loads(browser.call("/session440/status").body)["state"] == "expired"
    assert browser.call("/session440/extend", "POST", headers=same).status == 440


def test_a_proof_gives_a_session_of_starsessions_a_new_key(clock):
    """A copy of the former cookie finds nothing (OWASP ASVS 5.0, 7.2.4)."""

    async def confirm(request):
        visit_of(request).confirm()
        return PlainTextResponse("confirmed")

    store = starsessions.InMemoryStore()
    routes = [Route("/confirm", confirm), *ROUTES]
    browser = ASGIBrowser(starsessions_site(clock, store, routes=routes))
    browser.page("/login")
    former = browser.cookies["session"]
    browser.page("/confirm")
    assert browser.cookies["session"] != former
    assert list(store.data) == [browser.cookies["session"]]
    assert browser.page().body == b"alice alice"


class Failing(MemoryStore):
    """A store that may be out."""

    is_out = False

    def find(self, id):
        if self.is_out:
            raise StoreError("it is out")
        return super().find(id)


def test_an_outage_ends_no_login_that_is_hidden_meanwhile(clock):
    """What is shown nobody is saved with everything that it holds: this middleware saves all."""

    async def options(request):
        return PlainTextResponse(str(request.session.get("user")))

    store = Failing()
    routes = [Route("/options", options, methods=["OPTIONS"]), *ROUTES]
    browser = ASGIBrowser(
        starsessions_site(
            clock,
            starsessions.InMemoryStore(),
            routes=routes,
            store=store,
            store_failure="refuse",
        )
    )
    browser.page("/login")
    browser.page("/")
    store.is_out = True
    assert browser.page("/").status == 503
    assert browser.call("/options", "OPTIONS").body == b"None"
    store.is_out = False
    assert browser.page("/").body == b"alice alice"
