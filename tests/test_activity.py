"""Which requests keep a person logged in, in every adapter, with and without a store."""

from __future__ import annotations

from functools import partial

import pytest
from sites import SITES

from session440.stores import MemoryStore

NAVIGATION = {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document", "Accept": "text/html"}
FETCH = {"Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty", "Accept": "*/*"}
OLD_NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
#: Calls by scripts, as browsers of all ages and protocols send them.
CALLS = {
    "fetch": FETCH,
    "fetch that asks for a page": {**FETCH, "Accept": "text/html"},
    "jquery": {**FETCH, "X_Requested_With": "XMLHttpRequest"},
    "jquery by plain http": {"Accept": "text/html", "X_Requested_With": "XMLHttpRequest"},
    "fetch by plain http": {"Accept": "*/*"},
    "htmx by plain http": {"Accept": "text/html", "HX_Request": "true"},
    "a program": {"Accept": "application/json"},
}
PAGES = {
    "a page": NAVIGATION,
    "a frame": {**NAVIGATION, "Sec_Fetch_Dest": "iframe"},
    "a page by plain http": OLD_NAVIGATION,
    "a page that htmx boosts": {**NAVIGATION, "Accept": "*/*"},
}


@pytest.fixture(params=[None, MemoryStore], ids=["ticket", "store"])
def people(request, open_site):
    """Open a site where people count: ``people(kind)``."""
    store = request.param and request.param()
    return lambda kind: open_site(kind, activity="people", store=store)


def lives_after(site, browser, act) -> bool:
    """Say whether a login lives after most of the idle timeout, *act*, and most of it again."""
    site.clock.advance(1100)
    act()
    site.clock.advance(1100)
    return browser.get("/session440/status").json["state"] == "active"


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("headers", CALLS.values(), ids=CALLS)
def test_where_people_count_calls_by_scripts_do_not(people, kind, headers):
    site = people(kind)
    browser = site.logged_in()
    assert not lives_after(site, browser, lambda: browser.get("/api/me", **headers))


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES)
def test_where_people_count_pages_do(people, kind, headers):
    site = people(kind)
    browser = site.logged_in()
    assert lives_after(site, browser, lambda: browser.get("/", **headers))


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_where_people_count_forms_and_pings_do(people, kind):
    site = people(kind)
    ping = {**FETCH, "Sec_Fetch_Site": "same-origin", "Session440_Client": "?1"}
    for path, headers in (("/cart", NAVIGATION), ("/session440/extend", ping)):
        browser = site.logged_in()
        assert lives_after(site, browser, partial(browser.post, path, {}, **headers)), path


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_a_script_that_does_not_count_is_answered_as_ever_when_the_login_has_ended(people, kind):
    """And the message is still there for the person."""
    site = people(kind)
    browser = site.logged_in()
    site.clock.advance(1200)
    answer = browser.get("/api/me", **FETCH)
    assert (answer.status, answer["Session440-Cause"]) == (440, "idle")
    assert browser.get("/", **NAVIGATION).status == 440


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_without_the_option_calls_count(open_site, kind):
    site = open_site(kind)
    browser = site.logged_in()
    assert lives_after(site, browser, lambda: browser.get("/api/me", **FETCH))


@pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
def test_where_people_count_a_passive_page_does_not(people, kind):
    site = people(kind)
    browser = site.logged_in()
    assert not lives_after(site, browser, lambda: browser.get("/poll", **NAVIGATION))
