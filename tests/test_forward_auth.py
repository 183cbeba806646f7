"""What a proxy is told that asks before it serves, and what a probe is shown: in every adapter."""

from __future__ import annotations

from http.cookies import SimpleCookie

import flask
import flask_login
import pytest
from browser import Answer, Browser
from clock import FakeClock
from django.contrib.auth.models import User
from serving import serve
from sites import SITES, DjangoSite, FlaskSite, WatchedSite

from session440.flask import Session440

AUTH, SAMPLE = "/session440/auth", "/session440/sample"
IDLE, RENEWAL = 1200, 60
PASSIVE = {"Session440-Passive": "?1"}
NO_STORE = "redis://127.0.0.1:1/0"  # nobody listens there

everywhere = pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)


def kinds_of(site) -> list[str]:
    return [each.kind for each in site.events]


def is_401(answer: Answer, cause: str | None) -> None:
    """The answer that ends nothing: no cookie goes out with it."""
    assert answer.status_line == "401 Unauthorized"
    assert answer["Session440-Cause"] == cause
    assert answer["Cache-Control"] == "no-store"
    assert answer["Set-Cookie"] is None
    assert answer["WWW-Authenticate"] is None


# --- who is let in


@everywhere
def test_somebody_who_is_logged_in_is_let_in(open_site, kind):
    b = open_site(kind).logged_in()
    for method in ("GET", "HEAD"):
        answer = b.request(method, AUTH)
        assert (answer.status, answer.body) == (204, b"")
        assert answer["Cache-Control"] == "no-store"
        assert answer["Set-Cookie"] is None
        assert "alice" not in str(answer.headers)


@everywhere
def test_to_be_let_in_is_activity(open_site, kind, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(IDLE - 1)
    answer = b.get(AUTH)
    assert answer.sets(site.ticket)
    assert "cookie" in answer.vary
    clock.advance(IDLE - 1)
    assert b.get(AUTH).status == 204


@everywhere
def test_a_passive_question_is_no_activity(open_site, kind, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(IDLE - 1)
    answer = b.request("GET", AUTH, PASSIVE)
    assert (answer.status, answer["Set-Cookie"]) == (204, None)
    clock.advance(1)
    is_401(b.request("GET", AUTH, PASSIVE), "idle")


@everywhere
def test_a_store_hears_of_the_activity(open_site, kind, clock):
    """A copy of the old ticket goes on by the record."""
    site = open_site(kind, store="memory:")
    b = site.logged_in()
    old = b.copy()
    clock.advance(IDLE - 1)
    b.get(AUTH)
    clock.advance(IDLE - 1)
    assert [each.seen_at for each in site.engine.store.by_subject(subject(site))] == [
        clock() - IDLE + 1
    ]
    assert old.get(AUTH).status == (204 if site.session else 401)


def subject(site) -> str:
    return site.engine.store._records[next(iter(site.engine.store._records))].subject


# --- who is not


@everywhere
def test_nobody_is_turned_away(open_site, kind):
    b = open_site(kind).browser()
    answer = b.get(AUTH)
    is_401(answer, None)
    assert answer.json == {"title": "Unauthorized", "status": 401}
    is_401(b.navigate(AUTH), None)


@everywhere
@pytest.mark.parametrize("options", [{}, {"enforcement": "challenge"}, {"status": 401}], ids=str)
def test_an_ended_login_is_turned_away_and_its_message_waits(open_site, kind, clock, options):
    """However often a proxy asks: it is told once, by the app, and what follows is anonymous."""
    site = open_site(kind, **options)
    b = site.logged_in()
    del site.events[:]
    clock.advance(IDLE)
    for _ in range(3):
        is_401(b.get(AUTH), "idle")
    assert kinds_of(site) == []
    assert b.navigate("/")["Session440-Cause"] == "idle"
    assert kinds_of(site) == ["ended"]
    assert b.navigate("/").status == 302
    is_401(b.get(AUTH), None)


@everywhere
def test_it_says_why_to_scripts_and_to_people(open_site, kind, clock):
    b = open_site(kind).logged_in()
    clock.advance(IDLE)
    problem = b.get(AUTH)
    assert problem["Content-Type"] == "application/problem+json"
    assert problem.json == {
        "title": "Unauthorized",
        "status": 401,
        "cause": "idle",
        "detail": "You were signed out after 20 minutes without activity.",
        "login_url": "/login",
    }
    page = b.navigate(AUTH)
    is_401(page, "idle")
    assert 'href="/login"' in page.text
    assert problem.json["detail"] in page.text
    assert "accept" in page.vary
    for answer in (problem, page):
        assert "alice" not in answer.text + str(answer.headers)


@everywhere
def test_a_revoked_login_is_turned_away(open_site, kind):
    site = open_site(kind, store="memory:")
    b = site.logged_in()
    site.engine.revoke_all(subject(site))
    is_401(b.get(AUTH), "revoked")
    assert b.navigate("/")["Session440-Cause"] == "revoked"


@everywhere
def test_an_outage_lets_nobody_in_and_logs_nobody_out(open_site, kind):
    b = open_site(kind, store=NO_STORE, store_failure="refuse").logged_in()
    answer = b.get(AUTH)
    assert (answer.status, answer["Retry-After"]) == (503, "5")
    assert answer["Set-Cookie"] is None
    assert open_site(kind, store=NO_STORE).logged_in().get(AUTH).status == 204


@everywhere
def test_in_report_mode_nobody_is_turned_away_who_has_a_login(open_site, kind, clock):
    site = open_site(kind, enforcement="report")
    b = site.logged_in()
    clock.advance(IDLE)
    assert b.get(AUTH).status == 204
    assert [each.enforced for each in site.events if each.kind == "ended"] == [False]
    assert b.get(AUTH).status == 204
    assert kinds_of(site).count("ended") == 1
    is_401(site.browser().get(AUTH), None)


@everywhere
def test_only_reading_is_allowed(open_site, kind):
    b = open_site(kind).browser()
    for path in (AUTH, SAMPLE):
        answer = b.post(path)
        assert (answer.status, answer["Allow"]) == (405, "GET, HEAD")


def test_the_ticket_is_the_first_cookie(open_site, clock):
    """nginx hands on no other, and Flask sets that of a permanent session anew each time."""
    site = open_site(FlaskSite)
    b = site.logged_in()
    with site.edit(b) as session:
        session["_permanent"] = True
    clock.advance(RENEWAL)
    names = [text.partition("=")[0] for text in b.get(AUTH).all("Set-Cookie")]
    assert names == ["session440", "session"]


# --- whom the framework would not have


def is_told_later(b: Browser, cause: str | None) -> None:
    """The question changes nothing; a page ends the login as ever."""
    before = dict(b.cookies)
    for _ in range(2):
        is_401(b.get(AUTH), None)
    assert b.cookies == before
    assert b.navigate("/")["Session440-Cause"] == cause


@pytest.mark.parametrize("change", [{"password": "!"}, {"is_active": False}, None], ids=str)
def test_whom_django_refuses_is_turned_away(open_site, change):
    """Whose password is another by now, who is deactivated, and who is not found."""
    user = User.objects.create_user("carol", password="wonderland")
    b = open_site(DjangoSite).logged_in("carol")
    assert b.get(AUTH).status == 204
    found = User.objects.filter(pk=user.pk)
    try:
        found.update(**change) if change else found.delete()
        is_told_later(b, "revoked" if change else None)
    finally:
        found.delete()


class Person(flask_login.UserMixin):
    id = "alice"
    is_active = True


@pytest.mark.parametrize("is_gone", [True, False])
def test_whom_flask_login_refuses_is_turned_away(clock, is_gone):
    """Who is gone, and who is deactivated."""
    site, person = flask.Flask("site", static_folder=None), Person()
    site.config |= {"SECRET_KEY": "a long random text", "SESSION440_CLOCK": clock}
    manager, users = flask_login.LoginManager(site), {"alice": person}
    manager.user_loader(users.get)
    manager.login_view = "login"
    Session440(site)
    site.add_url_rule("/", "home", flask_login.login_required(lambda: "hello"))

    @site.post("/login")
    def login():
        flask_login.login_user(person)
        return "in"

    with serve(site) as url:
        b = Browser(url)
        b.post("/login")
        assert b.get(AUTH).status == 204
        person.is_active = False
        if is_gone:
            users.clear()
        is_told_later(b, None if is_gone else "revoked")


# --- the sample


def form(answer: Answer) -> tuple:
    """What a 440 looks like, but for what differs from one to the next."""
    names = sorted(name for name, _ in answer.headers if name not in ("Set-Cookie", "Date"))
    kind, reads = answer["Content-Type"], answer["Content-Security-Policy"]
    members = sorted(answer.json) if "json" in kind else answer.text.replace("%2F", "")
    return answer.status_line, names, answer.vary, kind, reads, members


@everywhere
@pytest.mark.parametrize("status", [440, 401])
def test_the_sample_is_like_a_real_one(open_site, kind, clock, status):
    site = open_site(kind, status=status)
    for accept in (None, "text/html"):  # these spend the evidence, so the cookie is deleted
        b = site.logged_in()
        sample = b.request("GET", SAMPLE, accepting(accept) | {"Referer": f"{site.url}/plain"})
        clock.advance(IDLE)
        real = b.request("GET", "/plain", accepting(accept))
        headers = [pair for pair in sample.headers if pair[0] != "Session440-Sample"]
        assert form(Answer(11, sample.status, sample.reason, headers, sample.body)) == form(real)
        assert sample["Session440-Cause"] == "idle"
        if kind is not WatchedSite:  # the app's own cookie tells that of a login
            assert attributes(sample, f"{site.ticket}-sample") == attributes(real, site.ticket)


def accepting(kind: str | None) -> dict[str, str]:
    return {} if kind is None else {"Accept": kind}


def attributes(answer: Answer, name: str) -> list[str]:
    (text,) = [each for each in answer.all("Set-Cookie") if each.startswith(f"{name}=")]
    assert SimpleCookie(text)[name].value == ""
    return sorted(part.strip().lower() for part in text.split(";")[1:])


@everywhere
@pytest.mark.parametrize("enforcement", ["strict", "report"])
def test_the_sample_is_about_nobody(open_site, kind, enforcement):
    """Not even where it is asked for with somebody's cookies."""
    site = open_site(kind, enforcement=enforcement)
    b = site.logged_in()
    del site.events[:]
    for answer in (b.get(SAMPLE), b.navigate(SAMPLE), b.request("HEAD", SAMPLE)):
        assert answer.status_line == "440 Login Timeout"
        assert set(answer.cookies) == {f"{site.ticket}-sample"}
        assert "alice" not in answer.text + str(answer.headers)
    assert answer.body == b""
    assert b.get("/").text == "hello alice"
    assert site.events == []


@everywhere
def test_no_sample_is_like_another(open_site, kind):
    b = open_site(kind).browser()
    made = {b.get(SAMPLE)["Session440-Sample"] for _ in range(5)}
    assert len(made) == 5
    assert all(len(each) == 22 for each in made)


@everywhere
def test_the_sample_tells_the_apps_clock(open_site, kind, clock):
    clock.now = 1_800_000_000.9
    assert open_site(kind).browser().get(SAMPLE).json["ended_at"] == "2027-01-15T08:00:00Z"


# --- all alike


@everywhere
def test_without_endpoint_there_is_neither(open_site, kind):
    site = open_site(kind, endpoint=None)
    b = site.logged_in()
    for path in (AUTH, SAMPLE):
        answer = b.get(path)
        assert answer.status == 404
        assert answer["Session440-Sample"] is None


def test_every_adapter_answers_alike():
    """To the byte, but for the names of cookies and what is random."""
    told = []
    for kind in SITES:
        clock = FakeClock()
        with kind.open(clock) as site:
            told.append([*transcript(site, clock)])
    assert all(each == told[0] for each in told)


def transcript(site, clock):
    b = site.logged_in()
    for wait in (0, RENEWAL, IDLE, 0):
        clock.advance(wait)
        for asked in (b.get, b.navigate):
            yield said(site, asked(AUTH))
            yield said(site, asked(SAMPLE))
    yield said(site, site.browser().get(AUTH))


def said(site, answer: Answer) -> tuple:
    ours = ("Cache-Control", "Session440-Cause", "Content-Security-Policy", "Content-Language")
    headers = {name: answer[name] for name in ours}
    action = answer.sets(site.ticket), answer.deletes(f"{site.ticket}-sample")
    return (answer.status_line, headers, action, answer.body)
