"""Whom the page of logins refuses: nobody, an old login, a store that is out; and what it says."""

from __future__ import annotations

import pytest
from browser import Answer
from django.contrib.auth.models import User
from django.test import AsyncClient, override_settings
from login_lists import LOGINS, SAME_ORIGIN, call, is_live, other_ids, press, rows
from named_sites import NAMED, told
from sites import SITES, DjangoSite, FlaskSite
from spying import SpyStore

IDLE, RECENT = 1200, 600
CHALLENGE = 'Session440 error="insufficient_user_authentication", max_age=600'

named = pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
everywhere = pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)


def is_out(answer: Answer) -> None:
    assert answer.status == 503
    assert answer["Retry-After"] == "5"


@pytest.fixture
def two(open_site, kind):
    """A site, and two browsers of alice, ten seconds apart."""
    site = open_site(kind, store="memory:")
    first = site.logged_in()
    site.clock.advance(10)
    return site, first, site.logged_in()


# --- a recent login


@named
@pytest.mark.parametrize("by", ["form", "JSON"])
def test_to_end_another_needs_a_recent_login(two, kind, by):
    site, first, second = two
    (other,) = other_ids(second)
    site.clock.advance(RECENT)
    for end in ("others", other):
        answer = press(second, end) if by == "form" else call(second, end=end)
        assert (answer.status, answer["WWW-Authenticate"]) == (401, CHALLENGE)
        assert answer["Session440-Cause"] is None
        assert not answer.deletes(site.ticket)
    assert is_live(first)
    assert len(rows(second.navigate(LOGINS))) == 2
    site.log_in(second)
    assert press(second, other).status == 303


@named
def test_the_answer_is_that_of_any_page_that_wants_a_recent_login(two, kind):
    site, _first, second = two
    site.clock.advance(RECENT)
    page, problem = press(second, "others"), call(second, end="others")
    assert "Confirm that it is you" in page.text
    assert "You are still logged in" in page.text
    assert 'href="/login"' in page.text
    assert problem.json["type"] == "urn:problem:session440:step-up"
    assert (problem.json["max_age"], problem.json["login_url"]) == (RECENT, "/login")
    assert problem.json["proved_at"] == "2027-01-15T08:00:10Z"
    assert len(told(site, "step_up")) == 2
    back = press(second, "others", Referer=f"{site.url}{LOGINS}")
    assert 'href="/login?next=%2Fsession440%2Flogins"' in back.text


@named
def test_a_site_may_want_it_more_recent_for_this_path(open_site, kind):
    site = open_site(kind, store="memory:", recent={LOGINS: "5m"})
    b = site.logged_in()
    site.clock.advance(299)
    assert press(b, "others").status == 303
    site.clock.advance(1)
    assert press(b, "others")["WWW-Authenticate"] == CHALLENGE.replace("600", "300")
    assert b.navigate(LOGINS).status == 200, "to look needs none"


def test_an_adopted_login_has_proved_nothing(open_site):
    site = open_site(FlaskSite, store="memory:")
    b = site.browser()
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    b.cookies["session"] = serializer.dumps({"user_id": "alice"})
    assert press(b, "others").status == 401, "adopted at the next request to the app"
    assert is_live(b)
    assert press(b, "others").status == 401
    site.log_in(b)
    assert press(b, "others").status == 303


@named
def test_just_within_the_time_it_is_recent_enough(two, kind):
    site, _first, second = two
    site.clock.advance(RECENT - 1)
    assert press(second, "others").status == 303


# --- nobody, somebody whose login is over, and a store that is out or that there is none of


@everywhere
def test_a_visitor_is_asked_to_log_in_and_comes_back(open_site, kind):
    b = open_site(kind, store="memory:").browser()
    page, problem = b.navigate(LOGINS), b.get(LOGINS)
    for answer in (page, problem, press(b, "others"), call(b, end="others")):
        assert (answer.status, answer["WWW-Authenticate"]) == (401, "Session440")
        assert answer["Cache-Control"] == "no-store"
        assert answer["Session440-Cause"] is None
    assert 'href="/login?next=%2Fsession440%2Flogins">Log in</a>' in page.text
    assert rows(page) == []
    assert problem["Content-Type"] == "application/problem+json"
    assert problem.json == {
        "title": "Unauthorized",
        "status": 401,
        "detail": "This step needs a login. Log in to go on.",
        "login_url": "/login?next=%2Fsession440%2Flogins",
    }


@everywhere
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_a_login_that_is_over_gets_the_440_once(open_site, kind, clock, enforcement):
    site = open_site(kind, store="memory:", enforcement=enforcement)
    b = site.logged_in()
    clock.advance(IDLE)
    page = b.navigate(LOGINS)
    assert (page.status_line, page["Session440-Cause"]) == ("440 Login Timeout", "idle")
    assert page.deletes(site.ticket)
    assert 'href="/login?next=%2Fsession440%2Flogins"' in page.text
    assert b.navigate(LOGINS).status == 401


@everywhere
def test_a_call_eats_no_message_that_is_for_the_person(open_site, kind, clock):
    site = open_site(kind, store="memory:")
    b = site.logged_in()
    clock.advance(IDLE)
    script = {"Sec-Fetch-Mode": "cors", "Accept": "*/*"}
    for answer in (
        b.get(LOGINS, **script),
        b.post(LOGINS, {"end": "others"}, **script | SAME_ORIGIN),
    ):
        assert (answer.status, answer["Session440-Cause"]) == (440, "idle")
    assert b.navigate("/")["Session440-Cause"] == "idle"


@named
def test_in_report_mode_no_login_is_over(open_site, kind, clock):
    site = open_site(kind, store="memory:", enforcement="report")
    b = site.logged_in()
    clock.advance(IDLE)
    assert len(rows(b.navigate(LOGINS))) == 1


@everywhere
def test_without_a_store_there_is_no_list(open_site, kind):
    b = open_site(kind).logged_in()
    page, problem = b.navigate(LOGINS), b.get(LOGINS)
    assert page.status == problem.status == 404
    assert "This site keeps no list of logins." in page.text
    assert problem.json["detail"] == "This site keeps no list of logins."
    assert press(b, "others").status == 404
    assert is_live(b)


@named
@pytest.mark.parametrize("failing", ["all", "by_subject", "end"])
def test_while_the_store_is_out_nothing_is_promised(open_site, kind, failing):
    spy = SpyStore()
    site = open_site(kind, store=spy)
    first, second = site.logged_in(), site.logged_in()
    (other,) = other_ids(second)
    spy.is_out, spy.out = failing == "all", {failing}
    answers = [press(second, "others"), press(second, other), call(second, end="others")]
    answers += [second.navigate(LOGINS)] if failing != "end" else []
    spy.is_out, spy.out = False, set()
    for answer in answers:
        is_out(answer)
        assert answer["Set-Cookie"] is None
    site.clock.advance(60)
    assert is_live(first)
    assert is_live(second)


@named
def test_a_store_that_decides_refuses_while_it_is_out(open_site, kind):
    spy = SpyStore()
    site = open_site(kind, store=spy, store_failure="refuse")
    b = site.logged_in()
    spy.is_out = True
    for answer in (b.navigate(LOGINS), press(b, "others")):
        is_out(answer)
        assert answer["Set-Cookie"] is None


@pytest.mark.parametrize("change", ["password", "deactivated"])
def test_whom_django_refuses_is_shown_nothing_and_ends_nothing(open_site, change):
    """Their session names them still."""
    site = open_site(DjangoSite, store="memory:")
    _first, second = site.logged_in(), site.logged_in()
    (other,) = other_ids(second)
    user = User.objects.get(username="alice")
    try:
        if change == "password":
            user.set_password("another")
        user.is_active = change == "password"
        User.objects.filter(pk=user.pk).update(password=user.password, is_active=user.is_active)
        assert second.navigate(LOGINS).status == 401
        assert press(second, other).status == press(second, "others").status == 401
    finally:
        user.set_password("wonderland")
        User.objects.filter(pk=user.pk).update(password=user.password, is_active=True)
    assert told(site, "revoked") == []


def test_a_login_that_the_app_has_begun_out_of_sight_is_listed(open_site):
    """The next request to the app adopts it; here it is not recorded yet."""
    site = open_site(FlaskSite, store="memory:")
    b = site.browser()
    serializer = site.app.session_interface.get_signing_serializer(site.app)
    b.cookies["session"] = serializer.dumps({"user_id": "alice"})
    page = b.navigate(LOGINS)
    assert (page.status, len(rows(page)), page["Set-Cookie"]) == (200, 1, None)


def test_an_async_project_serves_it_as_well(clock):
    from asgiref.sync import async_to_sync
    from django.conf import settings

    async def page(client):
        return await client.get(LOGINS, headers={"Accept": "text/html"})

    given = {"CLOCK": clock, "STORE": "memory:"}
    with override_settings(SESSION440=given, SESSION_ENGINE=settings.SESSION_ENGINE):
        client = AsyncClient()
        client.force_login(User.objects.get(username="alice"))
        async_to_sync(client.get)("/")
        answer = async_to_sync(page)(client)
    assert (answer.status_code, answer.content.count(b"<li>")) == (200, 1)
