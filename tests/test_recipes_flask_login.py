"""docs/recipes/flask-login.md, over a real socket."""

from __future__ import annotations

import pytest
from browser import NAVIGATION
from flask_recipes import link_of, load, log_in, recipe

IDLE = 20 * 60
DAY = 86400


@pytest.fixture
def site(clock, tmp_path):
    with recipe("flask-login", tmp_path, clock) as site:
        yield site


@pytest.fixture
def browser(site):
    return site.browser()


def test_a_login_goes_on_ends_and_leads_back(browser, clock):
    log_in(browser)
    assert "Hello alice" in browser.navigate("/").text
    clock.advance(IDLE - 60)
    assert "Hello alice" in browser.navigate("/?page=2").text
    clock.advance(IDLE)
    ended = browser.navigate("/?page=2")
    assert (ended.status_line, ended["Session440-Cause"]) == ("440 Login Timeout", "idle")
    back = log_in(browser, link_of(ended))["Location"]
    assert back == "/?page=2"
    assert "Hello alice" in browser.navigate(back).text


def test_a_visitor_gets_flask_logins_redirect(browser):
    answer = browser.navigate("/?page=2")
    assert (answer.status, answer["Location"]) == (302, "/login?next=%2F%3Fpage%3D2")


def test_a_logout_is_no_timeout(browser, clock):
    log_in(browser)
    browser.post("/logout")
    clock.advance(IDLE)
    assert browser.navigate("/").status == 302


def test_a_remembered_login_lasts_as_its_policy_says(browser, clock):
    log_in(browser, remember="on")
    clock.advance(6 * DAY)
    assert "Hello alice" in browser.navigate("/").text
    clock.advance(7 * DAY)
    assert browser.navigate("/")["Session440-Cause"] == "idle"
    assert browser.navigate("/").status == 302, "its cookie has gone with it"


def test_a_closed_browser_remembers_but_proves_nothing(browser):
    log_in(browser, remember="on")
    assert browser.post("/payout").text == "paid"
    for name in ("session", "session440"):
        del browser.cookies[name]
    assert "Hello alice" in browser.navigate("/").text
    assert browser.post("/payout").status == 401


def test_a_step_that_wants_a_recent_login_asks_and_goes_on(browser, clock):
    log_in(browser)
    clock.advance(5 * 60)
    asked = browser.request("POST", "/payout", NAVIGATION)
    assert asked.status == 401
    log_in(browser, link_of(asked))
    assert browser.post("/payout").text == "paid"


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example/"])
def test_nobody_is_sent_to_another_site(browser, target):
    assert log_in(browser, f"/login?next={target}")["Location"] == "/"


# --- what the table says


@pytest.fixture
def module(clock, tmp_path):
    module = load("flask-login", tmp_path)
    module.app.config["SESSION440_CLOCK"] = clock
    return module


def client_of(module, **more):
    client = module.app.test_client()
    client.post("/login", data={"username": "alice", "password": "wonderland"}, **more)
    return client


def test_nothing_is_flashed_at_the_end_of_a_login(module, clock):
    client = client_of(module)
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    with client.session_transaction() as session:
        assert "_flashes" not in session
    assert client.get("/").status_code == 302
    with client.session_transaction() as session:
        assert "_flashes" in session


def test_unauthorized_handlers_answer_visitors_alone(module, clock):
    module.manager.unauthorized_handler(lambda: ("who are you?", 401))
    client = client_of(module)
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    assert client.get("/").text == "who are you?"


def test_strong_protection_is_a_revocation(module):
    module.manager.session_protection = "strong"
    client = client_of(module)
    answer = client.get("/", headers={"User-Agent": "another"})
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "revoked")


def test_the_440_carries_next_where_flask_login_keeps_it_in_the_session(module, clock):
    module.app.config["USE_SESSION_FOR_NEXT"] = True
    client = client_of(module)
    clock.advance(IDLE)
    assert client.get("/?page=2").json["login_url"] == "/login?next=%2F%3Fpage%3D2"
    assert client.get("/?page=2").headers["Location"] == "/login"
    with client.session_transaction() as session:
        assert session["next"] == "/?page=2"


def test_a_token_is_no_login(module, clock):
    module.manager.request_loader(
        lambda request: module.USERS.get(request.headers.get("Authorization"))
    )
    client = module.app.test_client()
    for _ in range(2):
        answer = client.get("/", headers={"Authorization": "bob"})
        assert (answer.status_code, "Hello bob" in answer.text) == (200, True)
        assert client.get_cookie("session440") is None
        clock.advance(IDLE * 100)
