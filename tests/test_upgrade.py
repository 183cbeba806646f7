"""Logins go on through an upgrade, whether an earlier or a later version wrote them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from calling import Call
from clock import START
from sites import OPTIONS, SECRET, SITES
from writings import signer_of

from session440 import Ticket
from session440.core.signing import TicketSigner
from session440.wsgi import Session440Middleware

IDLE, RENEWAL = 1200, 60

everywhere = pytest.mark.parametrize("kind", SITES, ids=[each.name for each in SITES])
bound = pytest.mark.parametrize("kind", SITES[2:], ids=[each.name for each in SITES[2:]])


def as_listed(signer: TicketSigner, ticket: Ticket) -> str:
    """Write *ticket* as the first version did."""
    fields = [*ticket[:7], ticket.cause and ticket.cause.value, ticket.recorded]
    payload = urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).rstrip(b"=")
    return signer_of(signer).sign(payload).decode()


def ticket_of(site, b) -> Ticket:
    ticket = site.engine.signer.loads(b.cookies[site.ticket])
    assert ticket is not None
    return ticket


# --- from the first version


@everywhere
def test_login_of_the_first_version_goes_on(open_site, kind, clock):
    """Its ticket is read, and is written in the new form when it is renewed."""
    site = open_site(kind)
    b = site.logged_in()
    ticket = ticket_of(site, b)
    b.cookies[site.ticket] = as_listed(site.engine.signer, ticket)
    assert b.get("/").text == "hello alice"
    assert "~" not in b.cookies[site.ticket]
    clock.advance(RENEWAL)
    b.get("/")
    assert "~" in b.cookies[site.ticket]
    # Only the session still says that the person has proved who they are.
    proved_at = ticket.proved_at if kind in SITES[2:] else None
    assert ticket_of(site, b) == ticket._replace(seen_at=START + RENEWAL, proved_at=proved_at)


@everywhere
def test_login_of_the_first_version_ends_on_time(open_site, kind, clock):
    site = open_site(kind)
    b = site.logged_in()
    b.cookies[site.ticket] = as_listed(site.engine.signer, ticket_of(site, b))
    clock.advance(IDLE)
    assert b.navigate("/")["Session440-Cause"] == "idle"


# --- after a later version


@everywhere
def test_fields_of_a_later_version_are_kept_through_a_renewal(open_site, kind, clock):
    site = open_site(kind)
    b = site.logged_in()
    ticket = ticket_of(site, b)._replace(unknown=("step_up:1990.25",))
    b.cookies[site.ticket] = site.engine.signer.dumps(ticket)
    clock.advance(RENEWAL)
    assert b.get("/").text == "hello alice"
    assert ticket_of(site, b) == ticket._replace(seen_at=START + RENEWAL)


@bound
def test_ticket_made_of_a_binding_has_its_fields_of_a_later_version(open_site, kind):
    """The browser has lost the ticket, but the session still names the login."""
    site = open_site(kind)
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"] = [*session["_session440"], "step_up:1990.25"]
    del b.cookies[site.ticket]
    assert b.get("/").text == "hello alice"
    assert ticket_of(site, b).unknown == ("step_up:1990.25",)
    assert b.get("/").text == "hello alice"
    with site.edit(b) as session:
        assert session["_session440"][4:] == ["v:", "step_up:1990.25"]


def ended_of_something_new(site):
    """Log in, and have the login ended by a later version."""
    b = site.logged_in()
    ended = {"not_after": site.clock(), "ended": "moved-away"}
    b.cookies[site.ticket] = site.engine.signer.dumps(ticket_of(site, b)._replace(**ended))
    return b


@everywhere
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_unknown_cause_ends_the_login_without_its_name(open_site, kind, enforcement):
    """The person reads that it has expired; a program finds no cause."""
    site = open_site(kind, enforcement=enforcement)
    answer = ended_of_something_new(site).get("/")
    assert answer.status_line == "440 Login Timeout"
    assert answer["Session440-Cause"] is None
    assert "cause" not in answer.json
    assert answer.json["detail"] == "You were signed out because your login has expired."
    assert "moved-away" not in answer.text + str(answer.headers)


@everywhere
def test_unknown_cause_is_not_named_by_the_endpoints(open_site, kind):
    b = ended_of_something_new(open_site(kind))
    status = b.get("/session440/status").json
    assert (status["state"], status.get("cause", "left out")) == ("expired", "left out")
    auth = b.get("/session440/auth")
    assert (auth.status, auth["Session440-Cause"]) == (401, None)
    assert "cause" not in auth.json
    assert "has expired" in auth.json["detail"]


# --- the cookie that is watched


def app_with(cookie: str | None, seen: list | None = None):
    """An app that sets a cookie of its own and notes which cookies it gets."""

    def app(environ, start_response):
        if seen is not None:
            seen.append(environ.get("HTTP_COOKIE", ""))
        is_login = environ["PATH_INFO"] == "/login"
        headers = [("Location", "/")] if is_login else []
        headers += [("Set-Cookie", cookie)] if cookie else []
        start_response("302 Found" if is_login else "200 OK", headers)
        return [b""]

    return app


def watch(clock, cookie: str | None = None, seen: list | None = None) -> Session440Middleware:
    options = {"secret_key": SECRET, "clock": clock, "watch_cookie": "sid", **OPTIONS}
    return Session440Middleware(app_with(cookie, seen), **options)


@pytest.fixture
def unlabelled(clock):
    """Cookies of a watched login that began with the first version."""
    app = watch(clock, "sid=1; Path=/")
    cookies = Call(app).cookies()
    signer = app.engine.signer
    ticket = signer.loads(cookies["login440"])
    labelled = signer.keyed_hash("watched", "1")
    assert ticket.subject.startswith(f"{labelled} ")
    subject = ticket.subject.replace(labelled, signer.unlabelled_hash("1"))
    return {**cookies, "login440": as_listed(signer, ticket._replace(subject=subject))}


def read(app, cookies) -> Ticket:
    return app.engine.signer.loads(cookies["login440"])


def test_watched_login_of_the_first_version_goes_on(clock, unlabelled):
    """Its renewals keep the digest, or open pages would take its person for somebody else."""
    seen = []
    app = watch(clock, None, seen)
    before = read(app, unlabelled)
    clock.advance(RENEWAL)
    renewed = Call(app, cookies=unlabelled).cookies()
    assert sorted(seen[0].split("; ")) == ["login440=" + unlabelled["login440"], "sid=1"]
    assert read(app, renewed) == before._replace(seen_at=clock.now, path="/")
    status = Call(app, "/session440/status", unlabelled | renewed, HTTP_SESSION440_CLIENT="?1")
    person = app.engine.signer.unlabelled_hash(f"login {before.subject}")
    assert json.loads(status.body())["login"] == person


def test_watched_login_of_the_first_version_is_bound_again_when_the_app_sets_its_cookie(
    clock, unlabelled
):
    """The login keeps its age."""
    app = watch(clock, "sid=2; Path=/")
    rebound = Call(app, cookies=unlabelled).cookies()
    assert read(app, rebound).binding == read(app, unlabelled).binding
    assert read(app, rebound).subject.startswith(app.engine.signer.keyed_hash("watched", "2"))


def test_login_page_that_sets_the_same_cookie_begins_nothing(clock, unlabelled):
    """This holds with and without a label in the ticket's digest."""
    app = watch(clock, "sid=1; Path=/")
    assert "login440" not in Call(app, "/login", unlabelled, "POST").cookies()
    assert "login440" in Call(watch(clock, "sid=2"), "/login", unlabelled, "POST").cookies()


def test_unlabelled_digest_of_another_value_opens_nothing(clock, unlabelled):
    seen = []
    Call(watch(clock, None, seen), cookies={**unlabelled, "sid": "2"})
    assert "sid" not in seen[0]
