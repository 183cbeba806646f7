"""Roads around a page that wants a recent login, and to one that is lost: in every adapter."""

from __future__ import annotations

import pytest
from parity import Scenarios, assert_alike, on_each_server, put, ticket_of

WITHIN = 600
ROADS = {"/account": "10m", "/who": "10m"}
SESSIONS = ("flask", "django")
scenario = Scenarios()


def is_step_up(answer) -> None:
    assert answer.status == 401
    assert answer["WWW-Authenticate"].startswith("Session440 error=")


@scenario(recent=ROADS)
def no_method_leads_around_it(site):
    """A view that asks for no method shows by OPTIONS what it shows by GET."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "REPORT"):
        is_step_up(b.request(method, "/who"))


@scenario(recent=ROADS)
def cors_asks_without_a_login(site):
    assert site.browser().request("OPTIONS", "/who").status in (200, 404)


@scenario(recent={"/account*": "10m"})
def a_path_that_only_ends_like_a_login_page_is_none(site):
    """A page that takes any path serves this one, too."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    for path in ("/account/login", "/account/sign-in", "/account%2Flogin", "/account/login/"):
        is_step_up(b.get(path))
    assert b.get("/login").status == 200


@scenario(recent=ROADS)
def another_spelling_of_the_path_is_the_same_page(site):
    """Some apps serve a page with a last slash or two."""
    b = site.logged_in()
    site.clock.advance(WITHIN)
    for path in ("/account/", "/account//", "/./account", "/plain/../account", "/%61ccount"):
        is_step_up(b.get(path))


@scenario(recent={"/account/": "10m"})
def a_pattern_with_a_last_slash_is_for_the_page_without_it(site):
    b = site.logged_in()
    site.clock.advance(WITHIN)
    is_step_up(b.get("/account"))
    assert b.get("/plain").status == 200


@scenario(*SESSIONS)
def a_slow_answer_with_the_former_ticket_does_not_end_a_login_that_was_confirmed(site):
    """It began long ago, so without its new ticket the binding alone would call it idle."""
    b = site.logged_in()
    for _ in range(20):
        site.clock.advance(WITHIN)
        b.get("/plain")
    former = ticket_of(site, b)
    assert b.post("/confirm", {}).text == "done"
    put(site, b, former)
    assert b.get("/").status == 200
    assert b.get("/vault").status == 200


@scenario(*SESSIONS)
def a_proof_of_the_future_is_none(site):
    """A node whose clock was a day ahead has noted it."""
    b = site.logged_in()
    with site.edit(b) as session:
        kept = [each for each in session["_session440"] if not str(each).startswith("v:")]
        session["_session440"] = [*kept, f"v:{site.clock() + 86400}"]
    del b.cookies[site.ticket]
    is_step_up(b.get("/vault"))


@scenario("wsgi")
def the_moved_end_of_a_credential_goes_out_with_a_page_for_everybody(site):
    """There it stands in the ticket alone."""
    b = site.logged_in()
    until = site.clock() + 300
    answer = b.get(f"/refresh?until={until}&cached")
    assert "private" in answer["Cache-Control"]
    assert ticket_of(site, b).not_after == until


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_road(name, on):
    """Each adapter answers alike."""
    assert_alike(*scenario[name], on)
