"""In a real browser: calls that need a recent login, which their person gives them in place."""

from __future__ import annotations

import pytest
from browsing import ended, is_free
from calling_steps import CALLS, DONE, REFUSED, asked_again, call, log_in, prove
from demos import Demo
from playwright.sync_api import expect
from serving import serve
from step_up_site import site_app

pytestmark = pytest.mark.slow

STEP = "POST /step"
IDLE, WARN, RECENT = 1200, 120, 600
STEP_UP = 'Session440 error="insufficient_user_authentication", max_age=600'
PROBLEM = {"type": "urn:problem:session440:step-up", "title": "Unauthorized", "status": 401}


@pytest.fixture
def site(clock):
    app = site_app(clock)
    with serve(app) as url:
        yield Demo("step-up", url, clock), app.config["done"]


@pytest.fixture
def served(site):
    return site[0]


@pytest.fixture
def done(site):
    """What was done at the site: who, and with which body."""
    return site[1]


@pytest.fixture
def page(person):
    """A page whose login is too old for a step, with a note that is being typed."""
    page = person.context.new_page()
    page.goto(person.demo.url + "/login")
    log_in(page)
    page.wait_for_url("**/page")
    page.evaluate("session440.status()")
    person.wait(RECENT)
    page.evaluate("session440.extend()")
    page.get_by_label("Note").fill("typed")
    person.complaints.clear()
    person.asked.clear()
    yield page
    # What Chromium says of each 401.
    person.complaints[:] = [each for each in person.complaints if "status of 401" not in each]


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_waits_for_a_login_in_place_and_is_made_once_more(person, page, done, kind):
    call(page, kind)
    expect(asked_again(page)).to_be_visible()
    expect(page).to_have_title("heard")
    prove(page)
    expect(page).to_have_title("heard" + DONE)
    expect(asked_again(page)).to_have_count(0)
    assert done == [("alice", "body 0")]
    assert person.asked.count(STEP) == 2
    expect(page.get_by_label("Note")).to_have_value("typed")
    expect(page.get_by_label("Note")).to_be_focused()


def test_a_burst_of_calls_asks_once_and_each_is_done_once_in_its_order(person, page, done):
    call(page, *["fetch", "xhr"] * 3)
    expect(asked_again(page)).to_be_visible()
    expect(page.locator("dialog")).to_have_count(1)
    prove(page)
    expect(page).to_have_title("heard" + DONE * 6)
    assert sorted(done) == [("alice", f"body {number}") for number in range(6)]
    assert person.asked.count(STEP) == 12


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("how", ["Cancel", "Escape"])
def test_who_does_not_want_to_is_given_the_401_that_it_was(person, page, done, kind, how):
    call(page, kind)
    expect(asked_again(page)).to_be_visible()
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("button", name="Cancel").click()
    expect(page).to_have_title("heard" + REFUSED)
    is_free(page)
    assert (done, person.asked.count(STEP)) == ([], 1)
    call(page, kind)
    expect(asked_again(page)).to_be_visible()


@pytest.mark.parametrize("kind", CALLS)
def test_a_second_401_for_a_call_is_the_pages(person, page, kind):
    headers = {"WWW-Authenticate": STEP_UP}
    page.route("**/never", lambda route: route.fulfill(status=401, headers=headers, json=PROBLEM))
    call(page, kind, url="/never")
    expect(asked_again(page)).to_be_visible()
    prove(page)
    expect(page).to_have_title("heard" + REFUSED)
    is_free(page)
    assert person.asked.count("POST /never") == 2


def test_the_login_goes_on_and_so_do_other_calls(page):
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    assert page.evaluate("fetch('/me').then((answer) => answer.json())") == "alice"
    assert page.evaluate("session440.status()")["state"] == "active"
    expect(asked_again(page)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).visibility") == "visible"


def test_a_login_in_another_tab_is_the_proof_too(person, page, done):
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    other = person.context.new_page()
    other.goto(person.demo.url + "/login")
    log_in(other)
    expect(page).to_have_title("heard" + DONE)
    expect(asked_again(page)).to_have_count(0)
    assert done == [("alice", "body 0")]


def test_a_call_whose_401_comes_after_the_proof_does_not_ask_once_more(person, page, done):
    held = []

    def hold(route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/step?late", hold)
    call(page, "fetch", url="/step?late")
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    prove(page)
    expect(page).to_have_title("heard" + DONE)
    held[0][0].fulfill(response=held[0][1])
    expect(page).to_have_title("heard" + DONE * 2)
    expect(asked_again(page)).to_have_count(0)
    assert len(done) == 2


def test_what_the_site_itself_confirms_is_the_proof_too(page, done):
    """By a passkey in the page, for example."""
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    page.evaluate(
        """() => {
            const token = document.querySelector("meta[name=csrf-token]").content;
            return fetch("/confirm", { method: "POST", headers: { "X-CSRFToken": token } });
        }"""
    )
    page.evaluate("session440.status()")
    expect(page).to_have_title("heard" + DONE)
    expect(asked_again(page)).to_have_count(0)
    assert done == [("alice", "body 0")]


def test_a_visitors_call_is_the_pages(person):
    page = person.context.new_page()
    page.goto(person.demo.url + "/visitor")
    page.evaluate("session440.status()")
    call(page, "fetch", "xhr")
    expect(page).to_have_title("heard" + REFUSED * 2)
    is_free(page)
    person.complaints.clear()


def test_a_form_is_answered_with_a_page_from_which_one_goes_back_to_what_was_typed(
    person, page, done
):
    page.get_by_label("Body").fill("by form")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("This step needs a recent login.")).to_be_visible()
    prove(page)
    page.evaluate("history.back()")
    expect(page.get_by_label("Body")).to_have_value("by form")
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("done")).to_be_visible()
    assert done == [("alice", "by form")]


def test_another_person_is_neither_shown_the_page_nor_makes_its_call(page, done):
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    prove(page, "bob")
    expect(page.get_by_role("heading", name="The page of bob")).to_be_visible()
    assert done == []


def test_a_warning_comes_all_the_same_and_leads_back_to_the_question(person, page, done):
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    person.wait(IDLE - WARN)
    stay = page.get_by_role("button", name="Stay signed in")
    stay.click()
    expect(asked_again(page)).to_be_visible()
    expect(page.locator("dialog")).to_have_count(1)
    prove(page)
    expect(page).to_have_title("heard" + DONE)


def test_a_call_that_waits_when_the_login_ends_goes_on_after_the_next_one(person, page, done):
    call(page, "fetch")
    expect(asked_again(page)).to_be_visible()
    person.sleep_through(IDLE)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(ended(page)).to_be_visible()
    expect(asked_again(page)).to_have_count(0)
    prove(page)
    expect(page).to_have_title("heard" + DONE)
    is_free(page)
    assert done == [("alice", "body 0")]


def test_an_abort_ends_a_call_that_waits(person, page, done):
    page.evaluate(
        """() => {
            window.control = new AbortController();
            const { signal } = control;
            fetch("/step", { signal }).catch((error) => (document.title = error.name));
        }"""
    )
    expect(asked_again(page)).to_be_visible()
    page.evaluate("control.abort()")
    expect(page).to_have_title("AbortError")
    prove(page)
    is_free(page)
    assert done == []


def test_a_call_that_no_person_made_asks_nobody(page):
    page.evaluate(
        """void fetch("/step", { headers: { "Session440-Passive": "?1" } })
            .then((answer) => (document.title = answer.status))"""
    )
    expect(page).to_have_title("401")
    is_free(page)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"WWW-Authenticate": "Basic"},
        {"WWW-Authenticate": 'Bearer error="insufficient_user_authentication"'},
    ],
)
def test_another_401_is_the_pages(page, headers):
    page.route("**/step", lambda route: route.fulfill(status=401, headers=headers, json="no"))
    call(page, "fetch", "xhr")
    expect(page).to_have_title("heard 401 no 401 no")
    is_free(page)


def test_where_the_dialog_cannot_be_loaded_the_401_is_the_pages(person, page):
    person.context.route("**/dialogs.js", lambda route: route.abort())
    call(page, "fetch", "xhr")
    expect(page).to_have_title("heard" + REFUSED * 2)
    is_free(page)
    person.complaints.clear()


def test_the_site_may_ask_in_a_dialog_of_its_own(page, done):
    page.evaluate(
        """() => {
            document.addEventListener("session440:step-up", (event) => {
                event.preventDefault();
                window.asked = event.detail;
            });
            document.addEventListener("session440:restored", () => (document.title += " restored"));
        }"""
    )
    call(page, "fetch")
    page.wait_for_function("window.asked")
    relogin_url = page.url.replace("/page", "/login?next=%2Fsession440%2Fback")
    told = page.evaluate("[asked.state, asked.max_age, asked.relogin_url]")
    assert told == ["active", RECENT, relogin_url]
    is_free(page)
    page.evaluate("asked.cancel()")
    expect(page).to_have_title("heard" + REFUSED)
    page.evaluate("window.asked = null")
    call(page, "fetch")
    page.wait_for_function("window.asked")
    with page.expect_popup() as opened:
        page.evaluate("void open(asked.relogin_url, asked.window)")
    with opened.value.expect_event("close"):
        log_in(opened.value)
    expect(page).to_have_title("heard" + REFUSED + " restored" + DONE)


# --- forms, which the page says that they need it


def pay(page, amount: str = "7") -> None:
    page.get_by_label("Amount").fill(amount)
    page.get_by_role("button", name="Pay").click()


@pytest.mark.parametrize("path", ["/page", "/own"])
def test_a_form_waits_before_it_is_sent(person, page, done, path):
    """By the option's path, and by the page of a view that wants it itself."""
    page.goto(person.demo.url + "/login")
    log_in(page)
    page.wait_for_url("**/page")
    page.goto(person.demo.url + path)
    page.evaluate("session440.status()")
    person.wait(RECENT)
    page.evaluate("session440.extend()")
    pay(page)
    expect(asked_again(page)).to_be_visible()
    assert (done, person.asked.count("POST /payout")) == ([], 0)
    prove(page)
    expect(page.get_by_text("paid 7")).to_be_visible()
    assert done == [("alice", "7")]


def test_who_does_not_want_to_keeps_the_form(person, page, done):
    pay(page)
    expect(asked_again(page)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    is_free(page)
    expect(page.get_by_label("Amount")).to_have_value("7")
    assert done == []
    pay(page, "8")
    prove(page)
    expect(page.get_by_text("paid 8")).to_be_visible()
    assert done == [("alice", "8")]


def test_a_form_of_somebody_else_is_not_sent(person, page, done):
    pay(page)
    expect(asked_again(page)).to_be_visible()
    prove(page, "bob")
    expect(page.get_by_role("heading", name="The page of bob")).to_be_visible()
    assert done == []


def test_after_a_recent_login_a_form_goes_as_it_is(person, page, done):
    page.goto(person.demo.url + "/login")
    log_in(page)
    page.wait_for_url("**/page")
    pay(page)
    expect(page.get_by_text("paid 7")).to_be_visible()
    assert done == [("alice", "7")]
