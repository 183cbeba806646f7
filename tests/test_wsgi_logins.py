"""Logins of a WSGI app: how they begin, what their policy is, and how they end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from calling import Call
from clock import START, FakeClock
from werkzeug.wrappers import Response
from wsgi_apps import IDLE, hello, logged_in, wrap

from session440 import LoginTimeout


@pytest.fixture
def ended(clock):
    """Cookies of a login that has ended, and the clock at that moment."""
    cookies = logged_in(wrap(hello, clock))
    clock.advance(IDLE)
    return cookies


# --- begun by the app


def test_visit_tells_the_app(clock):
    """The app sees who, until when, and after a timeout why."""
    seen = []

    def app(environ, start_response):
        visit = environ["session440"]
        seen.append((visit.active, visit.subject, visit.cause, visit.expires_at, visit.remaining))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    cookies = logged_in(wrap(hello, clock))
    clock.advance(30)
    Call(wrap(app, clock), cookies=cookies).body()
    active, subject, cause, expires_at, remaining = seen.pop()
    assert (active, subject, cause) == (True, "alice", None)
    assert expires_at.timestamp() == START + IDLE
    assert expires_at.utcoffset().total_seconds() == 0
    assert remaining.total_seconds() == IDLE - 30
    clock.advance(IDLE)
    Call(wrap(app, clock, public=["/"]), cookies=cookies).body()
    assert seen.pop() == (False, None, "idle", None, None)


@pytest.mark.parametrize("status", ["500 Oops", "503 Unavailable"])
def test_login_in_a_response_that_fails_does_not_count(clock, status):
    """A 5xx answers a login that may not have been saved."""

    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response(status, [("Content-Type", "text/plain")])
        return [b""]

    assert Call(wrap(app, clock)).cookies() == {}


def test_logout_counts_though_the_server_failed(clock):
    """A 5xx holds back a login, never the end of one."""

    def app(environ, start_response):
        environ["session440"].logout()
        start_response("503 Unavailable", [])
        with pytest.raises(RuntimeError, match="too late"):
            environ["session440"].logout()
        return [b""]

    assert Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock))).cookies() == {
        "login440": ""
    }


def test_named_policies_and_credential_expiry(clock):
    """A login lasts as its policy says, and no longer than its credential."""

    def app(environ, start_response):
        visit = environ["session440"]
        if environ["PATH_INFO"] == "/login":
            visit.login("alice", policy="kiosk")
        elif environ["PATH_INFO"] == "/token":
            visit.login("alice", not_after=clock.now + 100)
        return hello(environ | {"PATH_INFO": "/"}, start_response)

    options = {"policies": {"kiosk": "owasp-high"}}
    wrapped = wrap(app, clock, **options)
    kiosk, token = logged_in(wrapped), Call(wrapped, "/token").cookies()
    clock.advance(100)
    call = Call(wrapped, cookies=token)
    assert call.header("Session440-Cause") == "credential"
    clock.advance(200)
    call = Call(wrapped, cookies=kiosk)
    assert call.header("Session440-Cause") == "idle"
    assert b'"idle_timeout": 300' in call.body()


def test_credential_expiry_is_epoch_seconds_or_an_aware_datetime(clock):
    """A naive one could be of any time zone: an error that says so."""
    aware = datetime.fromtimestamp(START + 100, timezone(timedelta(hours=2)))
    for not_after in (START + 100, aware, aware.replace(tzinfo=None)):

        def app(environ, start_response, not_after=not_after):
            environ["session440"].login("alice", not_after=not_after)
            start_response("200 OK", [])
            return [str(environ["session440"].expires_at.timestamp()).encode()]

        if not_after == aware.replace(tzinfo=None):
            with pytest.raises(ValueError, match="names no time zone"):
                Call(wrap(app, clock))
        else:
            assert Call(wrap(app, clock)).body() == str(START + 100).encode()


@pytest.mark.parametrize(
    "not_after", [3600, START, START * 1000, float("nan"), float("inf"), -float("inf"), "soon"]
)
def test_a_credential_that_ends_at_no_moment_that_can_be_meant_is_refused(not_after, clock):
    """Not a login that is answered 440 at the next request, or one without an end."""

    def app(environ, start_response):
        environ["session440"].login("alice", not_after=not_after)
        return hello(environ, start_response)

    with pytest.raises(ValueError, match=r"not_after|could not convert"):
        Call(wrap(app, clock))


def test_policy_known_no_longer_falls_back_to_the_strictest(clock):
    def app(environ, start_response):
        environ["session440"].login("alice", policy="gone")
        return hello(environ, start_response)

    cookies = Call(wrap(app, clock, policies={"gone": "nist-aal2"})).cookies()
    stricter = wrap(hello, clock, policies={"kiosk": "owasp-high"})
    clock.advance(299)
    assert Call(stricter, cookies=cookies).status == "200 OK"
    clock.advance(1)
    assert Call(stricter, cookies=cookies).status == "440 Login Timeout"


def test_choose_policy_is_asked_at_login(clock):
    asked = []

    def choose(environ, subject):
        asked.append((environ["PATH_INFO"], subject))
        return "kiosk"

    app = wrap(hello, clock, policies={"kiosk": "owasp-high"}, choose_policy=choose)
    cookies = logged_in(app)
    Call(app, cookies=cookies)
    assert asked == [("/login", "alice")]
    assert app.engine.signer.loads(cookies["login440"]).policy == "kiosk"


def test_fake_clock_is_the_only_clock():
    """Two engines at different times disagree about one cookie, so neither asks the system."""
    clock, later = FakeClock(), FakeClock(START + IDLE)
    cookies = logged_in(wrap(hello, clock))
    assert Call(wrap(hello, clock), cookies=cookies).status == "200 OK"
    assert Call(wrap(hello, later), cookies=cookies).status == "440 Login Timeout"


# --- ended by the app


def test_login_timeout_of_a_login_that_had_ended_keeps_its_cause(clock, ended):
    """A public page may raise it too; why the login ended is not the page's to say."""

    def app(environ, start_response):
        raise LoginTimeout("revoked")

    call = Call(wrap(app, clock, public=["/"]), cookies=ended)
    call.body()
    assert call.header("Session440-Cause") == "idle"


def test_login_timeout_without_an_adapter_is_a_plain_440():
    """A Werkzeug app that is not wrapped answers it as any HTTP exception."""
    call = Call(lambda environ, start: LoginTimeout("idle", "Too late.")(environ, start))
    assert b"Too late." in call.body()
    assert call.status.startswith("440 ")


def test_login_timeout_with_a_response_of_its_own_answers_that(clock):
    own = Response("own", 440)

    def app(environ, start_response):
        return LoginTimeout("revoked", response=own)(environ, start_response)

    assert Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock))).body() == b"own"


def test_login_timeout_that_nobody_caught_is_answered(clock):
    """Also where the app had begun another answer."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        raise LoginTimeout("revoked", "Your account was closed.")

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    assert b"Your account was closed." in call.body()
    assert call.status == "440 Login Timeout"
    assert call.header("Session440-Cause") == "revoked"
    assert call.cookies() == {"login440": ""}


def test_login_timeout_is_a_wsgi_app_as_every_http_exception(clock):
    """Werkzeug apps answer with the exception itself."""

    def app(environ, start_response):
        try:
            raise LoginTimeout("revoked")
        except LoginTimeout as error:
            return error(environ, start_response)

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    call.body()
    assert call.status == "440 Login Timeout"
    assert call.header("Session440-Cause") == "revoked"
    assert call.cookies() == {"login440": ""}


def test_evidence_lets_nobody_in_where_the_clock_is_behind(clock):
    """A login that was withdrawn just now, met by a node to which that is in the future."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/expire":
            raise LoginTimeout("revoked")
        return hello(environ, start_response)

    cookies = logged_in(wrap(app, clock))
    call = Call(wrap(app, clock), "/expire", cookies, HTTP_SESSION440_PASSIVE="?1")
    behind = FakeClock(START - 30)
    call = Call(wrap(app, behind), cookies=call.cookies())
    assert call.header("Session440-Cause") == "revoked"


# --- the login page, and refusals of the app's own


def test_login_page_of_another_host_is_no_page_of_this_one(clock, ended):
    """An identity provider's "/" does not open ours."""
    app = wrap(hello, clock, login_url="https://sso.example/")
    assert Call(app, "/", ended, "POST").status == "440 Login Timeout"


@pytest.mark.parametrize("login_url", ["/login", "/app/login"])
def test_mounted_app_finds_its_login_page(clock, ended, login_url):
    """Under SCRIPT_NAME a path of the app is one below the mount."""
    app = wrap(hello, clock, login_url=login_url)
    assert Call(app, "/login", ended, SCRIPT_NAME="/app").status == "200 OK"
    call = Call(app, "/x", ended, SCRIPT_NAME="/app")
    assert b'"/app/login?next=%2Fapp%2Fx"' in call.body()


@pytest.mark.parametrize(
    ("status", "location", "is_refusal"),
    [
        ("401 Unauthorized", None, True),
        ("403 Forbidden", None, True),
        ("302 Found", "/login?next=/x", True),
        ("302 Found", "http://127.0.0.1/login/", True),
        ("302 Found", "/elsewhere", False),
        ("302 Found", "https://github.example/login", False),
        ("302 Found", "http://[", False),
        ("201 Created", "/login", False),
        ("404 Not Found", None, False),
        ("200 OK", None, False),
    ],
)
def test_challenge_knows_a_refusal(clock, ended, status, location, is_refusal):
    """401, 403 and a redirect to the login page give way to the 440, and nothing else."""

    def app(environ, start_response):
        start_response(status, [("Location", location)] if location else [])
        return [b"answer"]

    call = Call(wrap(app, clock, enforcement="challenge"), cookies=ended)
    assert (call.body() == b"answer") is not is_refusal
    assert (call.status == "440 Login Timeout") is is_refusal


# --- report mode


def test_report_mode_revives_no_login_that_the_app_ended(clock):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/expire":
            raise LoginTimeout("revoked")
        return hello(environ, start_response)

    app = wrap(app, clock, enforcement="report")
    call = Call(app, "/expire", logged_in(app), HTTP_SESSION440_PASSIVE="?1")
    assert Call(app, cookies=call.cookies()).body() == b"hello None"


def test_report_mode_is_reported_to_nobody_but_the_log(clock, ended):
    """The status endpoint shows a login that goes on, and extend renews it."""
    app = wrap(hello, clock, enforcement="report")
    assert b'"state": "active"' in Call(app, "/session440/status", ended).body()
    environ = {"HTTP_SEC_FETCH_SITE": "same-origin"}
    call = Call(app, "/session440/extend", ended, "POST", **environ)
    assert b'"expires_in": 1200.0' in call.body()
