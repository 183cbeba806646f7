"""What the answers tell an auditor to look at is what there is to see, over real sockets."""

from __future__ import annotations

import pytest
from clock import FakeClock
from sites import OPTIONS, DjangoSite, FlaskSite, Site, WsgiSite

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
IDLE, ABSOLUTE = OPTIONS["idle_timeout"], OPTIONS["absolute_timeout"]


@pytest.fixture(params=[WsgiSite, FlaskSite, DjangoSite], ids=lambda each: each.name)
def site(request, tmp_path, clock: FakeClock):
    """A site of each adapter, with a store that several processes could share."""
    with request.param.open(clock, store=f"sqlite:///{tmp_path}/logins.db", max_logins=2) as site:
        yield site


@pytest.fixture
def without_store(clock: FakeClock):
    with DjangoSite.open(clock) as site:
        yield site


def token(site: Site) -> str:
    """The cookie that says who is logged in."""
    return site.session or site.ticket


def lets_nobody_in(browser) -> bool:
    return browser.get("/").status in (302, 440)


def test_with_any_character_of_the_token_changed_nobody_is_logged_in(site):
    """ASVS 7.2.1."""
    browser = site.logged_in()
    value = browser.cookies[token(site)]
    for place in range(0, len(value), 7):
        other = browser.copy()
        changed = "A" if value[place] != "A" else "B"
        other.cookies[token(site)] = value[:place] + changed + value[place + 1 :]
        assert lets_nobody_in(other), place
    assert not lets_nobody_in(browser)


def test_two_logins_of_one_person_have_two_values(site):
    """ASVS 7.2.2."""
    first, second = site.logged_in().cookies, site.logged_in().cookies
    for name in {token(site), site.ticket}:
        assert first[name] != second[name]


def test_former_values_let_nobody_in_after_a_login_again(site):
    """ASVS 7.2.4: also of the same person, for whom Django keeps the session's key."""
    browser = site.logged_in()
    former = browser.copy()
    site.log_in(browser)
    assert browser.cookies[token(site)] != former.cookies[token(site)]
    assert not lets_nobody_in(browser)
    assert lets_nobody_in(former)


def test_an_idle_login_and_a_copy_of_it_are_answered_440(site):
    """ASVS 7.3.1; NIST 5.1.1, item 4: the browser's own clock is not asked."""
    browser = site.logged_in()
    other = browser.copy()
    site.clock.advance(IDLE)
    for each in (browser, other):
        answer = each.get("/")
        assert (answer.status, answer["Session440-Cause"]) == (440, "idle")


def test_a_login_in_use_is_answered_440_after_the_absolute_timeout(site):
    """ASVS 7.3.2."""
    browser = site.logged_in()
    for _ in range(ABSOLUTE // 600 - 1):
        site.clock.advance(600)
        assert browser.get("/").status == 200
    site.clock.advance(600)
    answer = browser.get("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "absolute")


def test_a_copy_from_before_a_logout_lets_nobody_in(site):
    """ASVS 7.4.1; NIST 5.1, item 3: the answer deletes both cookies."""
    browser = site.logged_in()
    other = browser.copy()
    answer = browser.request("POST", "/session440/logout", SAME_ORIGIN)
    assert answer.status == 200
    assert not {token(site), site.ticket} & browser.cookies.keys()
    assert lets_nobody_in(other)


def test_djangos_session_alone_makes_a_copy_worthless(without_store):
    """ASVS 7.2.4 and 7.4.1, where there is no store."""
    browser = without_store.logged_in()
    first = browser.copy()
    without_store.log_in(browser)
    second = browser.copy()
    assert lets_nobody_in(first)
    browser.request("POST", "/session440/logout", SAME_ORIGIN)
    assert lets_nobody_in(second)


@pytest.mark.parametrize("kind", [WsgiSite, FlaskSite], ids=lambda each: each.name)
def test_without_a_store_a_copy_outlives_the_logout_as_the_answer_says(kind, clock):
    """ASVS 7.2.4 and 7.4.1 are answered "not"."""
    with kind.open(clock) as site:
        browser = site.logged_in()
        other = browser.copy()
        browser.request("POST", "/session440/logout", SAME_ORIGIN)
        assert not lets_nobody_in(other)


def test_one_login_more_than_allowed_ends_the_oldest_as_displaced(site):
    """ASVS 7.1.2."""
    browsers = []
    for _ in range(3):
        browsers.append(site.logged_in())
        site.clock.advance(1)
    answer = browsers[0].get("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "displaced")
    assert not lets_nobody_in(browsers[1])


def test_the_commands_of_an_administrator_end_a_persons_logins(site):
    """ASVS 7.4.5: ``session440 logins revoke --subject`` calls this."""
    browser = site.logged_in()
    assert site.engine.revoke_all(site.subject_of("alice")) == 1
    answer = browser.get("/")
    assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")


def test_the_status_tells_which_clock_a_request_and_a_login_reset(site):
    """NIST 5.2, paragraph 2, sentence 6."""

    def left():
        told = browser.get("/session440/status").json
        return told["idle_remaining"], told["absolute_remaining"]

    browser = site.logged_in()
    site.clock.advance(600)
    browser.get("/")
    assert left() == (IDLE, ABSOLUTE - 600)
    site.log_in(browser)
    assert left() == (IDLE, ABSOLUTE)


def test_without_the_token_a_request_is_a_visitors(site):
    """NIST 5.1, paragraph 1."""
    browser = site.logged_in()
    del browser.cookies[token(site)]
    assert browser.get("/").status == 302


@pytest.fixture(params=[WsgiSite, FlaskSite, DjangoSite], ids=lambda each: each.name)
def careful_site(request, tmp_path, clock: FakeClock):
    """A site that asks for a recent login, and leaves nothing in the browser."""
    options = {
        "recent": {"/plain": "10m"},
        "page_cache": "no-store",
        "clear_site_data": ["storage"],
    }
    with request.param.open(clock, store=f"sqlite:///{tmp_path}/logins.db", **options) as site:
        yield site


def test_a_path_of_the_option_is_answered_401_later_than_that(careful_site):
    """ASVS 7.5.1 and 7.5.3."""
    browser = careful_site.logged_in()
    careful_site.clock.advance(599)
    assert browser.get("/plain").status == 200
    careful_site.clock.advance(1)
    answer = browser.get("/plain")
    assert answer.status == 401
    said = 'Session440 error="insufficient_user_authentication"'
    assert answer["WWW-Authenticate"].startswith(said)


def test_people_see_their_logins_and_end_others_only_after_a_recent_login(careful_site):
    """ASVS 7.5.2."""
    browser, other = careful_site.logged_in(), careful_site.logged_in()
    careful_site.clock.advance(600)
    told = browser.get("/session440/logins", Accept="application/json").json
    assert len(told["logins"]) == 2
    ended = browser.request("POST", "/session440/logins", SAME_ORIGIN | FORM, b"end=others")
    assert ended.status == 401
    assert not lets_nobody_in(other)
    careful_site.log_in(browser)
    browser.request("POST", "/session440/logins", SAME_ORIGIN | FORM, b"end=others")
    assert lets_nobody_in(other)


def test_pages_are_not_to_be_kept_and_a_logout_clears_the_storage(careful_site):
    """ASVS 14.3.1 and 14.3.2; the bare WSGI app serves no HTML."""
    browser = careful_site.logged_in()
    page = browser.get("/")
    is_html = page["Content-Type"].startswith("text/html")
    assert is_html == (careful_site.name != "wsgi")
    assert (page["Cache-Control"] == "no-store") == is_html
    answer = browser.request("POST", "/session440/logout", SAME_ORIGIN)
    assert answer["Clear-Site-Data"] == '"storage"'
