"""The traps in which Python's session timeouts are caught, each by its number.

``research/peers.md`` section 4 lists them with their sources; here each one that this library
can meet is set and not sprung.
"""

from __future__ import annotations

import time

import flask
import pytest
from clock import START
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from flask_session.cachelib import CacheLibSessionInterface
from traps import ABSOLUTE, IDLE, RENEWAL, everywhere, is_440, with_session

from session440.flask import Session440
from session440.http import negotiation as caller

# --- 1 and 2: a request that is overtaken by the logout


meanwhile = []


def _slow(request):
    assert request.user.is_authenticated
    for happening in meanwhile:
        happening()
    return HttpResponse("slow")


urlpatterns = [path("slow", _slow)]


@pytest.fixture
def overtaken(clock):
    """The answer to a slow Django request during which its person logged out elsewhere."""
    import django_urls

    urlpatterns[1:] = django_urls.urlpatterns
    with override_settings(ROOT_URLCONF="test_traps", SESSION440={"CLOCK": clock}):
        client, other_tab = Client(), Client()
        client.post("/login", {"username": "alice"})
        clock.advance(RENEWAL)  # the slow request will renew its ticket
        other_tab.cookies = client.cookies.copy()
        meanwhile[:] = [lambda: other_tab.post("/logout")]
        yield client, client.get("/slow")
        meanwhile.clear()


def test_trap_01_slow_request_does_not_resurrect_the_session_in_django(overtaken):
    client, answer = overtaken
    assert answer.status_code == 200
    assert "sessionid440" in answer.cookies  # late, but worth nothing
    answer = client.get("/show")  # another browser's logout: this one is told
    assert (answer.status_code, answer["Session440-Cause"]) == (440, "revoked")
    assert client.get("/show").content == b"shown to nobody"


class _Cache(dict):
    def set(self, key, value, timeout=None):
        self[key] = value
        return True

    def delete(self, key):
        return self.pop(key, None) is not None


def test_trap_01_slow_request_does_not_resurrect_the_session_in_flask(clock):
    """With server-side sessions: renewing the ticket writes no session."""
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="text", SESSION440_CLOCK=clock, SESSION_REFRESH_EACH_REQUEST=False)
    cache = _Cache()
    app.session_interface = CacheLibSessionInterface(app, client=cache)
    Session440(app)
    app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")
    app.add_url_rule("/slow", "slow", lambda: cache.clear() or "the record is gone by now")
    client = app.test_client()
    client.get("/in")
    clock.advance(RENEWAL)
    answer = client.get("/slow")
    assert "session440=" in answer.headers["Set-Cookie"]
    assert cache == {}


def test_trap_02_slow_read_only_request_is_no_bad_request(overtaken):
    """Our stamp makes no write of it, so Django has nothing to be interrupted in."""
    _, answer = overtaken
    assert (answer.status_code, answer.content) == (200, b"slow")


# --- 3 to 16: what the clock says, and what a login is


@everywhere
def test_trap_03_stamp_only_moves_forward(kind, open_site, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(120)
    b.get("/")
    clock.advance(-30)
    b.post("/session440/extend", Sec_Fetch_Site="same-origin")
    ticket = site.engine.signer.loads(b.cookies[site.ticket])
    assert ticket.seen_at == START + 120


@pytest.fixture
def paris(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


SPRING, AUTUMN = 1806195600, 1824944400  # 2027: the clocks go to summer time, and back


@everywhere
@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_trap_04_daylight_saving_moves_nothing(kind, change, open_site, clock, paris):
    """Two minutes are two minutes over the change, and an hour is an hour."""
    assert time.localtime(change - 1).tm_isdst != time.localtime(change).tm_isdst
    clock.now = change - 60
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(120)
    assert b.get("/").status == 200
    clock.advance(IDLE - 1)
    assert b.get("/").status == 200
    clock.advance(IDLE)
    answer = b.navigate("/")
    is_440(answer)


@with_session
@pytest.mark.parametrize("stamp", [None, "yesterday", [], {}, float("1e12"), True])
def test_trap_05_unreadable_stamp_fails_closed(kind, stamp, open_site):
    site = open_site(kind)
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"][1] = stamp
    is_440(b.navigate("/"), "lost")


@everywhere
@pytest.mark.parametrize("days", [1, 2, 365])
def test_trap_06_durations_do_not_wrap_at_a_day(kind, days, open_site, clock):
    site = open_site(kind, evidence="400d")
    b = site.logged_in()
    clock.advance(days * 86400 + 60)
    is_440(b.navigate("/"))


@everywhere
def test_trap_07_client_cannot_declare_itself_active(kind, open_site, clock):
    """Nothing it may say about its idleness wins it time."""
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(RENEWAL * 2)
    for value in ("?0", "0", "-1", "active", "99999999999999999999"):
        answer = b.get("/poll?idleFor=-100", Session440_Passive=value)
        assert site.ticket not in answer.cookies
    answer = b.post(
        "/session440/extend?idleFor=-1", {"idleFor": "-1"}, Sec_Fetch_Site="same-origin"
    )
    assert answer.json["expires_in"] == IDLE


def test_trap_08_absolute_limit_is_per_login_not_per_user(clock):
    """A second login of the same person moves nothing for the first; last_login is not asked."""
    with override_settings(SESSION440={"CLOCK": clock, "IDLE_TIMEOUT": None}):
        first, second = Client(), Client()
        first.post("/login", {"username": "alice"})
        clock.advance(ABSOLUTE - 1)
        second.post("/login", {"username": "alice"})
        User.objects.filter(username="alice").update(last_login=None)
        assert first.get("/").status_code == 200
        clock.advance(1)
        assert first.get("/").status_code == 440
        assert second.get("/").status_code == 200


@everywhere
def test_trap_09_idle_timeout_does_not_switch_the_absolute_one_off(kind, open_site, clock):
    site = open_site(kind, idle_timeout=60, absolute_timeout=600)
    b = site.logged_in()
    for _ in range(11):
        clock.advance(50)
        assert b.get("/").status == 200
    clock.advance(50)
    is_440(b.navigate("/"), "absolute")


@everywhere
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_trap_10_ended_login_does_not_block_the_login_form(kind, enforcement, open_site, clock):
    """POST /login after the timeout logs in; no 440, no next=/login."""
    site = open_site(kind, enforcement=enforcement)
    b = site.logged_in()
    clock.advance(IDLE)
    site.log_in(b, "bob")
    assert b.get("/").text == "hello bob"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/reports?page=2&sort=a%26b", "/reports?page=2&sort=a%26b"),
        ("//evil.example/x", None),
        ("/\\evil.example", None),
        ("https://evil.example/", None),
        ("javascript:alert(1)", None),
        ("/a\r\nSet-Cookie: x", None),
        ("", None),
    ],
)
def test_trap_11_next_keeps_the_query_and_never_leaves_the_site(location, target):
    environ = {"REQUEST_METHOD": "GET"}
    assert caller.return_target(environ, location, "a.example") == target


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/list",
        "https://a.example.evil.example/list",
        "https://a.example@evil.example/list",
        "https://a.example//evil.example",
        "https://a.example/\\evil",
        "ftp://a.example/list",
        "//a.example/list",
        "/list",
        "http://[",
        "a.example",
        "",
    ],
)
def test_trap_11_next_of_a_script_is_its_page_or_nothing(url):
    """The Referer, and htmx's page, count only where they are pages of this site."""
    for environ in (
        {"REQUEST_METHOD": "GET", "HTTP_SEC_FETCH_MODE": "cors", "HTTP_REFERER": url},
        {"REQUEST_METHOD": "POST", "HTTP_REFERER": url},
        {"REQUEST_METHOD": "GET", "HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": url},
    ):
        assert caller.return_target(environ, "/api", "a.example") is None


@everywhere
def test_trap_11_login_page_is_no_place_to_return_to(kind, open_site, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(IDLE)
    answer = b.post("/save", Referer=f"{site.url}/login?next=%2F")
    is_440(answer)
    assert answer.json["login_url"] == "/login"


@everywhere
def test_trap_11_what_a_script_asks_for_is_no_place_to_return_to(kind, open_site, clock):
    """Its page is, by the Referer: a person who logs in again must not land on a poll."""
    site = open_site(kind)
    for headers in ({"Session440-Passive": "?1"}, {"X-Requested-With": "XMLHttpRequest"}):
        b = site.logged_in()
        clock.advance(IDLE)
        answer = b.get("/", **headers, Referer=f"{site.url}/inbox")
        is_440(answer)
        assert answer.json["login_url"] == "/login?next=%2Finbox"


@everywhere
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_trap_12_no_post_is_carried_out_as_an_anonymous_visitor(
    kind, enforcement, open_site, clock
):
    site = open_site(kind, enforcement=enforcement)
    b = site.logged_in()
    clock.advance(IDLE)
    answer = b.post("/save", {"text": "x"})
    is_440(answer)
    assert "plain" not in answer.text


def test_trap_13_logout_signal_fires_and_messages_go_with_the_session(clock):
    """Seen in tests/test_django.py in detail; here both at once."""
    from django.contrib.auth import user_logged_out

    seen = []

    def note(user, **kwargs):
        seen.append(user.username)

    user_logged_out.connect(note)
    try:
        with override_settings(SESSION440={"CLOCK": clock}):
            client = Client()
            client.post("/login", {"username": "alice"})
            clock.advance(IDLE)
            answer = client.get("/plain")
    finally:
        user_logged_out.disconnect(note)
    assert (answer.status_code, seen) == (440, ["alice"])
    assert "messages" not in answer.cookies


@everywhere
def test_trap_14_login_gets_a_new_id_and_the_old_one_is_dead(kind, open_site, clock):
    """A ticket planted before the login, or kept from a former one, opens nothing."""
    site = open_site(kind)
    attacker, victim = site.logged_in("bob"), site.browser()
    victim.cookies[site.ticket] = attacker.cookies[site.ticket]  # planted
    site.log_in(victim, "alice")
    ids = {site.engine.signer.loads(b.cookies[site.ticket]).id for b in (attacker, victim)}
    assert len(ids) == 2
    assert victim.get("/").text == "hello alice"
    assert attacker.get("/").text == "hello bob"
    forged = site.browser()
    forged.cookies[site.ticket] = "unknown"
    assert forged.get("/").status == 302


def test_trap_16_remember_cookie_does_not_revive(clock):
    """tests/test_flask_login.py goes through every way; this is the short one."""
    from flask_login import LoginManager, UserMixin, login_required, login_user

    class Someone(UserMixin):
        id = "alice"

    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="text", SESSION440_CLOCK=clock)
    LoginManager(app).user_loader(lambda name: Someone())
    Session440(app)
    app.add_url_rule("/in", "in", lambda: str(login_user(Someone(), remember=True)))
    app.add_url_rule("/mine", "mine", login_required(lambda: "mine"))
    client = app.test_client()
    client.get("/in")
    clock.advance(IDLE)
    assert client.get("/mine").status_code == 440
    assert client.get("/mine").status_code == 401
