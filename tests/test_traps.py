"""The traps in which Python's session timeouts are caught, each by its number.

``research/peers.md`` section 4 lists them with their sources; here each one that this library
can meet is set and not sprung.
"""

from __future__ import annotations

import time

import flask
import pytest
import sites
from browser import Browser
from clock import START, FakeClock
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from flask.sessions import SecureCookieSessionInterface
from flask_session.cachelib import CacheLibSessionInterface
from sites import SITES, DjangoSite, FlaskSite, WatchedSite, WsgiSite

from session440 import ConfigurationError
from session440.django import get_engine
from session440.flask import Session440, current_visit
from session440.http import negotiation as caller

IDLE, ABSOLUTE, RENEWAL, EVIDENCE = 1200, 28800, 60, 86400
SESSIONS = [FlaskSite, DjangoSite]

everywhere = pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
with_session = pytest.mark.parametrize("kind", SESSIONS, ids=lambda kind: kind.name)


def is_440(answer, cause="idle"):
    assert answer.status_line == "440 Login Timeout"
    assert answer["Session440-Cause"] == cause


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
    assert (answer.status_code, answer["Session440-Cause"]) == (440, "lost")
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


def test_trap_19_stale_cookies_make_no_rows(clock):
    """However often they come; and they are told to go once."""
    with override_settings(SESSION440={"CLOCK": clock}):
        client = Client()
        client.post("/login", {"username": "alice"})
        stale = {name: morsel.value for name, morsel in client.cookies.items()}
        Session.objects.all().delete()
        clock.advance(IDLE + EVIDENCE)
        for _ in range(5):
            again = Client()
            for name, value in stale.items():
                again.cookies[name] = value
            answer = again.get("/show")
            assert answer.content == b"shown to nobody"
            assert answer.cookies["sessionid440"].value == ""
        assert Session.objects.count() == 0


@everywhere
def test_trap_20_server_errors_still_count_as_activity(kind, open_site, clock):
    """Django saves no session then; the ticket does not depend on it."""
    site = open_site(kind)
    b = site.logged_in()
    for _ in range(3):
        clock.advance(1000)
        assert b.get("/broken").status == 500
    assert b.get("/").status == 200


@everywhere
def test_trap_21_whoever_is_told_apart_is_told_so_to_caches(kind, open_site, clock):
    """Vary: Cookie wherever a ticket is set; no-store on every 440."""
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(RENEWAL)
    answer = b.get("/plain")
    assert site.ticket in answer.cookies
    assert "cookie" in answer.vary
    clock.advance(IDLE)
    answer = b.navigate("/plain")
    assert answer["Cache-Control"] == "no-store"
    assert answer.vary >= {"cookie", "accept", "sec-fetch-mode", "hx-request", "x-requested-with"}


@everywhere
def test_trap_22_unmodified_responses_set_no_cookie(kind, open_site, clock):
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(RENEWAL - 1)
    assert not b.get("/plain").cookies
    clock.advance(1)
    assert not b.get("/not-modified").cookies
    assert not b.get("/cached").cookies
    assert not b.request("OPTIONS", "/plain").cookies


def test_trap_23_streaming_gets_its_ticket_in_the_headers_and_opens_no_second_session(clock):
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="text", SESSION440_CLOCK=clock)
    opened = []
    app.session_interface = SecureCookieSessionInterface()  # Flask's own is one for all apps
    app.session_interface.open_session = _counting(app.session_interface.open_session, opened)
    Session440(app)
    app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")

    @app.get("/stream")
    def stream():
        def generate():
            yield flask.session["user_id"]
            with pytest.raises(RuntimeError, match="too late"):
                current_visit.login("bob")
            yield " streamed"

        return flask.Response(flask.stream_with_context(generate()))

    client = app.test_client()
    client.get("/in")
    clock.advance(RENEWAL)
    opened.clear()
    answer = client.get("/stream")
    assert "session440=" in answer.headers["Set-Cookie"]
    assert answer.text == "alice streamed"
    assert len(opened) == 1


def _counting(function, calls):
    def counted(*args):
        calls.append(args)
        return function(*args)

    return counted


def test_trap_24_deletion_repeats_every_attribute(clock):
    """A cookie is deleted only under the very scope it was set with."""
    app = flask.Flask(__name__)
    app.config.update(
        SECRET_KEY="text",
        SESSION440_CLOCK=clock,
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="None",
        SESSION_COOKIE_PARTITIONED=True,
    )
    Session440(app)
    app.add_url_rule("/app/in", "in", lambda: flask.session.update(user_id="alice") or "in")
    client = app.test_client()
    client.get("/app/in", base_url="https://a.example")
    clock.advance(IDLE)
    answer = client.get("/app/in", base_url="https://a.example")
    deleted = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440=;"))
    for attribute in (
        "Domain=a.example",
        "Path=/app",
        "Secure",
        "HttpOnly",
        "SameSite=None",
        "Partitioned",
        "Max-Age=0",
    ):
        assert attribute in deleted


@everywhere
def test_trap_25_clocks_of_several_servers_may_differ_a_little(kind, open_site, clock):
    """A ticket from a node 30 s ahead is accepted, and ends at most 30 s off."""
    site = open_site(kind)
    clock.advance(30)  # this node is ahead ...
    b = site.logged_in()
    clock.advance(-30)  # ... of this one
    assert b.get("/").status == 200
    clock.advance(IDLE - 1)
    assert b.copy().get("/session440/status").json["state"] == "active"
    clock.advance(31)
    is_440(b.navigate("/"))


@everywhere
def test_trap_25_clock_that_steps_back_extends_nothing(kind, open_site, clock):
    """The end is not put off by a request under a clock that has been set back."""
    site = open_site(kind)
    b = site.logged_in()
    clock.advance(600)
    b.get("/")
    promised = site.engine.expiry(site.engine.signer.loads(b.cookies[site.ticket])).deadline
    clock.advance(-50)
    b.get("/")
    after = site.engine.expiry(site.engine.signer.loads(b.cookies[site.ticket])).deadline
    assert after == promised
    clock.now = promised
    is_440(b.navigate("/"))


@with_session
def test_trap_26_login_form_older_than_the_session_still_works(kind, open_site, clock):
    """Its CSRF token lives in the session that is cleared beneath it."""
    import re

    site = open_site(kind)
    b = site.logged_in()
    token = re.search(r'value="(\w+)"', b.navigate("/login").text)[1]
    clock.advance(IDLE)
    data = {"username": "bob", "csrf_token": token, "csrfmiddlewaretoken": token}
    assert b.post("/login", data).status == 302
    assert b.get("/").text == "hello bob"


@with_session
def test_trap_28_sessions_from_before_the_first_deployment_start_their_clock_now(
    kind, open_site, clock
):
    site = open_site(kind)
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    del b.cookies[site.ticket]
    clock.advance(10 * 86400)
    assert b.get("/").status == 200
    clock.advance(IDLE)
    is_440(b.navigate("/"))


@everywhere
def test_trap_29_preflights_heads_and_health_checks_are_harmless(kind, open_site, clock):
    site = open_site(kind)
    assert not site.browser().request("HEAD", "/plain").cookies
    assert not site.browser().get("/plain").cookies
    assert not site.events
    b = site.logged_in()
    clock.advance(IDLE)
    assert b.request("OPTIONS", "/plain").status == 200
    answer = b.request("HEAD", "/plain")
    is_440(answer)
    assert answer.body == b""


@everywhere
def test_trap_31_address_and_user_agent_may_change(kind, open_site):
    """Mobile networks change the one, updates the other; neither proves anything."""
    site = open_site(kind)
    b = site.logged_in()
    for i in range(3):
        answer = b.get("/", X_Forwarded_For=f"203.0.113.{i}", User_Agent=f"browser/{i}")
        assert answer.status == 200


def test_trap_32_settings_are_read_at_use_and_typos_are_errors(clock):
    with override_settings(SESSION440={"CLOCK": clock, "IDLE_TIMEOUT": 300}):
        assert get_engine().policy("default").idle_timeout == 300
    with override_settings(SESSION440={"IDLE_TIMEUOT": 300}):
        with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
            get_engine()
    app = flask.Flask(__name__)
    app.config["SESSION440_IDLE_TIMEUOT"] = 300
    with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
        Session440(app)
    with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
        WsgiSite.wrap({"secret_key": "text", "idle_timeuot": 300}, clock)


def test_all_sites_are_tried():
    """A site that is added to the tests meets the traps too."""
    assert [WsgiSite, WatchedSite, FlaskSite, DjangoSite] == SITES
    assert (Browser, FakeClock, sites) is not None
