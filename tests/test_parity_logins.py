"""Tickets, endpoints, logins and logouts, in every adapter."""

from __future__ import annotations

import pytest
from clock import START
from parity import (
    BOUND,
    EVIDENCE,
    IDLE,
    RENEWAL,
    SESSIONS,
    Scenarios,
    assert_alike,
    is_440,
    is_anonymous,
    is_welcome,
    on_each_server,
    put,
    ticket_of,
)
from sites import SECRET

from session440.core.signing import TicketSigner

scenario = Scenarios()


# --- tickets that cannot be believed


@scenario()
def tampered_ticket_is_no_ticket(site):
    b = site.logged_in()
    value = b.cookies[site.ticket]
    b.cookies[site.ticket] = ("A" if value[0] != "A" else "B") + value[1:]
    answer = b.get("/")
    if site.like in SESSIONS:
        is_welcome(answer)  # judged by the session's binding
    else:
        is_anonymous(answer)
    assert any(each.kind == "refused" for each in site.events)


@scenario()
def future_dated_ticket_is_no_ticket(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), seen_at=START + 61)
    answer = b.get("/")
    assert answer.status == (200 if site.like in SESSIONS else 302)
    assert any(each.reason == "clock" for each in site.events)


@scenario(*SESSIONS)
def future_dated_binding_ends_the_login(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"][1] = START + 61
    is_440(b.get("/poll"), "lost")
    assert site.events[-1].reason == "clock"
    assert site.events[-1].age == -61  # so both times are known
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def malformed_binding_ends_the_login(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"] = ["what", "is", "this", "?"]
    is_440(b.navigate("/"), "lost")
    assert site.events[-1].reason == "malformed"
    assert site.events[-1].subject == site.subject_of("alice")


@scenario()
def slightly_future_ticket_is_accepted(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), seen_at=START + 30)
    is_welcome(b.get("/"))
    site.clock.advance(IDLE + 30)
    is_440(b.navigate("/"), "idle")


@scenario()
def rotated_key_still_verifies(site):
    newest, older = TicketSigner([SECRET], site.ticket), "an older secret key"
    site.engine.signer = TicketSigner([older], site.ticket)
    b = site.logged_in()
    assert newest.loads(b.cookies[site.ticket]) is None
    site.engine.signer = TicketSigner([SECRET, older], site.ticket)
    is_welcome(b.get("/"))
    site.clock.advance(RENEWAL)
    is_welcome(b.get("/"))
    assert newest.loads(b.cookies[site.ticket]) is not None
    is_welcome(b.get("/"))


@scenario()
def of_two_ticket_cookies_the_right_one_counts(site):
    b = site.logged_in()
    ticket = ticket_of(site, b)
    dead = site.engine.signer.dumps(ticket._replace(id="tossed", seen_at=START - IDLE))
    session = f"{site.session}={b.cookies[site.session]}; " if site.session else ""
    for order in (
        f"{site.ticket}={dead}; {site.ticket}={b.cookies[site.ticket]}",
        f"{site.ticket}={b.cookies[site.ticket]}; {site.ticket}={dead}",
        f"{site.ticket}=forged; {site.ticket}={b.cookies[site.ticket]}",
    ):
        is_welcome(b.request("GET", "/", cookie=session + order))


# --- endpoints


@scenario()
def status_tells_without_touching(site):
    b = site.logged_in()
    site.clock.advance(300)
    for _ in range(2):
        answer = b.get("/session440/status")
        assert answer.status == 200
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
        assert answer.json == {
            "state": "active",
            "expires_in": 900.0,
            "idle_remaining": 900.0,
            "absolute_remaining": 28500.0,
            "warn_before": 120.0,
            "expires_at": "2027-01-15T08:20:00+00:00",
        }
    site.clock.advance(900)
    expired = {"state": "expired", "cause": "idle", "login_url": "/login"}
    for _ in range(2):
        assert b.get("/session440/status", Sec_Fetch_Mode="cors").json == expired
    is_440(b.navigate("/plain"), "idle")


@scenario(*SESSIONS)
def status_knows_logins_whose_ticket_is_missing(site):
    """Lost on the way, or of a login from before deployment."""
    b = site.logged_in()
    site.clock.advance(100)
    del b.cookies[site.ticket]
    assert b.get("/session440/status").json["expires_in"] == IDLE - 100
    with site.edit(b) as session:
        del session["_session440"]
    assert b.get("/session440/status").json["expires_in"] == IDLE


@scenario(enforcement="report")
def endpoints_end_nothing_in_report_mode(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.get("/session440/status").json["expires_in"] == IDLE
    answer = b.post("/session440/extend", Sec_Fetch_Site="same-origin")
    assert (answer.status, answer.json["expires_in"]) == (200, IDLE)
    ended = [each for each in site.events if each.kind == "ended"]
    assert [each.enforced for each in ended] == [False]
    is_welcome(b.get("/"))


@scenario()
def status_of_nobody_is_anonymous(site):
    assert site.browser().get("/session440/status").json == {"state": "anonymous"}
    assert site.browser().post("/session440/status").status == 405


@scenario()
def extend_renews_for_pages_of_this_site(site):
    b = site.logged_in()
    site.clock.advance(10)
    answer = b.post("/session440/extend", Sec_Fetch_Site="same-origin")
    assert answer.status == 200
    assert answer.json["expires_in"] == 1200.0
    assert ticket_of(site, b).seen_at == site.clock.now
    site.clock.advance(10)
    assert b.post("/session440/extend", Origin=site.url).status == 200
    assert ticket_of(site, b).seen_at == site.clock.now


@scenario()
def extend_refuses_other_sites(site):
    b = site.logged_in()
    site.clock.advance(100)
    assert b.post("/session440/extend").status == 403
    assert b.post("/session440/extend", Sec_Fetch_Site="cross-site", Origin=site.url).status == 403
    assert b.post("/session440/extend", Origin="https://evil.example").status == 403
    refused = b.request("GET", "/session440/extend", {"Sec-Fetch-Site": "same-origin"})
    assert (refused.status, refused["Allow"]) == (405, "POST")
    assert ticket_of(site, b).seen_at == START


@scenario()
def extend_after_the_end_is_440_and_keeps_the_message(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.post("/session440/extend", Sec_Fetch_Site="same-origin"), "idle")
    is_440(b.navigate("/plain"), "idle")


@scenario(endpoint=None)
def without_endpoint_nothing_is_served(site):
    b = site.logged_in()
    assert b.get("/session440/status").status == 404 or site.session in (None, "sid")


@scenario()
def unknown_endpoint_is_not_ours(site):
    assert "application/problem" not in (site.browser().get("/session440/what")["Content-Type"])


# --- logins and logouts


@scenario()
def logout_ends_the_login(site):
    b = site.logged_in()
    answer = b.post("/logout")
    assert answer.status == 302
    assert answer.deletes(site.ticket)
    assert "private" in answer["Cache-Control"]
    is_anonymous(b.get("/"))
    assert [each.cause for each in site.events if each.kind == "ended"] == [None]


@scenario(*BOUND)
def late_answer_of_a_former_login_harms_nobody(site):
    b = site.logged_in()
    late = b.copy()
    site.clock.advance(RENEWAL)
    late.get("/")  # renewed, but still on its way
    b.post("/logout")
    site.log_in(b, "bob")
    b.cookies[site.ticket] = late.cookies[site.ticket]
    answer = b.get("/")
    if site.like == "watched":
        is_anonymous(answer)  # nothing else says that bob is in: see the docs
    else:
        is_welcome(answer, "bob")
        site.clock.advance(IDLE)
        is_440(b.navigate("/"), "idle")


@scenario()
def late_answer_after_logout_logs_nobody_in(site):
    if site.session is None:
        return  # a signed ticket alone cannot be called back without a store: documented
    b = site.logged_in()
    late = b.copy()
    site.clock.advance(RENEWAL)
    late.get("/")
    b.post("/logout")
    b.cookies[site.ticket] = late.cookies[site.ticket]
    is_anonymous(b.get("/"))


@scenario()
def second_user_on_the_same_browser_gets_a_login_of_their_own(site):
    b = site.logged_in("alice")
    site.clock.advance(1000)
    site.log_in(b, "bob")
    is_welcome(b.get("/"), "bob")
    assert ticket_of(site, b).issued_at == site.clock.now
    site.clock.advance(1000)
    is_welcome(b.get("/"), "bob")


@scenario()
def login_again_resets_both_clocks(site):
    b = site.logged_in()
    first = ticket_of(site, b)
    site.clock.advance(1000)
    site.log_in(b)
    again = ticket_of(site, b)
    assert again.id != first.id
    assert again.issued_at == again.seen_at == site.clock.now


@scenario()
def login_answer_is_private_and_varies(site):
    answer = site.log_in(site.browser())
    assert "private" in answer["Cache-Control"]
    assert "cookie" in answer.vary


@scenario()
def login_timeout_raised_in_a_view_ends_the_login(site):
    b = site.logged_in()
    answer = b.navigate("/expire")
    is_440(answer, "credential")
    assert answer.deletes(site.ticket)
    is_anonymous(b.get("/"))


@scenario()
def apps_own_440_says_login_timeout(site):
    answer = site.browser().get("/own-440")
    assert answer.says("440 Login Timeout"), answer
    assert answer.text in ("own", "hello None")


@scenario()
def visitors_session_is_never_touched(site):
    if site.like not in SESSIONS:
        return
    b = site.browser()
    b.get("/cart")
    cookie = b.cookies[site.session]
    site.clock.advance(EVIDENCE * 2)
    assert b.get("/plain").status == 200
    assert b.cookies[site.session] == cookie
    with site.edit(b) as session:
        assert session["cart"] == "apples"


@scenario(*SESSIONS)
def what_one_person_stored_is_gone_with_the_login(site):
    b = site.logged_in()
    b.get("/cart")
    site.clock.advance(IDLE)
    is_440(b.navigate("/plain"), "idle")
    site.log_in(b, "bob")
    with site.edit(b) as session:
        assert "cart" not in session


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_parity(name: str, on: str) -> None:
    """Every adapter in which the scenario has a meaning answers it alike."""
    assert_alike(*scenario[name], on)
