"""Every row of the outcome table, and what slides, in every adapter."""

from __future__ import annotations

import pytest
from clock import START
from parity import (
    ABSOLUTE,
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

scenario = Scenarios()


# --- every row of the outcome table


@scenario(*SESSIONS)
def unbound_session_is_adopted(site):
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    old = ticket_of(site, b)
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)
    assert ticket_of(site, b).id != old.id
    assert site.events[-1].reason == "adopted"
    with site.edit(b) as session:
        assert session["_session440"][0] == ticket_of(site, b).id


@scenario(*SESSIONS, adopt=False)
def unbound_session_is_lost_without_adoption(site):
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario("watched", adopt=True)
def watched_cookie_without_ticket_is_adopted(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)


@scenario("watched")
def watched_cookie_without_ticket_is_hidden(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    is_anonymous(b.get("/"))


@scenario()
def bound_live_ticket_is_active(site):
    b = site.logged_in()
    answer = b.get("/")
    is_welcome(answer)
    assert site.ticket not in answer.cookies


@scenario(*SESSIONS)
def bound_ticket_of_another_subject_is_a_login(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), subject="somebody else")
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)
    assert ticket_of(site, b).subject == site.subject_of("alice")
    assert site.events[-1].reason == "switched"


@scenario()
def idle_login_has_ended(site):
    b = site.logged_in()
    site.clock.advance(IDLE - 1)
    copy = b.copy()
    is_welcome(copy.get("/"))
    site.clock.advance(1)
    answer = b.navigate("/plain?a=1&b=2")
    is_440(answer, "idle")
    assert answer.deletes(site.ticket)
    assert site.session is None or answer.deletes(site.session)
    is_anonymous(b.get("/"))


@scenario()
def absolutely_ended_login_says_so(site):
    b = site.logged_in()
    for _ in range(ABSOLUTE // 1000):
        site.clock.advance(1000)
        is_welcome(b.get("/"))
    site.clock.advance(ABSOLUTE - ABSOLUTE // 1000 * 1000 - 1)
    is_welcome(b.get("/"))
    site.clock.advance(1)
    is_440(b.navigate("/"), "absolute")


@scenario(*BOUND)
def bound_login_ends_however_old_it_is(site):
    b = site.logged_in()
    site.clock.advance(EVIDENCE * 10)
    is_440(b.navigate("/"), "idle")


@scenario(*SESSIONS)
def bound_session_without_ticket_gets_it_again(site):
    b = site.logged_in()
    issued = ticket_of(site, b)
    del b.cookies[site.ticket]
    site.clock.advance(IDLE - 1)
    is_welcome(b.get("/"))
    again = ticket_of(site, b)
    assert again.binding == issued.binding
    assert again.seen_at == site.clock.now


@scenario(*SESSIONS)
def passive_request_without_ticket_wins_no_time(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(100)
    assert b.get("/poll").status == 200
    assert ticket_of(site, b).seen_at == START


@scenario(*SESSIONS)
def remains_of_a_login_go_with_it(site):
    """A session that names nobody but is still bound is no visitor's."""
    b = site.logged_in()
    with site.edit(b) as session:
        binding = session["_session440"]
        session.clear()
        session.update(_session440=binding, cart="apples")
    site.clock.advance(IDLE)
    answer = b.navigate("/plain")
    is_440(answer, "idle")
    assert answer.deletes(site.session)


@scenario(*SESSIONS)
def dropping_the_ticket_gains_nothing(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(IDLE)
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def without_ticket_the_absolute_end_is_known(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(ABSOLUTE)
    is_440(b.navigate("/"), "absolute")


@scenario(*SESSIONS)
def another_logins_ticket_is_as_if_it_were_not_there(site):
    b, other = site.logged_in(), site.logged_in()
    b.cookies[site.ticket] = other.cookies[site.ticket]
    is_welcome(b.get("/"))
    assert ticket_of(site, b).id != ticket_of(site, other).id


@scenario()
def nobody_without_cookies_is_anonymous(site):
    answer = site.browser().get("/")
    is_anonymous(answer)
    assert not answer.cookies
    assert "cookie" not in answer.vary or site.like in SESSIONS
    assert not site.events


@scenario()
def nobody_with_a_forged_cookie_is_anonymous(site):
    b = site.browser()
    b.cookies[site.ticket] = "forged"
    answer = b.get("/")
    is_anonymous(answer)
    assert not answer.cookies
    assert b.cookies[site.ticket] == "forged"
    assert [each.kind for each in site.events] == ["refused"]


@scenario()
def evidence_answers_440(site):
    b = site.logged_in()
    if site.session:
        del b.cookies[site.session]
    site.clock.advance(IDLE + EVIDENCE - 1)
    is_440(b.navigate("/plain"), "idle")
    is_anonymous(b.get("/"))


@scenario()
def evidence_is_forgotten_in_the_end(site):
    b = site.logged_in()
    if site.session:
        del b.cookies[site.session]
    site.clock.advance(IDLE + EVIDENCE)
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


def lost(site):
    """Return the browser of a login that another node began, and whose session is not here."""
    b = site.logged_in()
    put(site, b, ticket_of(site, b), node="another")
    site.lose_session(b)
    return b


@scenario(*SESSIONS)
def emptied_session_means_the_login_is_lost(site):
    b = lost(site)
    is_440(b.navigate("/"), "lost")
    event = site.events[-1]
    assert (event.node, event.here) == ("another", site.engine.node)
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def session_with_other_content_means_logout(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session.clear()
        session["cart"] = "apples"
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


@scenario(*BOUND)
def closed_browser_means_anonymous(site):
    b = site.logged_in()
    del b.cookies[site.session]
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


# --- sliding


@scenario()
def fresh_login_is_not_renewed(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL - 1)
    assert site.ticket not in b.get("/").cookies


@scenario()
def older_ticket_is_renewed(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/")
    assert answer.sets(site.ticket)
    assert "cookie" in answer.vary
    assert ticket_of(site, b).seen_at == site.clock.now
    assert ticket_of(site, b).issued_at == START
    assert site.session not in answer.cookies


@scenario()
def passive_poll_does_not_keep_a_login_alive(site):
    b = site.logged_in()
    for _ in range(19):
        site.clock.advance(60)
        assert b.get("/poll").status == 200
    site.clock.advance(60)
    is_440(b.get("/poll"), "idle")


@scenario()
def passive_poll_leaves_the_message_to_the_click(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    for _ in range(3):
        answer = b.get("/poll", Sec_Fetch_Mode="cors")
        is_440(answer, "idle")
        assert not answer.deletes(site.ticket)
    assert [each.kind for each in site.events].count("ended") == 1
    assert site.session not in b.cookies
    is_440(b.navigate("/plain"), "idle")
    is_anonymous(b.get("/"))


@scenario()
def evidence_is_set_once(site):
    """However often a script asks, and a public page is visited."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.get("/poll").sets(site.ticket)
    for path in ("/poll", "/public"):
        assert site.ticket not in b.get(path).cookies


@scenario(*SESSIONS)
def passive_poll_leaves_the_message_of_a_lost_login_too(site):
    b = lost(site)
    is_440(b.get("/poll"), "lost")
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario()
def declared_passive_and_prefetch_count_as_no_activity(site):
    b = site.logged_in()
    site.clock.advance(IDLE - 1)
    for headers in ({"Session440-Passive": "?1"}, {"Sec-Purpose": "prefetch;prerender"}):
        assert site.ticket not in b.request("GET", "/", headers).cookies
    assert b.request("GET", "/", {"Session440-Passive": "?0"}).sets(site.ticket)


@scenario(*SESSIONS)
def view_marked_passive_counts_as_no_activity(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert site.ticket not in b.get("/marked-poll").cookies


@scenario(*SESSIONS)
def view_marked_public_is_open(site):
    b = site.logged_in()
    assert "alice" in b.get("/marked-public").text
    site.clock.advance(IDLE)
    assert b.get("/marked-public").text == "shown to nobody"
    is_440(b.navigate("/plain"), "idle")


# --- both timeouts at once


@scenario(idle_timeout=60, absolute_timeout=600)
def active_user_is_ended_by_the_absolute_timeout(site):
    """One request every 50 s: no Python peer ends this (peers.md, trap 9)."""
    b = site.logged_in()
    for _ in range(11):
        site.clock.advance(50)
        is_welcome(b.get("/"))
    site.clock.advance(50)
    is_440(b.navigate("/"), "absolute")


# --- the other modes


@scenario(enforcement="challenge")
def challenge_lets_public_pages_be(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/second-factor")
    assert answer.status == 200
    is_440(b.navigate("/"), "idle")
    is_anonymous(b.get("/"))


@scenario(enforcement="challenge")
def challenge_replaces_a_refusal(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/api/me", Accept="application/json")
    is_440(answer, "idle")
    assert answer.json["cause"] == "idle"
    assert ticket_of(site, b).told_at == site.clock()
    is_440(b.navigate("/"), "idle")
    assert site.ticket not in b.cookies


@scenario(enforcement="challenge")
def challenge_is_strict_with_unsafe_methods(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.post("/save"), "idle")


@scenario(enforcement="report")
def report_ends_nothing(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_welcome(b.get("/"))
    is_welcome(b.get("/"))
    ended = [each for each in site.events if each.kind == "ended"]
    assert [(each.cause, each.enforced) for each in ended] == [("idle", False)]
    assert site.events[-1].reason == "report"
    site.clock.advance(IDLE)
    is_welcome(b.get("/"))


@scenario(*SESSIONS, enforcement="report")
def report_of_a_lost_login_is_told_once(site):
    """Nobody is left to go on; the ticket is spent, so that the log is not filled."""
    b = lost(site)
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)
    is_anonymous(b.get("/"))
    ended = [each for each in site.events if each.kind == "ended"]
    assert [(each.cause, each.enforced) for each in ended] == [("lost", False)]


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_parity(name: str, on: str) -> None:
    """Every adapter in which the scenario has a meaning answers it alike."""
    assert_alike(*scenario[name], on)
