"""The page that says where one is signed in: in every adapter, on every kind of store."""

from __future__ import annotations

import re

import pytest
from backends import BACKENDS
from browser import NAVIGATION
from calling import Call
from clock import FakeClock
from login_lists import LOGINS, SAME_ORIGIN, call, is_live, listed, other_ids, own_id, press, rows
from named_sites import NAMED, told
from sites import SECRET, SITES, WsgiSite
from spying import SpyStore

from session440.core.ticket import Ticket
from session440.stores import MemoryStore, Record
from session440.wsgi import Session440Middleware

IDLE, RECENT = 1200, 600

named = pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
everywhere = pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)


@pytest.fixture
def two(open_site, kind):
    """A site, and two browsers of alice, ten seconds apart."""
    site = open_site(kind, store="memory:")
    first = site.logged_in()
    site.clock.advance(10)
    return site, first, site.logged_in()


@pytest.fixture(params=["memory", "sqlite", "redis", "django"])
def kept_in(request, launch):
    """A client of a store, on a real server."""
    backend = launch(BACKENDS[request.param])
    backend.empty()
    return backend.open()


# --- the list


@named
def test_each_store_lists_ends_one_and_ends_the_others(open_site, kind, kept_in, clock):
    site = open_site(kind, store=kept_in)
    first, second, third = (site.logged_in() for _ in range(3))
    bob = site.logged_in("bob")
    assert len(listed(third)) == 3
    chosen = own_id(site, second)
    assert press(third, chosen).status == 303
    assert second.navigate("/")["Session440-Cause"] == "revoked"
    assert press(third, chosen).status == 404
    assert press(third, "others").status == 303
    assert first.navigate("/")["Session440-Cause"] == "revoked"
    assert [each["this_one"] for each in listed(third)] == [True]
    assert is_live(bob)


@named
def test_this_one_comes_first_then_the_newest(two, kind):
    site, first, second = two
    site.clock.advance(10)
    third = site.logged_in()
    own = [each.navigate(LOGINS) for each in (first, second, third)]
    starts = [
        re.findall(r"since</dt><dd id=\"t\d\"><time datetime=\"([^\"]+)", p.text) for p in own
    ]
    seconds = [[each[-3:-1] for each in page] for page in starts]
    assert seconds == [["00", "20", "10"], ["10", "20", "00"], ["20", "10", "00"]]
    assert ["This one" in each for each in rows(own[0])] == [True, False, False]


@everywhere
def test_a_single_login_has_the_page_to_itself(open_site, kind):
    """A watched cookie names nobody, so that its page lists this login alone."""
    site = open_site(kind, store="memory:")
    page = site.logged_in().navigate(LOGINS)
    assert (page.status, len(rows(page))) == (200, 1)
    assert "You are signed in nowhere else." in page.text
    assert 'value="others"' not in page.text


@everywhere
def test_every_adapter_shows_the_same_page(open_site, kind, clock):
    page = open_site(kind, store="memory:").logged_in().navigate(LOGINS)
    expected = open_site(WsgiSite, store="memory:").logged_in().navigate(LOGINS)
    plain = [re.sub(r"[0-9a-f]{32}", "id", each.text) for each in (page, expected)]
    assert plain[0] == plain[1]
    for name in ("Cache-Control", "Content-Security-Policy", "Content-Type", "Content-Language"):
        assert page[name] == expected[name] is not None
    assert page["Cache-Control"] == "no-store"
    assert page["Set-Cookie"] is None
    assert page.vary == expected.vary


@named
def test_a_program_gets_the_list_in_json(two, kind):
    site, _first, second = two
    own, other = listed(second)
    assert own == {
        "id": own_id(site, second),
        "since": "2027-01-15T08:00:10Z",
        "last_seen": "2027-01-15T08:00:10Z",
        "this_one": True,
    }
    assert other["since"] == "2027-01-15T08:00:00Z"
    answer = second.get(LOGINS)
    assert answer["Content-Type"] == "application/json"
    assert {"cookie", "accept"} <= answer.vary


@named
def test_nothing_on_the_page_lets_anybody_in(two, kind):
    site, first, second = two
    for browser in (first, second):
        ticket = site.engine.signer.loads(browser.cookies[site.ticket])
        for answer in (second.navigate(LOGINS), second.get(LOGINS)):
            assert ticket.id not in answer.text
            assert not any(value in answer.text for value in browser.cookies.values())


@everywhere
def test_head_has_the_headers_of_the_page_and_no_body(open_site, kind):
    b = open_site(kind, store="memory:").logged_in()
    answer = b.request("HEAD", LOGINS, NAVIGATION)
    assert (answer.status, answer.body) == (200, b"")
    assert answer["Content-Length"] == str(len(b.navigate(LOGINS).body))


@everywhere
def test_other_methods_are_refused_and_the_right_ones_named(open_site, kind):
    b = open_site(kind, store="memory:").logged_in()
    answer = b.request("DELETE", LOGINS, SAME_ORIGIN)
    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD, POST")


@everywhere
def test_to_look_is_no_activity(open_site, kind, clock):
    site = open_site(kind, store="memory:")
    b = site.logged_in()
    clock.advance(IDLE - 1)
    assert b.navigate(LOGINS)["Set-Cookie"] is None
    clock.advance(1)
    assert b.navigate("/")["Session440-Cause"] == "idle"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ['lang="de" dir="ltr"', "Wo Sie angemeldet sind", "Überall sonst abmelden"]),
        ("ar", ['lang="ar" dir="rtl"', "أماكن تسجيل دخولك", 'dir="ltr">2027-01-15 08:00:00 UTC']),
    ],
)
@pytest.mark.parametrize("kind", [WsgiSite])
def test_the_page_is_in_the_persons_language(two, kind, language, words):
    page = two[1].navigate(LOGINS, Accept_Language=language)
    assert page["Content-Language"] == language
    assert all(each in page.text for each in words)


def test_below_a_mount_the_form_and_the_links_stay_there(clock):
    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response("200 OK", [])
        return [b""]

    site = Session440Middleware(app, secret_key=SECRET, store="memory:", clock=clock)
    cookies = Call(site, SCRIPT_NAME="/shop").cookies()
    page = Call(site, LOGINS, cookies, SCRIPT_NAME="/shop", HTTP_ACCEPT="text/html").body()
    assert b'action="/shop/session440/logins"' in page
    visitor = Call(site, LOGINS, SCRIPT_NAME="/shop", HTTP_ACCEPT="text/html").body()
    assert b'href="/shop/login?next=%2Fshop%2Fsession440%2Flogins"' in visitor


class SlowlyAnswered(SpyStore):
    """A store of a person with many logins."""

    def __init__(self, many: int) -> None:
        super().__init__(MemoryStore())
        for n in range(many):
            ticket = Ticket(f"{n:022}", "alice", FakeClock().now, FakeClock().now, "default")
            self.behind.insert(Record.of(ticket, FakeClock().now + 1e6))


def test_two_hundred_logins_cost_as_many_queries_as_one(open_site):
    asked = {}
    for many in (0, 200):
        spy = SlowlyAnswered(many)
        b = open_site(WsgiSite, store=spy).logged_in()
        spy.taken()
        assert len(rows(b.navigate(LOGINS))) == many + 1
        asked[many] = spy.taken()
    # One whether this login lasts, one for the list.
    assert asked[0] == asked[200] == ["find", "by_subject"]


# --- to end one


@named
def test_a_form_leads_back_to_the_page_which_says_what_happened(two, kind):
    site, _first, second = two
    answer = press(second, other_ids(second)[0])
    assert (answer.status, answer["Location"]) == (303, f"{LOGINS}?ended=one")
    assert (answer["Cache-Control"], answer.body) == ("no-store", b"")
    page = second.navigate(answer["Location"])
    assert '<p role="status"><strong>That login is over.</strong></p>' in page.text
    assert len(rows(page)) == 1
    assert 'role="status"' not in second.navigate(LOGINS).text
    (revoked,) = told(site, "revoked")
    assert revoked.subject == site.subject_of("alice")


@named
def test_the_others_are_ended_at_once(two, kind):
    site, first, second = two
    third = site.logged_in()
    answer = press(third, "others")
    assert (answer.status, answer["Location"]) == (303, f"{LOGINS}?ended=others")
    assert "You are now signed out everywhere else." in third.navigate(answer["Location"]).text
    assert [is_live(each) for each in (first, second, third)] == [False, False, True]


@named
def test_a_program_is_told_how_many_were_ended(two, kind):
    _site, first, second = two
    assert (call(second, end=other_ids(second)[0]).json) == {"ended": 1}
    assert (call(second, end="others").json) == {"ended": 0}
    answer = second.post(LOGINS, {"end": "others"}, **SAME_ORIGIN)
    assert (answer.status, answer.json) == (200, {"ended": 0})
    assert not is_live(first)


@named
def test_htmx_goes_to_the_page_itself(two, kind):
    site, first, second = two
    htmx = {"HX-Request": "true", "Sec-Fetch-Mode": "cors"}
    assert second.get(LOGINS, **htmx)["HX-Redirect"] == LOGINS
    answer = second.post(LOGINS, {"end": "others"}, **SAME_ORIGIN, **htmx)
    assert (answer.status, answer["HX-Redirect"]) == (200, f"{LOGINS}?ended=others")
    assert not is_live(first)
    assert site.browser().get(LOGINS, **htmx)["HX-Redirect"] == "/login"


@named
@pytest.mark.parametrize("by", ["form", "JSON"])
def test_ones_own_is_a_logout_that_needs_no_recent_login(two, kind, by):
    site, first, second = two
    site.clock.advance(RECENT)
    own = own_id(site, second)
    answer = press(second, own) if by == "form" else call(second, end=own)
    if by == "form":
        assert (answer.status, answer["Location"]) == (303, "/login")
    else:
        assert answer.json == {"ended": 1, "state": "anonymous", "login_url": "/login"}
    assert answer.deletes(site.ticket)
    assert second.navigate("/").status == 302
    assert is_live(first)


@named
def test_other_peoples_ended_and_unknown_ids_are_all_not_found(two, kind):
    site, _first, second = two
    bob = site.logged_in("bob")
    (ended,) = other_ids(second)
    press(second, ended)
    bobs = own_id(site, bob)
    second_id = site.engine.signer.loads(second.cookies[site.ticket]).id
    for id in (bobs, ended, "0" * 32, "", "../x", "é", "x" * 500, bobs.upper(), second_id):
        for answer in (press(second, id), call(second, end=id)):
            assert answer.status == 404, id
            assert "You have no such login." in answer.text
    assert f'href="{LOGINS}"' in press(second, bobs).text
    assert is_live(bob)
    assert is_live(second)


BODIES = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "another field": (b"id=others", "application/x-www-form-urlencoded"),
    "another kind": (b"\x00", "multipart/form-data; boundary=x"),
    "no kind": (b"", ""),
    "no UTF-8": (b"\xff\xfe", "application/json"),
    "half of it": (b'{"end": "oth', "application/json"),
    "a list": (b'["others"]', "application/json"),
    "a number": (b'{"end": 1}', "application/json"),
    "deep": (b"[" * 4000, "application/json"),
    "too many fields": (b"a=1&" * 100 + b"end=others", "application/x-www-form-urlencoded"),
    "too long": (b"end=others&x=" + b"x" * 4096, "application/x-www-form-urlencoded"),
}


@named
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_names_no_login_ends_none(two, kind, body):
    _site, first, second = two
    content, content_type = body
    headers = {"Content-Type": content_type, **SAME_ORIGIN}
    answer = second.request("POST", LOGINS, headers, content)
    assert (answer.status, answer["Content-Type"]) == (400, "application/problem+json")
    assert is_live(first)


@named
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_page_of_another_site_ends_nothing(two, kind, headers):
    _site, first, second = two
    own = listed(second)[0]["id"]
    for end in ("others", own, *other_ids(second)):
        answer = second.post(LOGINS, {"end": end}, **headers)
        assert (answer.status, answer["Set-Cookie"]) == (403, None)
    assert is_live(first)
    assert is_live(second)
