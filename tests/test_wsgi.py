"""The WSGI adapter to the letter of PEP 3333, and the watched cookie."""

from __future__ import annotations

import io
import sys
from datetime import datetime, timedelta, timezone
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from calling import Call
from clock import START, FakeClock
from werkzeug.wrappers import Response

from session440 import ConfigurationError, LoginTimeout
from session440.wsgi import Session440Middleware

SECRET = "a long random text for the tests"
IDLE = 1200


def wrap(app, clock, **options) -> Session440Middleware:
    return Session440Middleware(app, secret_key=SECRET, clock=clock, **options)


def hello(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {environ['session440'].subject}".encode()]


def logged_in(app) -> dict[str, str]:
    call = Call(app, "/login")
    call.body()
    return call.cookies()


@pytest.fixture
def ended(clock):
    """Cookies of a login that has ended, and the clock at that moment."""
    cookies = logged_in(wrap(hello, clock))
    clock.advance(IDLE)
    return cookies


def test_both_sides_satisfy_the_validator(clock):
    """wsgiref's checker finds nothing to object to, as the server or as the app.

    But for the name ``session440``, which is the project's contract: the checker would have
    a dot in the names of things that are no text.
    """
    seen = []

    def app_side(environ, start_response):
        seen.append(environ.pop("session440").subject)
        return checked(environ, start_response)

    def say_who(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"hello {seen[-1]}".encode()]

    checked = validator(say_who)
    app = validator(wrap(app_side, clock))
    cookies = logged_in(wrap(hello, clock))
    assert Call(app, cookies=cookies).body() == b"hello alice"
    clock.advance(IDLE)
    call = Call(app, cookies=cookies)
    call.body()
    assert call.status == "440 Login Timeout"
    call = Call(app, cookies=cookies, method="HEAD")
    assert call.body() == b""


def test_440_at_the_door_never_calls_the_app(clock, ended):
    def app(environ, start_response):
        pytest.fail("the app was called")

    call = Call(wrap(app, clock), "/pay", ended, "POST", b"amount=1")
    call.body()
    assert call.status == "440 Login Timeout"


def test_lazy_iterables_stay_lazy(clock):
    """Nothing is taken from the app's iterable before the server asks for it."""
    taken = []

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (taken.append(i) or b"x" for i in range(3))

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    assert taken == []
    iterator = iter(call.iterable)
    next(iterator)
    assert taken == [0]


@pytest.mark.parametrize("enforcement", ["strict", "challenge", "report"])
def test_close_is_called_once(clock, ended, enforcement):
    """In every mode, also where the app's answer gives way to the 440."""
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        return Body([b"who?"])

    call = Call(wrap(app, clock, enforcement=enforcement), cookies=ended)
    call.body()
    assert closed == ([] if enforcement == "strict" else [True])


def test_write_works(clock):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])(b"written ")
        return [b"and returned"]

    call = Call(wrap(app, clock), cookies=logged_in(wrap(hello, clock)))
    assert call.body() == b"written and returned"


def test_what_a_refused_app_writes_is_swallowed(clock, ended):
    """Challenge mode answers with the 440 alone, though the app used write()."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])(b"who?")
        return [b"who?"]

    call = Call(wrap(app, clock, enforcement="challenge"), cookies=ended)
    assert b"who?" not in call.body()
    assert call.status == "440 Login Timeout"


def test_challenge_waits_for_a_generator(clock, ended):
    """An app that says its status only while it is iterated is judged then."""

    def app(environ, start_response):
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        yield b"who?"

    call = Call(wrap(app, clock, enforcement="challenge"), cookies=ended)
    assert b'"cause": "idle"' in call.body()
    assert call.status == "440 Login Timeout"


def test_exc_info_starts_the_response_again(clock):
    """An app's own error page replaces what it began, and keeps the renewed ticket."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"oops"]

    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    call = Call(wrap(app, clock), cookies=cookies)
    assert call.body() == b"oops"
    assert call.status == "500 Oops"
    assert "login440" in call.cookies()


def test_file_wrapper_survives(clock):
    """The server sees its own file wrapper, and can send the file its own way."""

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](io.BytesIO(b"file"))

    for cookies in ({}, logged_in(wrap(hello, clock))):
        call = Call(wrap(app, clock), cookies=cookies, **{"wsgi.file_wrapper": FileWrapper})
        assert type(call.iterable) is FileWrapper


def test_login_after_the_headers_have_gone_raises(clock):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        environ["session440"].login("alice")
        return [b""]

    with pytest.raises(RuntimeError, match="too late"):
        Call(wrap(app, clock)).body()


def test_renewed_ticket_names_the_host_that_renewed_it(clock):
    """So that a lost login is traced to where it was last seen."""
    one, two = wrap(hello, clock, node="one"), wrap(hello, clock, node="two")
    cookies = logged_in(one)
    clock.advance(60)
    cookies = Call(two, cookies=cookies).cookies()
    assert two.engine.signer.loads(cookies["login440"]).node == two.engine.node != one.engine.node


def saying(name, value):
    """An app that logs in at /login and says the header."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice")
        start_response("200 OK", [(name, value)] if value else [])
        return [b""]

    return app


@pytest.mark.parametrize("header", ["public", "max-age=60, public", "max-age=60,PUBLIC"])
def test_public_response_in_any_spelling_gets_no_ticket(clock, header):
    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    assert not Call(wrap(saying("Cache-Control", header), clock), cookies=cookies).cookies()


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


@pytest.mark.parametrize("status", ["500 Oops", "503 Unavailable"])
def test_login_in_a_response_that_fails_does_not_count(clock, status):
    """A 5xx answers a login that may not have been saved."""

    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response(status, [("Content-Type", "text/plain")])
        return [b""]

    assert Call(wrap(app, clock)).cookies() == {}


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


def test_ticket_cookie_is_secure_when_the_request_is(clock):
    header = Call(wrap(hello, clock), "/login", **{"wsgi.url_scheme": "https"}).header("Set-Cookie")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in header
    assert "Max-Age" not in header
    assert "Secure" not in Call(wrap(hello, clock), "/login").header("Set-Cookie")


def test_long_subject_is_no_warning(clock):
    """Werkzeug warns of cookies beyond 4093 bytes, which fails a suite under -W error."""
    app = wrap(saying("X-Long", "yes"), clock)
    long = wrap(
        lambda environ, start: environ["session440"].login("x" * 5000) or app.app(environ, start),
        clock,
    )
    assert len(Call(long).cookies()["login440"]) > 5000


def test_host_prefix_is_checked(clock):
    """Browsers would throw such a cookie away: better said at start."""
    with pytest.raises(ConfigurationError, match="not Secure"):
        wrap(hello, clock, cookie_name="__Host-login440")
    with pytest.raises(ConfigurationError, match="Domain"):
        wrap(hello, clock, cookie_name="__Host-a", cookie_secure=True, cookie_domain="a.example")
    wrap(hello, clock, cookie_name="__Host-login440", cookie_secure=True)


# --- the engine's own answers


def test_fractions_of_a_second_are_told_as_they_are(clock):
    app = wrap(hello, clock, idle_timeout=1.5)
    cookies = logged_in(app)
    clock.advance(2)
    assert b'"idle_timeout": 1.5,' in Call(app, cookies=cookies).body()


def test_page_for_a_form_of_unknown_origin_goes_on_at_the_apps_root(clock, ended):
    """No Referer, so where the person was is not known."""
    page = {"HTTP_ACCEPT": "text/html", "SCRIPT_NAME": "/app"}
    body = Call(wrap(hello, clock), "/save", ended, "POST", **page).body()
    assert b'href="/app/">Go on without logging in</a>' in body


# --- the watched cookie


def legacy(environ, start_response):
    """An app with a session cookie of its own; the query says what it does with it."""
    headers = [("Content-Type", "text/plain")]
    if environ["QUERY_STRING"]:
        headers.append(("Set-Cookie", environ["QUERY_STRING"]))
    start_response("200 OK", headers)
    return [environ.get("HTTP_COOKIE", "").encode()]


def watch(clock, **options):
    return wrap(legacy, clock, watch_cookie="sid", **options)


def test_watched_login_keeps_the_cookies_scope(clock):
    """The ticket has the watched cookie's attributes, and the 440 deletes both with them."""
    app = watch(clock)
    query = "sid=1; Path=/app; Domain=a.example; Secure; SameSite=Strict; Max-Age=600"
    call = Call(app, "/app/", QUERY_STRING=query)
    ticket = next(v for k, v in call.starts[0][1] if v.startswith("login440="))
    for attribute in ("Path=/app", "Domain=a.example", "Secure", "SameSite=Strict"):
        assert attribute in ticket
    clock.advance(IDLE)
    call = Call(app, "/app/", call.cookies())
    deleted = [v for k, v in call.starts[0][1] if k == "Set-Cookie"]
    assert len(deleted) == 2
    for header in deleted:
        assert "Max-Age=0" in header
        for attribute in ("Path=/app", "Domain=a.example", "Secure", "SameSite=Strict"):
            assert attribute in header


def test_watched_value_may_change_without_a_login(clock):
    """An app that rotates its cookie keeps the login's age; a POST to the login page does not."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    issued = app.engine.signer.loads(cookies["login440"])
    clock.advance(600)
    cookies = Call(app, "/", cookies, QUERY_STRING="sid=2").cookies()
    rotated = app.engine.signer.loads(cookies["login440"])
    assert rotated.binding == issued.binding
    assert b"sid=2" in Call(app, "/", cookies).body()
    cookies = Call(app, "/login", cookies, "POST", QUERY_STRING="sid=3").cookies()
    again = app.engine.signer.loads(cookies["login440"])
    assert again.id != issued.id
    assert again.issued_at == clock.now


def test_renewed_ticket_keeps_the_watched_cookies_scope(clock):
    """The request no longer tells it, so the ticket remembers."""
    app = watch(clock)
    query = "sid=1; Path=/app; Secure; SameSite=None; Partitioned; Max-Age=600"
    headers = Call(app, "/app/", QUERY_STRING=query).starts[0][1]
    pairs = [value.partition(";")[0] for name, value in headers if name == "Set-Cookie"]
    cookies = dict(pair.split("=", 1) for pair in pairs)
    clock.advance(60)
    header = Call(app, "/app/", cookies).header("Set-Cookie")
    for attribute in ("Path=/app", "Secure", "SameSite=None", "Partitioned", "Max-Age="):
        assert attribute in header


@pytest.mark.parametrize("age", ["0", "-5"])
def test_watched_cookie_of_no_age_is_deleted(clock, age):
    """Max-Age alone does it, whatever the value (RFC 6265 section 5.2.2)."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    again = Call(app, "/", cookies, QUERY_STRING=f"sid=1; Max-Age={age}").cookies()
    assert again["login440"] == ""


def test_of_two_unknown_watched_cookies_the_app_sees_the_one_that_is_adopted(clock):
    """Else the ticket would be bound to one session and the app would open the other."""
    body = Call(watch(clock, adopt=True), HTTP_COOKIE="sid=1; sid=2").body()
    assert body == b"sid=1"


def test_watched_cookie_of_another_login_is_hidden(clock):
    """A ticket opens only the session it was issued with."""
    app = watch(clock)
    mine, other = (
        Call(app, QUERY_STRING="sid=1").cookies(),
        Call(app, QUERY_STRING="sid=2").cookies(),
    )
    mixed = {"sid": other["sid"], "login440": mine["login440"]}
    assert b"sid" not in Call(app, "/", mixed).body()


def test_tossed_watched_cookie_is_hidden_from_the_app(clock):
    """Of two session cookies the app sees the one that the ticket is bound to."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    header = f"sid=evil; sid=1; login440={cookies['login440']}; lang=en"
    body = Call(app, HTTP_COOKIE=header).body().decode()
    assert "evil" not in body
    assert "sid=1" in body
    assert "lang=en" in body


def test_watched_report_mode_hides_nothing(clock):
    """The off switch logs nobody out, not even those from before deployment."""
    app = watch(clock, enforcement="report")
    assert b"sid=1" in Call(app, "/", {"sid": "1"}).body()


def test_expired_watched_cookie_ends_the_login(clock):
    """Deleting by Expires alone is deleting too (RFC 6265 section 5.3)."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    query = "sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    assert Call(app, "/", cookies, QUERY_STRING=query).cookies()["login440"] == ""


def test_fake_clock_is_the_only_clock():
    """Two engines at different times disagree about one cookie, so neither asks the system."""
    clock, later = FakeClock(), FakeClock(START + IDLE)
    cookies = logged_in(wrap(hello, clock))
    assert Call(wrap(hello, clock), cookies=cookies).status == "200 OK"
    assert Call(wrap(hello, later), cookies=cookies).status == "440 Login Timeout"


# --- what attacks found


def test_generator_may_raise_a_login_timeout(clock):
    """An app that is itself a generator says nothing before it is iterated."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/":
            raise LoginTimeout("revoked")
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"fine"

    cookies = logged_in(wrap(hello, clock))
    call = Call(wrap(app, clock), cookies=cookies)
    assert b'"cause": "revoked"' in call.body()
    assert call.status == "440 Login Timeout"
    assert Call(wrap(app, clock), "/other", cookies).body() == b"fine"


def test_login_page_of_another_host_is_no_page_of_this_one(clock, ended):
    """An identity provider's "/" does not open ours."""
    app = wrap(hello, clock, login_url="https://sso.example/")
    assert Call(app, "/", ended, "POST").status == "440 Login Timeout"


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


@pytest.mark.parametrize("login_url", ["/login", "/app/login"])
def test_mounted_app_finds_its_login_page(clock, ended, login_url):
    """Under SCRIPT_NAME a path of the app is one below the mount."""
    app = wrap(hello, clock, login_url=login_url)
    assert Call(app, "/login", ended, SCRIPT_NAME="/app").status == "200 OK"
    call = Call(app, "/x", ended, SCRIPT_NAME="/app")
    assert b'"/app/login?next=%2Fapp%2Fx"' in call.body()


@pytest.mark.parametrize("header", ["a=b sid=1", "sid =1", 'a="; sid=1"', "x=1;\tsid=1", "sid=1"])
def test_watched_cookie_is_hidden_from_lenient_parsers(clock, header):
    """http.cookies takes a space for a semicolon: what may be read as the cookie goes."""
    body = Call(watch(clock), HTTP_COOKIE=f"{header}; xsid=2; lang=en").body().decode()
    assert "sid=1" not in body
    assert "sid =1" not in body
    assert "xsid=2" in body
    assert "lang=en" in body


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


def test_head_of_status_has_no_body(clock):
    call = Call(wrap(hello, clock), "/session440/status", method="HEAD")
    assert (call.status, call.body()) == ("200 OK", b"")


def test_limits_that_are_off_are_left_out(clock):
    """In the status and in the problem document."""
    app = wrap(hello, clock, absolute_timeout=None)
    cookies = logged_in(app)
    assert b"absolute" not in Call(app, "/session440/status", cookies).body()
    clock.advance(IDLE)
    assert b"absolute" not in Call(app, cookies=cookies).body()


@pytest.mark.parametrize(
    ("secure", "scheme", "is_secure"),
    [(True, "http", True), (False, "https", False), (None, "https", True), (None, "http", False)],
)
def test_cookie_secure_is_obeyed(clock, secure, scheme, is_secure):
    call = Call(wrap(hello, clock, cookie_secure=secure), "/login", **{"wsgi.url_scheme": scheme})
    assert ("Secure" in call.header("Set-Cookie")) is is_secure


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


def test_watched_cookie_that_changes_elsewhere_is_the_same_login(clock):
    """Only the answer to a POST to the login page makes a changed value a login."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    issued = app.engine.signer.loads(cookies["login440"])
    cookies = Call(app, "/other", cookies, "POST", QUERY_STRING="sid=2").cookies()
    assert app.engine.signer.loads(cookies["login440"]).id == issued.id


@pytest.mark.parametrize(
    ("vary", "expected"),
    [("*", "*"), ("cookie", "cookie"), ("Accept", "Accept, Cookie"), (None, "Cookie")],
)
def test_vary_is_added_to_and_never_doubled(clock, vary, expected):
    def app(environ, start_response):
        start_response("200 OK", [("Vary", vary)] if vary else [])
        return [b""]

    cookies = logged_in(wrap(hello, clock))
    clock.advance(60)
    assert Call(wrap(app, clock), cookies=cookies).header("Vary") == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "private"),
        ("Public, max-age=60", "max-age=60, private"),
        ("private, max-age=5", "private, max-age=5"),
        ("no-store", "no-store"),
    ],
)
def test_response_in_which_a_login_began_is_private(clock, given, expected):
    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response("200 OK", [("Cache-Control", given)] if given else [])
        return [b""]

    assert Call(wrap(app, clock)).header("Cache-Control") == expected
