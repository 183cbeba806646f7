"""In a real browser: a strict Content-Security-Policy, nonces, Trusted Types, and frames."""

from __future__ import annotations

import re

import pytest
from browsing import come_back, ended, log_in_again, save, shows, warning
from demos import IDLE
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

NONCE = "c2Vzc2lvbjQ0MA"
#: All that the script needs; the rest is the demo's.
STRICT = "default-src 'none'; connect-src 'self'; require-trusted-types-for 'script'"
DEMO = (
    "style-src 'self'; form-action 'self'; base-uri 'none'; trusted-types 'none'; "
    "img-src 'self' data:"
)
POLICIES = {
    "by origin": f"{STRICT}; script-src 'self'; {DEMO}",
    "by nonce": f"{STRICT}; script-src 'nonce-{NONCE}'; {DEMO}",
    "by nonce, strict-dynamic": f"{STRICT}; script-src 'nonce-{NONCE}' 'strict-dynamic'; {DEMO}",
}
WATCH = """
    window.violations = [];
    addEventListener("securitypolicyviolation", (e) => window.violations.push(e.violatedDirective));
"""


@pytest.fixture(params=POLICIES)
def strict(person, request):
    """A person whose pages have a strict policy; nothing is written to their console."""

    def change(route) -> None:
        answer = route.fetch(max_redirects=0)
        headers = answer.headers | {"content-security-policy": POLICIES[request.param]}
        body = answer.text().replace("<script ", f'<script nonce="{NONCE}" ')
        route.fulfill(response=answer, headers=headers, body=body)

    lines = []
    person.context.on("console", lambda message: lines.append(message.text))
    person.context.route(re.compile("/(form|login.*)?$"), change)
    person.context.add_init_script(WATCH)
    yield person
    assert [each for each in lines if "440" not in each] == []  # the network's own


def is_untouched(page) -> None:
    assert page.evaluate("window.violations") == []


def test_a_whole_login_under_a_strict_policy_leaves_no_line_in_the_console(strict, claim):
    page = strict.logged_in()
    strict.wait(IDLE - 20)
    expect(warning(page)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('dialog')).position") == "fixed"
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("dialog")).to_have_count(0)
    for name, value in claim.items():
        page.locator(f"[name={name}]").fill(value)
    strict.sleep_through(IDLE)
    save(page)
    expect(ended(page)).to_be_visible()
    is_untouched(page)
    log_in_again(page)
    expect(page.get_by_role("status")).to_have_text("Saved.")
    shows(page, claim)
    is_untouched(page)


# --- frames

NO_FRAMES = ("content-security-policy", "x-frame-options")


def framed(page, url: str):
    """Show *url* in a frame of a page."""
    page.evaluate(
        """(url) => new Promise((done) => {
            const frame = document.createElement("iframe");
            frame.onload = done;
            frame.src = url;
            frame.style = "width: 600px; height: 500px";
            document.body.append(frame);
        })""",
        url,
    )
    return page.frames[1]


@pytest.fixture
def lax(person):
    """A person whose pages may be framed by anybody."""

    def change(route) -> None:
        answer = route.fetch(max_redirects=0)
        bare = {k: v for k, v in answer.headers.items() if k.lower() not in NO_FRAMES}
        route.fulfill(response=answer, headers=bare)

    person.context.route(re.compile("/(form|public)?$"), change)
    return person


@pytest.fixture
def around(lax):
    """A tab for a page without the script at ``/around``, of a person who is logged in."""
    lax.context.route(
        "**/around",
        lambda route: route.fulfill(body="<title>around</title>", content_type="text/html"),
    )
    lax.take_login("alice")
    return lax.context.new_page()


def form_in(page, person):
    """Show the form in a frame, and let its login end."""
    frame = framed(page, person.demo.url + "/form")
    frame.evaluate("session440.status()")
    person.sleep_through(IDLE)
    frame.evaluate("dispatchEvent(new Event('focus'))")
    return frame


def test_in_a_frame_of_the_same_origin_the_whole_page_is_covered(lax, around):
    around.goto(lax.demo.url + "/around")
    frame = form_in(around, lax)
    expect(ended(around)).to_be_visible()
    assert frame.locator("dialog").count() == 0
    log_in_again(around)
    expect(around.locator("dialog")).to_have_count(0)


def test_of_a_page_and_its_frame_that_both_have_the_script_one_covers(lax):
    page = lax.logged_in()
    frame = form_in(page, lax)
    come_back(page)
    frame.evaluate("session440.status()")
    expect(page.locator("dialog")).to_have_count(1)
    assert frame.locator("dialog").count() == 0
    log_in_again(page)
    expect(page.locator("dialog")).to_have_count(0)


def test_a_frame_that_goes_takes_its_cover_off_the_page_around_it(lax, around):
    around.goto(lax.demo.url + "/around")
    form_in(around, lax)
    expect(ended(around)).to_be_visible()
    around.evaluate("document.querySelector('iframe').src = '/around'")
    expect(around.locator("dialog")).to_have_count(0)


def test_in_a_frame_of_another_origin_the_cover_says_that_it_is_about_that_part_alone(lax, around):
    around.goto("http://127.0.0.1:59999/around")  # another origin of the same site
    frame = form_in(around, lax)
    expect(frame.get_by_role("dialog")).to_contain_text("this part of the page alone")
    assert around.locator("dialog").count() == 0
