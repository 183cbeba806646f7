"""The cookie of an app that has logins of its own, watched."""

from __future__ import annotations

import pytest
from calling import Call
from wsgi_apps import IDLE, wrap

from session440 import LoginTimeout
from session440.wsgi import Session440Middleware


def legacy(environ, start_response):
    """An app with a session cookie of its own; the query says what it does with it."""
    headers = [("Content-Type", "text/plain")]
    if environ["QUERY_STRING"]:
        headers.append(("Set-Cookie", environ["QUERY_STRING"]))
    if environ["PATH_INFO"] == "/login":
        headers.append(("Location", "/"))
    start_response("302 Found" if environ["PATH_INFO"] == "/login" else "200 OK", headers)
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


def test_watched_cookie_that_changes_elsewhere_is_the_same_login(clock):
    """Only the answer to a POST to the login page makes a changed value a login."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1").cookies()
    issued = app.engine.signer.loads(cookies["login440"])
    cookies = Call(app, "/other", cookies, "POST", QUERY_STRING="sid=2").cookies()
    assert app.engine.signer.loads(cookies["login440"]).id == issued.id


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


@pytest.mark.parametrize("header", ["a=b sid=1", "sid =1", 'a="; sid=1"', "x=1;\tsid=1", "sid=1"])
def test_watched_cookie_is_hidden_from_lenient_parsers(clock, header):
    """http.cookies takes a space for a semicolon: what may be read as the cookie goes."""
    body = Call(watch(clock), HTTP_COOKIE=f"{header}; xsid=2; lang=en").body().decode()
    assert "sid=1" not in body
    assert "sid =1" not in body
    assert "xsid=2" in body
    assert "lang=en" in body


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


def turns_away(environ, start_response):
    """An app that sends visitors to its login page, with a cookie for its flash message."""
    if environ["PATH_INFO"] == "/login":
        return legacy(environ, start_response)
    location = [("Location", "/login"), ("Set-Cookie", "sid=flash; Path=/")]
    start_response("302 Found", location)
    return []


def test_cookie_that_comes_with_a_refusal_is_no_login(clock):
    """In challenge mode the refusal gives way to the 440, whatever cookie it sets."""
    app = wrap(turns_away, clock, watch_cookie="sid", enforcement="challenge")
    cookies = Call(app, "/login", method="POST", QUERY_STRING="sid=1").cookies()
    clock.advance(IDLE)
    call = Call(app, "/", cookies)
    assert call.status == "440 Login Timeout"
    assert call.cookies() == {"sid": "", "login440": ""}


@pytest.mark.parametrize("is_handled", [True, False])
def test_watched_cookie_is_deleted_by_the_440_that_an_app_raises(clock, is_handled):
    """Both cookies are, though the app has set its own anew in the same request."""

    def app(environ, start_response):
        if environ["PATH_INFO"] != "/raise":
            return legacy(environ, start_response)
        if is_handled:

            def start(status, headers, exc_info=None):
                return start_response(status, [*headers, ("Set-Cookie", "sid=2")], exc_info)

            return LoginTimeout("revoked")(environ, start)
        start_response("200 OK", [("Set-Cookie", "sid=2")])
        raise LoginTimeout("revoked")

    app = wrap(app, clock, watch_cookie="sid")
    call = Call(app, "/raise", Call(app, QUERY_STRING="sid=1").cookies())
    assert call.status == "440 Login Timeout"
    assert call.cookies() == {"sid": "", "login440": ""}


def test_watched_login_goes_on_when_the_key_is_rotated(clock):
    """The ticket's hash of the cookie was made with the former key, and still counts."""
    older = "the key before it, which is as long"
    former = Session440Middleware(legacy, secret_key=older, clock=clock, watch_cookie="sid")
    cookies = Call(former, QUERY_STRING="sid=1").cookies()
    for fallbacks, is_shown in (([older], True), (["another one"], False), ([], False)):
        app = watch(clock, secret_key_fallbacks=fallbacks)
        assert (b"sid=1" in Call(app, "/", cookies).body()) is is_shown


def test_login_page_that_sets_the_same_cookie_after_a_rotation_begins_nothing(clock):
    older = "the key before it, which is as long"
    former = Session440Middleware(legacy, secret_key=older, clock=clock, watch_cookie="sid")
    cookies = Call(former, QUERY_STRING="sid=1").cookies()
    clock.advance(1)
    app = watch(clock, secret_key_fallbacks=[older])
    call = Call(app, "/login", cookies, "POST", QUERY_STRING="sid=1")
    assert "login440" not in call.cookies()
