"""Where an ended login may go, and the forms of its 440, in every adapter."""

from __future__ import annotations

import re

import pytest
from parity import (
    BOUND,
    IDLE,
    RENEWAL,
    SESSIONS,
    Scenarios,
    assert_alike,
    is_440,
    is_anonymous,
    is_welcome,
    on_each_server,
)

scenario = Scenarios()


# --- where an ended login may go


@scenario()
def public_page_stays_public(site):
    b = site.logged_in()
    assert b.get("/public").text != "shown to nobody"
    site.clock.advance(IDLE)
    for _ in range(2):
        assert b.get("/public").text == "shown to nobody"
    is_440(b.navigate("/plain"), "idle")


@scenario()
def login_page_spends_the_evidence(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/login")
    assert answer.status == 200
    assert answer.deletes(site.ticket)
    assert b.navigate("/plain").status == 200
    is_anonymous(b.get("/"))


@scenario()
def callback_and_second_factor_after_a_timeout_are_anonymous(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.navigate("/login").status == 200
    assert b.navigate("/second-factor").status == 200
    assert b.navigate("/callback?code=1").status == 302
    is_welcome(b.get("/"))


@scenario()
def login_form_opened_before_the_timeout_still_logs_in(site):
    b = site.logged_in()
    page = b.navigate("/login")
    token = re.search(r'value="(\w+)"', page.text)[1]
    site.clock.advance(IDLE)
    data = {"username": "bob", "csrf_token": token, "csrfmiddlewaretoken": token}
    answer = b.post("/login", data)
    assert answer.status == 302, answer.text
    is_welcome(b.get("/"), "bob")


@scenario()
def unknown_path_is_guarded(site):
    b = site.logged_in()
    assert b.get("/nowhere").status == 404
    site.clock.advance(IDLE)
    is_440(b.navigate("/nowhere"), "idle")


@scenario(*SESSIONS)
def static_files_are_untouched(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/static/app.css")
    assert answer.status == 200
    assert not answer.cookies
    is_440(b.navigate("/plain"), "idle")


@scenario()
def options_are_untouched(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert not b.request("OPTIONS", "/plain").cookies
    site.clock.advance(IDLE)
    answer = b.request("OPTIONS", "/plain")
    assert answer.status == 200
    assert not answer.cookies
    assert [each.kind for each in site.events] == ["started"]
    is_440(b.navigate("/plain"), "idle")


@scenario()
def options_show_no_ended_login_to_a_view(site):
    """A view that answers OPTIONS itself runs, but sees nobody."""
    b = site.logged_in()
    assert "alice" in b.request("OPTIONS", "/who").text
    site.clock.advance(IDLE)
    answer = b.request("OPTIONS", "/who")
    assert (answer.status, answer.text) == (200, "shown to nobody")
    assert not answer.cookies
    is_440(b.navigate("/plain"), "idle")


@scenario(*SESSIONS)
def options_show_a_login_that_has_no_ticket_yet(site):
    """One from before deployment, that is; and begin none themselves."""
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    answer = b.request("OPTIONS", "/who")
    assert "alice" in answer.text
    assert not answer.cookies


@scenario(*BOUND, enforcement="report")
def options_hide_nothing_in_report_mode(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert "alice" in b.request("OPTIONS", "/who").text


@scenario()
def apps_own_path_beside_the_endpoints_is_guarded(site):
    for path in ("/session440/own", "/session440/own/status"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        is_440(b.navigate(path), "idle")


# --- the forms of a 440


@scenario()
def head_has_no_body(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.request("HEAD", "/plain")
    is_440(answer, "idle")
    assert answer.body == b""
    assert int(answer["Content-Length"]) > 0


@scenario()
def head_says_the_length_of_the_page(site):
    lengths = set()
    for method in ("GET", "HEAD"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        lengths.add(b.request(method, "/plain", {"Accept": "text/html"})["Content-Length"])
    assert len(lengths) == 1


@scenario()
def program_gets_a_problem_document(site):
    b = site.logged_in()
    site.clock.advance(IDLE + 5)
    answer = b.get("/plain?page=2", Accept="application/json")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "type": "urn:problem:session440:login-timeout",
        "title": "Login Timeout",
        "status": 440,
        "detail": "You were signed out after 20 minutes without activity.",
        "cause": "idle",
        "ended_at": "2027-01-15T08:20:00Z",
        "login_url": "/login?next=%2Fplain%3Fpage%3D2",
        "idle_timeout": 1200,
        "absolute_timeout": 28800,
    }


@scenario()
def browser_gets_a_page(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/plain?page=2&q=%C3%A9")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/login?next=%2Fplain%3Fpage%3D2%26q%3D%25C3%25A9"' in answer.text
    assert 'href="/plain?page=2&amp;q=%C3%A9"' in answer.text
    assert "alice" not in answer.text
    assert "not saved" not in answer.text  # there was nothing to save


@scenario(login_url="/sign-in?lang=en", next_param="back")
def login_page_is_where_the_site_says(site):
    for path in ("/plain", "/sign-in"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        answer = b.get(path, Accept="application/json")
        if path == "/plain":
            is_440(answer, "idle")
            assert answer.json["login_url"] == "/sign-in?lang=en&back=%2Fplain"
        else:
            assert answer.status == 404  # this site has none, but it is let through
            assert answer.deletes(site.ticket)


@scenario(login_url=lambda request: "/sign-in")
def login_page_may_depend_on_the_request(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain", Accept="application/json")
    assert answer.json["login_url"] == "/sign-in?next=%2Fplain"


@scenario(*SESSIONS)
def token_of_a_form_that_is_no_login_form_goes_with_the_login(site):
    """It stays for the login form's sake alone."""
    b = site.logged_in()
    b.navigate("/login")
    site.clock.advance(IDLE)
    answer = b.post("/save")
    is_440(answer, "idle")
    assert answer.deletes(site.session)


@scenario()
def htmx_gets_a_redirect_beside_the_440(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get(
        "/plain",
        HX_Request="true",
        HX_Current_URL=f"{site.url}/reports?page=3#top",
        Sec_Fetch_Mode="cors",
        Accept="*/*",
    )
    is_440(answer, "idle")
    assert answer["HX-Redirect"] == "/login?next=%2Freports%3Fpage%3D3"


@scenario()
def htmx_that_polls_takes_nobody_away_from_their_page(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain", HX_Request="true", Session440_Passive="?1", Sec_Fetch_Mode="cors")
    is_440(answer, "idle")
    assert answer["HX-Redirect"] is None
    is_440(b.navigate("/plain"), "idle")


@scenario()
def xhr_gets_json_and_the_page_it_came_from(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get(
        "/plain",
        X_Requested_With="XMLHttpRequest",
        Accept="text/html",
        Referer=f"{site.url}/list?p=2",
    )
    is_440(answer, "idle")
    assert answer.json["login_url"] == "/login?next=%2Flist%3Fp%3D2"


@scenario()
def fetch_gets_what_it_asks_for_and_without_a_referer_no_next(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain", Sec_Fetch_Mode="cors", Accept="*/*")
    is_440(answer, "idle")
    assert answer.json["login_url"] == "/login"
    answer = b.get("/plain", Sec_Fetch_Mode="cors", Accept="text/html")
    is_440(answer, "idle")
    assert 'href="/login"' in answer.text


@scenario()
def form_post_comes_back_to_its_form(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.post(
        "/save",
        {"text": "x" * 5000},
        Sec_Fetch_Mode="navigate",
        Accept="text/html",
        Referer=f"{site.url}/form",
    )
    is_440(answer, "idle")
    assert 'href="/login?next=%2Fform"' in answer.text
    assert "not saved" in answer.text


@scenario(status=401)
def gateways_can_have_401(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain")
    assert answer.status == 401
    assert answer["WWW-Authenticate"] == "Session440"
    assert answer["Session440-Cause"] == "idle"
    assert answer.json["status"] == 401


# --- what responses may carry a ticket


@scenario()
def public_response_gets_no_ticket(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/cached")
    assert not answer.cookies
    assert answer["Cache-Control"] == "public, max-age=60"
    assert b.get("/plain").sets(site.ticket)


@scenario()
def not_modified_gets_no_ticket(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/not-modified")
    assert answer.status == 304
    assert not answer.cookies


@scenario()
def server_error_still_renews(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert b.get("/broken").sets(site.ticket)


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_parity(name: str, on: str) -> None:
    """Every adapter in which the scenario has a meaning answers it alike."""
    assert_alike(*scenario[name], on)
