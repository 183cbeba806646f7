"""A recent login, where one is wanted: in every adapter."""

from __future__ import annotations

import pytest
from browser import NAVIGATION
from clock import START
from parity import (
    ABSOLUTE,
    EVERYWHERE,
    IDLE,
    Scenarios,
    assert_alike,
    is_440,
    is_welcome,
    on_each_server,
    put,
    ticket_of,
)

from session440 import Credential

WITHIN = 600
RECENT = {"/account": "10m", "/account/*": "10m"}
#: Whose app knows session440.
KNOWING = ("wsgi", "flask", "django")
scenario = Scenarios()


def is_step_up(site, answer, next_url="%2Faccount") -> None:
    """The login goes on, and no cookie is deleted."""
    assert answer.status == 401
    challenge = f'Session440 error="insufficient_user_authentication", max_age={WITHIN}'
    assert answer["WWW-Authenticate"] == challenge
    assert answer["Cache-Control"] == "no-store"
    assert answer["Session440-Cause"] is None
    assert "cookie" in answer.vary
    assert not answer.deletes(site.ticket)
    assert site.session is None or not answer.deletes(site.session)
    if answer["Content-Type"] == "application/problem+json":
        assert answer.json["type"] == "urn:problem:session440:step-up"
        assert (answer.json["status"], answer.json["max_age"]) == (401, WITHIN)
        assert answer.json["login_url"].endswith(f"/login?next={next_url}")
        assert "alice" not in answer.text


def renewed(site, b, seconds: float) -> None:
    """Let time pass in which the person is active."""
    while seconds > 0:
        site.clock.advance(min(seconds, 600))
        seconds -= 600
        b.get("/plain")


# --- at, before and after


@scenario(recent=RECENT)
def one_second_before_it_is_recent(site):
    b = site.logged_in()
    site.clock.advance(WITHIN - 1)
    assert b.get("/account").text == "plain" or b.answers[-1].text.startswith("hello")


@scenario(recent=RECENT)
def at_the_moment_it_is_recent_no_more(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))


@scenario(recent=RECENT)
def one_second_after_it_is_not_recent(site):
    b = site.logged_in()
    site.clock.advance(WITHIN + 1)
    is_step_up(site, b.get("/account"))
    assert b.get("/plain").status == 200  # the login goes on


@scenario(*KNOWING)
def a_view_may_want_it_itself(site):
    b = site.logged_in()
    site.clock.advance(WITHIN - 1)
    assert b.get("/vault").text == "done"
    site.clock.advance(1)
    is_step_up(site, b.get("/vault"), "%2Fvault")


@scenario(recent=RECENT)
def it_does_not_slide(site):
    """Laravel's does (laravel/framework#30230): who is busy is never asked there."""
    b = site.logged_in()
    for _ in range(20):
        site.clock.advance(WITHIN / 20)
        b.get("/plain")
    is_step_up(site, b.get("/account"))


@scenario(recent=RECENT)
def laravel_ui_208_nobody_is_asked_right_after_the_login(site):
    """laravel/ui#208: people were asked twice."""
    b = site.logged_in()
    assert b.get("/account").status == 200
    assert b.post("/account", {}).status == 200


# --- a proof


@scenario(recent=RECENT)
def to_log_in_again_is_the_proof(site):
    """Both clocks begin anew (NIST SP 800-63B-4, 5.2)."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))
    site.log_in(b)
    assert b.get("/account").status == 200
    ticket = ticket_of(site, b)
    assert ticket.issued_at == ticket.proved_at == START + WITHIN
    renewed(site, b, ABSOLUTE - WITHIN - 1)
    assert b.get("/plain").status == 200


@scenario(*KNOWING, recent=RECENT, store="memory:")
def better_auth_10494_no_phantom_session_stays_after_a_login_again(site):
    """better-auth#10494: a phantom session stayed behind."""
    b = site.logged_in()
    former = dict(b.cookies)
    site.clock.advance(WITHIN)
    site.log_in(b)
    assert len(site.engine.logins(site.subject_of("alice"))) == 1
    copy = site.browser()
    copy.cookies.update(former)
    assert copy.get("/api/me").status in (401, 440)


@scenario(recent=RECENT)
def another_persons_login_is_another_login(site):
    """GHSA-f66q-9rf6-8795: a proof counts for its own person alone."""
    b = site.logged_in("alice")
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))
    other = b.copy()
    site.browsers.append(other)
    site.log_in(other, "bob")
    assert other.get("/account").status == 200


@scenario("wsgi", "watched", "flask", recent=RECENT)
def ghsa_f66q_9rf6_8795_another_persons_login_proves_nothing_for_the_former(site):
    """GHSA-f66q-9rf6-8795, with the cookies of before."""
    b = site.logged_in("alice")
    mine = dict(b.cookies)
    site.clock.advance(WITHIN)
    site.log_in(b, "bob")
    late = site.browser()
    late.cookies.update(mine)
    is_step_up(site, late.get("/account"))


@scenario(*KNOWING, recent=RECENT)
def a_thief_of_the_former_cookies_is_not_let_in_by_the_proof(site):
    """OWASP ASVS 5.0, 7.2.4: who logs in again has a new session."""
    b = site.logged_in()
    stolen = dict(b.cookies)
    site.clock.advance(WITHIN)
    site.log_in(b)
    assert b.get("/account").status == 200
    thief = site.browser()
    thief.cookies.update(stolen)
    assert thief.get("/account").status != 200


@scenario(*KNOWING, recent=RECENT)
def the_app_may_confirm_it_itself(site):
    """The login has a new id, and its absolute timeout stays where it is."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))
    former, key = ticket_of(site, b), b.cookies.get("sessionid")
    assert b.post("/confirm", {}).text == "done"
    assert b.get("/account").status == 200
    ticket = ticket_of(site, b)
    assert ticket.id != former.id
    assert (ticket.issued_at, ticket.proved_at) == (START, START + WITHIN)
    assert key is None or b.cookies["sessionid"] != key
    assert [each.kind for each in site.events][-1] == "confirmed"
    renewed(site, b, ABSOLUTE - WITHIN - 1)
    site.clock.advance(1)
    is_440(b.navigate("/"), "absolute")


# --- logins that prove nothing


@scenario("flask", "django", recent=RECENT)
def an_adopted_login_proves_nothing(site):
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    del b.cookies[site.ticket]
    is_step_up(site, b.get("/account"))
    assert ticket_of(site, b).proved_at is None


@scenario(recent=RECENT)
def a_ticket_of_the_former_version_proves_nothing(site):
    """It does not say when the person proved who they are."""
    b = site.logged_in()
    put(site, b, ticket_of(site, b), proved_at=None)
    if site.like in ("flask", "django"):
        with site.edit(b) as session:
            session["_session440"] = session["_session440"][:4]
    is_step_up(site, b.get("/account"))
    is_welcome(b.get("/"))


@scenario("wsgi")
def ghsa_97r5_pg8x_p63p_a_silent_round_trip_proves_what_auth_time_says(site):
    """GHSA-97r5-pg8x-p63p, hexpm#1403: a silent round trip to the provider proves nothing."""
    b = site.logged_in()
    put(site, b, ticket_of(site, b), proved_at=START - WITHIN + 1)
    assert b.get("/vault").text == "done"
    site.clock.advance(1)
    is_step_up(site, b.get("/vault"), "%2Fvault")


def asked_long_ago(request, subject):
    """What a provider says whose own session goes on: it has asked nobody."""
    return Credential(auth_time=START - WITHIN + 1)


@scenario(*KNOWING, recent=RECENT, credential=asked_long_ago)
def an_old_auth_time_is_no_recent_login(site):
    b = site.logged_in()
    assert b.get("/account").status == 200
    site.clock.advance(1)
    is_step_up(site, b.get("/account"))
    site.log_in(b)  # another round trip, of which the provider says the same
    is_step_up(site, b.get("/account"))


@scenario("flask", "django", recent=RECENT)
def a_lost_ticket_is_made_again_with_its_proof(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    assert b.get("/account").status == 200
    del b.cookies[site.ticket]
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))


# --- who asks


@scenario(recent=RECENT)
def a_person_gets_a_page(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    answer = b.navigate("/account?tab=keys")
    is_step_up(site, answer)
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert "Confirm that it is you" in answer.text
    assert 'href="/login?next=%2Faccount%3Ftab%3Dkeys"' in answer.text
    assert "form-action" in answer["Content-Security-Policy"]


@scenario(recent=RECENT)
def htmx_is_sent_on(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    headers = {"HX-Request": "true", "HX-Current-URL": f"{site.url}/plain"}
    answer = b.get("/account", **{k.replace("-", "_"): v for k, v in headers.items()})
    is_step_up(site, answer, "%2Fplain")
    assert answer["HX-Redirect"] == "/login?next=%2Fplain"


@scenario(recent=RECENT)
def a_fetch_gets_the_problem(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    headers = {"Sec_Fetch_Mode": "cors", "Referer": f"{site.url}/plain?a=1"}
    answer = b.get("/account", **headers)
    is_step_up(site, answer, "%2Fplain%3Fa%3D1")
    assert answer.json["proved_at"] == "2027-01-15T08:00:00Z"
    assert "relogin_url" not in answer.json
    ours = b.get("/account", Session440_Client="?1", **headers)
    assert ours.json["relogin_url"] == "/login?next=%2Fsession440%2Fback"


@scenario(recent=RECENT)
def a_form_is_not_carried_out(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    answer = b.request("POST", "/account", NAVIGATION, b"amount=7")
    is_step_up(site, answer)
    assert "Your last step was not saved" in answer.text


@scenario(recent=RECENT)
def head_has_no_body(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    answer = b.request("HEAD", "/account")
    is_step_up(site, answer) if answer.body else None
    assert (answer.status, answer.body) == (401, b"")
    assert answer["WWW-Authenticate"].startswith("Session440 error=")


@scenario(recent=RECENT)
def two_tabs_share_one_proof(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))
    is_step_up(site, b.get("/account"))  # the other tab
    site.log_in(b)
    assert [b.get("/account").status for _ in range(2)] == [200, 200]


@scenario(recent={"/*": "10m"})
def a_pattern_for_all_leaves_the_login_page_and_the_endpoints(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/plain"), "%2Fplain")
    assert b.get("/login").status == 200
    assert b.get("/session440/status").json["state"] == "active"
    assert b.get("/public").status == 200
    # A view that asks for no method would show by OPTIONS what it shows by GET.
    assert b.request("OPTIONS", "/who").status == 401
    assert site.browser().request("OPTIONS", "/who").status in (200, 404)  # as CORS asks


@scenario(recent={"/account": "30m", "/acc*": "10m"})
def the_strictest_pattern_counts(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))


@scenario(recent=RECENT)
def a_visitor_is_the_apps_own_affair(site):
    assert site.browser().get("/account").status == 200


@scenario(*KNOWING)
def a_view_that_wants_it_is_closed_to_visitors(site):
    answer = site.browser().get("/vault")
    assert answer.status == 401
    assert answer.json["detail"] == "This step needs a login. Log in to go on."


@scenario(recent=RECENT)
def a_login_that_has_ended_is_a_440(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.get("/account"), "idle")


@scenario(*KNOWING, public=["/vault"])
def a_view_that_wants_it_tells_of_the_end(site):
    """Even where anyone may come."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.navigate("/vault"), "idle")


@scenario(recent=RECENT, step_up_url="/prove")
def another_page_may_ask(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    answer = b.get("/account")
    assert answer.json["login_url"] == "/prove?next=%2Faccount"


@scenario(recent=RECENT, enforcement="report")
def report_mode_ends_nothing_but_asks(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))


@scenario(recent=RECENT, enforcement="challenge")
def challenge_mode_asks_too(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(site, b.get("/account"))
    is_welcome(b.get("/"))


@scenario(recent=RECENT)
def an_answer_that_asks_renews_the_login(site):
    """Somebody is there."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    answer = b.get("/account")
    assert answer.sets(site.ticket)
    assert ticket_of(site, b).seen_at == START + WITHIN


@scenario(recent=RECENT)
def it_is_told_as_an_event(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    b.get("/account")
    assert [each.kind for each in site.events].count("step_up") == 1


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_recent(name, on):
    """Each adapter answers alike."""
    assert_alike(*scenario[name], on)


assert {*EVERYWHERE} > {*KNOWING}
