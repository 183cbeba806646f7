"""What a site that uses nothing of this pays: no query, no command, three bytes of a ticket."""

from __future__ import annotations

import pytest
from calling import Call
from clock import START, FakeClock
from sites import SECRET, SITES, DjangoSite, FlaskSite
from spying import SpyStore

from session440.wsgi import Session440Middleware


@pytest.mark.parametrize("kind", SITES, ids=[each.name for each in SITES])
def test_a_ticket_says_only_that_the_login_is_the_proof(open_site, kind):
    """Without a word a ticket of a former version would be taken for a proof: it fails closed."""
    site = open_site(kind)
    b = site.logged_in()
    text = b.cookies[site.ticket].rpartition(".")[0]
    fields = text.split("~")[4:]
    assert sorted(each.partition(":")[0] for each in fields) == ["c", "n", "v"]
    assert fields[-1] == "v:"


@pytest.mark.parametrize("kind", [FlaskSite, DjangoSite], ids=["flask", "django"])
def test_a_session_says_the_same(open_site, kind):
    site = open_site(kind)
    b = site.logged_in()
    with site.edit(b) as session:
        assert session["_session440"][1:] == [START, "default", None, "v:"]


@pytest.mark.parametrize("kind", SITES, ids=[each.name for each in SITES])
def test_a_store_is_asked_what_it_was(open_site, kind):
    """At the login, while it is used, for a renewal, and at the end."""
    spy = SpyStore()
    site = open_site(kind, store=spy, renew_interval=60)
    b = site.logged_in()
    calls = [spy.taken()]
    for seconds in (1, 60):
        site.clock.advance(seconds)
        b.get("/plain")
        calls.append(spy.taken())
    b.post("/logout")
    calls.append(spy.taken())
    login = ["generation", "insert", "purge"]
    assert calls == [login, ["find"], ["touch"], ["find", "end"]]


def test_no_header_is_added_to_an_active_answer():
    clock = FakeClock()

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice")
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b""]

    wrapped = Session440Middleware(app, secret_key=SECRET, clock=clock)
    first = Call(wrapped, "/login")
    first.body()
    call = Call(wrapped, cookies=first.cookies())
    call.body()
    assert call.starts == [("200 OK", [("Content-Type", "text/html")])]
