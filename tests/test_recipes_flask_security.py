"""docs/recipes/flask-security.md, over a real socket and in a real browser."""

from __future__ import annotations

import pytest
from browsing import ask, ended
from demos import Demo
from flask_recipes import fill_in, link_of, load
from playwright.sync_api import expect
from serving import serve

IDLE = 20 * 60
EMAIL, PASSWORD = "alice@example.org", "wonderland"


@pytest.fixture
def module(clock, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the database is beside it
    module = load("flask-security", tmp_path)
    module.app.config["SESSION440_CLOCK"] = clock
    module.app.config["SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL"] = False
    yield module
    module.db.remove()
    module.engine.dispose()


@pytest.fixture
def served(module, clock):
    with serve(module.app) as url:
        yield Demo("flask-security", url, clock)


@pytest.fixture
def browser(served):
    return served.browser()


def log_in(browser, url="/login"):
    answer = fill_in(browser, url, {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 302, answer
    return answer


def test_a_login_goes_on_ends_and_leads_back(browser, clock):
    log_in(browser)
    clock.advance(IDLE - 60)
    assert f"Hello {EMAIL}" in browser.navigate("/?page=2").text
    clock.advance(IDLE)
    over = browser.navigate("/?page=2")
    assert (over.status_line, over["Session440-Cause"]) == ("440 Login Timeout", "idle")
    back = log_in(browser, link_of(over))["Location"]
    assert back == "/?page=2"
    assert f"Hello {EMAIL}" in browser.navigate(back).text


def test_a_visitor_gets_flask_securitys_answers(browser):
    assert browser.navigate("/")["Location"] == "/login?next=/"
    assert browser.get("/", Accept="application/json").status == 401


def test_a_program_is_told_in_json(browser, clock):
    log_in(browser)
    clock.advance(IDLE)
    answer = browser.get("/", Accept="application/json")
    assert (answer.status, answer.json["cause"]) == (440, "idle")


def test_a_logout_is_no_timeout(browser, clock):
    log_in(browser)
    fill_in(browser, "/", {}, to="/logout")
    clock.advance(IDLE)
    assert browser.navigate("/").status == 302


def pay(browser):
    return fill_in(browser, "/", {}, to="/payout")


def test_a_step_that_wants_a_recent_login_is_proved_at_verify(browser, clock):
    log_in(browser)
    clock.advance(5 * 60)
    asked = pay(browser)
    assert asked.status == 401
    assert link_of(asked).startswith("/verify?next=")
    wrong = fill_in(browser, link_of(asked), {"password": "wrong"})
    assert (wrong.status, pay(browser).status) == (200, 401)
    assert fill_in(browser, link_of(asked), {"password": PASSWORD}).status == 302
    assert pay(browser).text == "paid"


def test_verify_without_our_form_proves_nothing(module, browser, clock):
    """It is what the form is for."""
    module.app.security.forms["verify_form"].cls = module.VerifyForm
    log_in(browser)
    clock.advance(5 * 60)
    assert fill_in(browser, "/verify", {"password": PASSWORD}).status == 302
    assert pay(browser).status == 401


def test_a_link_of_a_mail_is_open_after_the_end_and_logs_in_anew(module, browser, clock):
    log_in(browser)
    clock.advance(IDLE)
    with module.app.app_context():
        from flask_security.recoverable import generate_reset_password_token

        user = module.people.find_user(email=EMAIL)
        link = f"/reset/{generate_reset_password_token(user)}"
    assert browser.navigate(link).status == 200
    new = {"password": "a whole new one", "password_confirm": "a whole new one"}
    assert fill_in(browser, link, new).status == 302
    assert browser.navigate("/").status == 440, "the end is still to be told"
    assert fill_in(browser, "/login", {"email": EMAIL} | new).status == 302
    assert browser.navigate("/").status == 200


def test_a_token_is_no_login(module, served, clock):
    with module.app.app_context():
        token = module.people.find_user(email=EMAIL).get_auth_token()
    browser = served.browser()
    for _ in range(2):
        assert browser.get("/", Authentication_Token=token).status == 200
        assert "session440" not in browser.cookies
        clock.advance(100 * IDLE)


def test_a_new_password_logs_other_browsers_out_without_a_440(module, browser):
    log_in(browser)
    with module.app.app_context():
        module.people.set_uniquifier(module.people.find_user(email=EMAIL))
        module.db.commit()
    assert browser.navigate("/")["Location"] == "/login?next=/"
    log_in(browser)
    assert browser.navigate("/").status == 200


def enter(page):
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()


@pytest.mark.slow
def test_a_form_waits_for_its_person(person, served):
    page = person.context.new_page()
    page.goto(served.url + "/")
    enter(page)
    expect(page.get_by_text(f"Hello {EMAIL}")).to_be_visible()
    ask(page)
    page.get_by_label("Text").fill("not lost")
    person.wait(IDLE)
    expect(ended(page)).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    with opened.value.expect_event("close"):
        enter(opened.value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("not lost")
