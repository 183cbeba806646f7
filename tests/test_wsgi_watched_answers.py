"""What an app's own ``Set-Cookie`` means for the watched login, in every kind of answer."""

from __future__ import annotations

import pytest
from calling import Call
from wsgi_apps import IDLE, wrap


def app_with(status="200 OK", headers=()):
    """Return an app that answers so, and shows the cookies that it was sent."""

    def app(environ, start_response):
        cookies = [("Set-Cookie", each) for each in environ["QUERY_STRING"].split("&") if each]
        start_response(
            environ.get("status", status), [*headers, *environ.get("more", ()), *cookies]
        )
        return [environ.get("HTTP_COOKIE", "").encode("latin-1")]

    return app


def watch(clock, **options):
    return wrap(app_with(), clock, watch_cookie="sid", **options)


def ticket_in(app, cookies):
    return app.engine.signer.loads(cookies["login440"])


ANSWERS = {
    "304": {"status": "304 Not Modified"},
    "public": {"more": [("Cache-Control", "public, max-age=60")]},
    "s-maxage": {"more": [("Cache-Control", "s-maxage=60")]},
    "CDN": {"more": [("CDN-Cache-Control", "max-age=60")]},
    "OPTIONS": {"method": "OPTIONS"},
    "HEAD": {"method": "HEAD"},
    "404": {"status": "404 Not Found"},
    "500": {"status": "500 Internal Server Error"},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("begins", [False, True])
def test_new_value_of_the_watched_cookie_never_travels_without_its_ticket(clock, answer, begins):
    """Else the value would be a stranger's, and the person is logged out a click later."""
    app = watch(clock)
    cookies = {} if begins else Call(app, QUERY_STRING="sid=1; Path=/").cookies()
    clock.advance(5)
    call = Call(app, "/", cookies, QUERY_STRING="sid=2; Path=/", **answer)
    assert set(call.cookies()) == {"sid", "login440"}
    assert b"sid=2" in Call(app, "/", {**cookies, **call.cookies()}).body()


@pytest.mark.parametrize("answer", [ANSWERS["public"], ANSWERS["s-maxage"], ANSWERS["CDN"]])
def test_answer_with_a_watched_cookie_is_for_one_browser(clock, answer):
    """A shared cache would give both cookies to other people."""
    call = Call(watch(clock), QUERY_STRING="sid=2; Path=/", **answer)
    assert "private" in call.header("Cache-Control")
    assert "public" not in call.header("Cache-Control")
    assert "s-maxage" not in call.header("Cache-Control")


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "401 Unauthorized", "500 Oops"])
def test_login_form_that_fails_renews_no_absolute_timeout(clock, status):
    """A message or a CSRF token in a signed session changes its value at each failed login."""
    app = watch(clock, idle_timeout=None, absolute_timeout=3600)
    cookies = Call(app, QUERY_STRING="sid=0; Path=/").cookies()
    for n in range(1, 4):
        clock.advance(900)
        call = Call(app, "/login", cookies, "POST", QUERY_STRING=f"sid={n}; Path=/", status=status)
        cookies |= call.cookies()
    clock.advance(900)
    assert Call(app, "/", cookies).status == "440 Login Timeout"


@pytest.mark.parametrize(
    ("location", "is_login"),
    [
        ("/", True),
        ("/home?next=/login", True),
        ("http://127.0.0.1/home", True),
        ("/login", False),
        ("/login/?error=1", False),
        ("login?error=1", False),
        ("?error=1", False),
        ("#form", False),
        ("", False),
        ("http://127.0.0.1/login", False),
        ("//127.0.0.1/login", False),
        ("http://[", False),
    ],
)
def test_only_an_answer_that_leads_away_from_the_login_page_begins_a_login(
    clock, location, is_login
):
    """A changed value in any other answer belongs to the login that is live."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1; Path=/").cookies()
    former = ticket_in(app, cookies)
    clock.advance(600)
    answer = {"status": "302 Found", "more": [("Location", location)]}
    call = Call(app, "/login", cookies, "POST", QUERY_STRING="sid=2; Path=/", **answer)
    assert (ticket_in(app, call.cookies()).id != former.id) is is_login


BOTH = ["sid=2; Path=/", "sid=; Path=/; Domain=127.0.0.1; Max-Age=0"]


@pytest.mark.parametrize("order", [BOTH, BOTH[::-1]])
@pytest.mark.parametrize("is_live", [False, True])
def test_of_several_watched_cookies_the_one_that_stays_counts(clock, order, is_live):
    """Sites that have changed a cookie's scope delete the former one beside the new one."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1; Path=/").cookies() if is_live else {}
    call = Call(app, "/", cookies, QUERY_STRING="&".join(order))
    cookies = {"sid": "2", "login440": call.cookies()["login440"]}
    assert b"sid=2" in Call(app, "/", cookies).body()


@pytest.mark.parametrize(
    ("deletion", "is_logout"),
    [
        ("sid=; Path=/; Max-Age=0", True),
        ("sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ('sid=""; Max-Age=0; path=/', True),
        ("sid=; Max-Age=0", True),
        ("sid=; Path=/old; Max-Age=0", False),
        ("sid=; Path=/; Domain=a.example; Max-Age=0", False),
    ],
)
def test_cookie_that_is_deleted_at_another_place_is_no_logout(clock, deletion, is_logout):
    """A browser keeps cookies of one name apart by domain and path (RFC 6265 section 5.3)."""
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1; Path=/").cookies()
    call = Call(app, "/", cookies, QUERY_STRING=deletion)
    assert (call.cookies().get("login440") == "") is is_logout
    cookies |= {name: value for name, value in call.cookies().items() if name != "sid"}
    assert (b"sid=1" in Call(app, "/", cookies).body()) is not is_logout


def test_watched_cookie_without_a_path_has_the_default_path(clock):
    """Browsers take the folder of the request (RFC 6265 section 5.1.4); the ticket goes along."""
    call = Call(watch(clock), "/accounts/enter", QUERY_STRING="sid=1")
    ticket = next(v for k, v in call.starts[0][1] if v.startswith("login440="))
    assert "Path=/accounts;" in f"{ticket};"


def test_new_value_in_the_answer_to_options_keeps_the_logins_clock(clock):
    app = watch(clock)
    cookies = Call(app, QUERY_STRING="sid=1; Path=/").cookies()
    clock.advance(IDLE - 1)
    cookies |= Call(app, "/", cookies, "OPTIONS", QUERY_STRING="sid=2; Path=/").cookies()
    clock.advance(1)
    assert Call(app, "/", cookies).status == "440 Login Timeout"
