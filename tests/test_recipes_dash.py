"""docs/recipes/dash.md, in a real browser.

Dash brings a plugin for pytest that warns as it is loaded, so it has a folder of its own.
"""

from __future__ import annotations

import os
import sys
import warnings

import pytest
from browsing import ask, ended, log_in_again, save
from conftest import ROOT
from demos import Demo
from flask_recipes import load
from playwright.sync_api import expect
from serving import serve

pytestmark = pytest.mark.slow

IDLE = 20 * 60
FOLDER = ROOT / ".venv/dash"


@pytest.fixture
def module(clock, tmp_path, monkeypatch):
    if not FOLDER.is_dir():
        # make test installs it into .venv/dash; where nothing may be left out this is a failure.
        missing = pytest.fail if os.environ.get("SESSION440_LEAVE_NOTHING_OUT") else pytest.skip
        missing("Dash is missing")
    monkeypatch.setattr(sys, "path", [*sys.path, str(FOLDER)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        module = load("dash", tmp_path)
    module.server.config["SESSION440_CLOCK"] = clock
    return module


@pytest.fixture
def served(module, clock):
    with serve(module.server) as url:
        yield Demo("dash", url, clock)


@pytest.fixture
def page(person):
    person.context.clock.resume()  # Dash calls by timers
    page = person.logged_in("/")
    expect(page.get_by_text("tick 0")).to_be_visible()
    ask(page)
    yield page
    page.close()  # it ticks
    # What Dash says of a tick that its page's end has met, and Chromium of a 401.
    known = ("Callback failed: the server did not respond", "status of 401")
    person.complaints[:] = [
        each for each in person.complaints if not any(part in each for part in known)
    ]


def test_a_callback_that_meets_the_end_is_made_once_more(person, page):
    page.get_by_label("Text").fill("not lost")
    person.demo.clock.advance(IDLE)
    save(page)
    expect(ended(page)).to_be_visible()
    log_in_again(page)
    expect(page.get_by_role("status").first).to_have_text("alice: not lost")
    expect(page.get_by_label("Text")).to_have_value("not lost")


def test_calls_of_the_page_keep_nobody_logged_in(person, page):
    person.demo.clock.advance(IDLE - 60)
    call = "fetch('/_dash-layout').then(({ status }) => status)"
    assert page.evaluate(call) == 200
    person.demo.clock.advance(60)
    assert ask(page) == "expired"
    expect(ended(page)).to_be_visible()


def test_somebody_who_types_stays_logged_in(person, page):
    for _ in range(3):
        person.wait(IDLE / 2)
        with page.expect_response("**/session440/extend"):
            page.get_by_label("Text").press_sequentially("x")
    assert ask(page) == "active"


def test_another_person_gets_the_app_anew(person, page):
    page.get_by_label("Text").fill("for nobody else")
    person.demo.clock.advance(IDLE)
    save(page)
    expect(ended(page)).to_be_visible()
    with page.expect_navigation(url="**/"):
        log_in_again(page, "bob")
    expect(page.get_by_label("Text")).to_have_value("")


def test_a_callback_may_ask_for_a_recent_login(module, person, page, clock):
    module.server.before_request_funcs.setdefault(None, []).append(recent)
    clock.advance(5 * 60)
    page.get_by_label("Text").fill("mine")
    save(page)
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    expect(dialog).to_be_visible()
    log_in_again(page)
    expect(page.get_by_role("status").first).to_have_text("alice: mine")


def recent():
    from flask import request

    from session440.flask import current_visit

    if request.path == "/_dash-update-component":
        current_visit.require_recent("5m")
