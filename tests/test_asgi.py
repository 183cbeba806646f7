"""The ASGI adapter around a bare app: the ticket is the login."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref

import pytest
from asgi_apps import SECRET, TicketApp, respond, wrapped
from asgi_calling import NAVIGATION, ASGIBrowser, ASGICall

from session440.asgi import Session440Middleware, visit_of
from session440.exceptions import ConfigurationError, LoginTimeout, StoreError
from session440.stores import MemoryStore

SAME_ORIGIN = ((b"sec-fetch-site", b"same-origin"),)
CROSS_SITE = ((b"sec-fetch-site", b"cross-site"),)


@pytest.fixture
def app():
    return TicketApp()


@pytest.fixture
def browser(app, clock):
    return ASGIBrowser(wrapped(app, clock))


@pytest.fixture
def logged_in(browser):
    browser.page("/login")
    return browser


def test_a_login_is_kept_by_its_ticket(logged_in):
    assert logged_in.page().body == b"alice"


def test_a_login_that_has_ended_is_answered_440_before_the_app_runs(logged_in, app, clock):
    clock.advance(1200)
    app.seen.clear()
    call = logged_in.page()
    assert (call.status, call.header("Session440-Cause")) == (440, "idle")
    assert b"Log in again" in call.body
    assert call.header("content-length") == str(len(call.body))
    assert app.seen == []
    assert logged_in.page().body == b"None"  # no loop


def test_a_head_request_has_no_body(logged_in, clock):
    clock.advance(1200)
    call = logged_in.page(method="HEAD")
    assert (call.status, call.body) == (440, b"")
    assert int(call.header("content-length")) > 0


def test_a_logout_deletes_the_ticket(logged_in):
    logged_in.page("/logout")
    assert logged_in.cookies == {}
    assert logged_in.page().body == b"None"


def test_a_ticket_in_use_is_issued_again(logged_in, clock):
    former = dict(logged_in.cookies)
    clock.advance(100)
    logged_in.page()
    assert logged_in.cookies != former
    clock.advance(1150)
    assert logged_in.page().body == b"alice"


def test_an_exception_of_ours_is_answered(logged_in):
    call = logged_in.page("/expire")
    assert (call.status, call.header("Session440-Cause")) == (440, "credential")
    assert logged_in.cookies == {}


def test_a_page_that_wants_a_recent_login_is_answered_401(logged_in, clock):
    clock.advance(100)
    call = logged_in.page("/recent")
    assert call.status == 401
    assert logged_in.page().body == b"alice"


def test_an_exception_after_the_answer_has_begun_goes_to_the_server(clock):
    """But the login is over: a store is told, so that no copy of its cookie is any good."""
    store = MemoryStore()

    async def app(scope, receive, send):
        if scope["path"] == "/login":
            visit_of(scope).login("alice")
            await respond(send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LoginTimeout("credential")

    browser = ASGIBrowser(wrapped(app, clock, store=store))
    browser.page("/login")
    with pytest.raises(LoginTimeout):
        browser.page("/")
    assert browser.app.engine.logins("alice") == []


def test_an_app_that_makes_an_error_of_our_exception_is_overruled(clock):
    """Frameworks that do not know it answer 500 while they handle it."""

    async def app(scope, receive, send):
        try:
            raise LoginTimeout("credential")
        except LoginTimeout:
            await respond(send, 500, b"Internal Server Error")
            raise

    call = ASGICall(wrapped(app, clock)).run()
    assert call.status == 440
    assert b"Internal Server Error" not in call.body


def test_an_app_that_answers_our_exception_itself_is_left_alone(clock):
    async def app(scope, receive, send):
        try:
            raise LoginTimeout("credential")
        except LoginTimeout:
            await respond(send, 200, b"as you like")

    assert ASGICall(wrapped(app, clock)).run().body == b"as you like"


def test_an_error_of_the_app_passes_through(clock):
    async def app(scope, receive, send):
        raise KeyError("x")

    with pytest.raises(KeyError):
        ASGICall(wrapped(app, clock)).run()


def test_an_app_that_answers_nothing_is_left_to_the_server(clock):
    async def app(scope, receive, send):
        return

    assert ASGICall(wrapped(app, clock)).run().messages == []


def test_lifespan_passes_untouched(clock):
    """The app is called with the very scope, receive and send of the server."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        pass

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
    asyncio.run(wrapped(app, clock)(scope, receive, send))
    assert seen == [(scope, receive, send)]
    assert scope == {"type": "lifespan", "asgi": {"version": "3.0"}}


# --- what the app sends


def test_a_stream_is_never_held_back(logged_in, clock):
    """Each part reaches the server before the app makes the next, while the ticket is renewed."""
    clock.advance(100)
    trace = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            trace.append(f"made {number}")
            await send({"type": "http.response.body", "body": b"x", "more_body": number < 2})

    class Traced(ASGICall):
        async def send(self, message):
            trace.append(message["type"])
            await super().send(message)

    call = Traced(wrapped(app, clock), cookies=logged_in.cookies, headers=NAVIGATION).run()
    assert call.cookies()
    body = "http.response.body"
    assert trace == ["http.response.start", "made 0", body, "made 1", body, "made 2", body]


@pytest.mark.parametrize(
    "kind",
    [
        "http.response.pathsend",
        "http.response.zerocopysend",
        "http.response.trailers",
        "http.response.push",
        "http.response.early_hint",
        "http.response.debug",
    ],
)
def test_other_events_pass_as_they_are(clock, kind):
    message = {"type": kind, "path": "/x"}

    async def app(scope, receive, send):
        await send(message)

    (sent,) = ASGICall(wrapped(app, clock)).run().messages
    assert sent is message


def test_the_app_hears_that_the_client_has_gone(clock):
    heard = []

    async def app(scope, receive, send):
        heard.extend([(await receive())["type"], (await receive())["type"]])

    ASGICall(wrapped(app, clock)).run()
    assert heard == ["http.request", "http.disconnect"]


def test_an_active_answer_is_passed_on_as_it_is(logged_in):
    """The very events of the app's: nothing is copied, and no header added."""
    message = {"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]}

    async def app(scope, receive, send):
        await send(message)

    logged_in.app.app = app
    assert ASGICall(logged_in.app, cookies=logged_in.cookies).run().messages[0] is message


def test_headers_may_be_any_iterable(logged_in, clock):
    """The specification says so."""
    clock.advance(100)

    async def app(scope, receive, send):
        headers = iter([[b"X-One", b"1"], [b"vary", b"Accept"]])
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body"})

    logged_in.app.app = app
    call = logged_in.page()
    assert call.header("x-one") == "1"
    assert call.header("vary") == "Accept, Cookie"
    assert call.all("set-cookie")


def test_headers_may_be_left_out(logged_in, clock):
    clock.advance(100)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    logged_in.app.app = app
    assert logged_in.page().all("set-cookie")


def test_trailers_stay_announced(logged_in, clock):
    """What is not changed in the head stays: ``trailers`` says that more comes."""
    clock.advance(100)

    async def app(scope, receive, send):
        start = {"type": "http.response.start", "status": 200, "headers": [], "trailers": True}
        await send(start)

    logged_in.app.app = app
    call = logged_in.page()
    assert call.all("set-cookie")
    assert call.start["trailers"] is True


# --- enforcement


def test_in_challenge_mode_a_refusal_becomes_the_440_and_its_body_goes(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, enforcement="challenge"))
    browser.page("/login")
    clock.advance(1200)
    call = browser.page("/private")
    assert call.status == 440
    assert b"who are you?" not in call.body
    assert app.seen[-1] == ("/private", None)


def test_in_challenge_mode_an_open_page_is_shown_as_to_a_visitor(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, enforcement="challenge"))
    browser.page("/login")
    clock.advance(1200)
    call = browser.page("/")
    assert (call.status, call.body) == (200, b"None")
    assert browser.page("/private").status == 440


def test_in_report_mode_nothing_ends(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, enforcement="report"))
    browser.page("/login")
    clock.advance(1200)
    assert browser.page("/").body == b"alice"


def test_a_store_that_is_out_is_answered_503_if_the_site_says_so(app, clock):
    class Broken(MemoryStore):
        def find(self, id):
            raise StoreError("out")

        touch = find

    store = Broken()
    browser = ASGIBrowser(wrapped(app, clock, store=store, store_failure="refuse"))
    browser.page("/login")
    call = browser.page()
    assert (call.status, call.header("retry-after")) == (503, "5")
    assert browser.cookies


def test_a_login_that_is_revoked_is_over(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, store=MemoryStore()))
    browser.page("/login")
    browser.page("/")
    assert browser.app.engine.revoke_all("alice") == 1
    call = browser.page()
    assert (call.status, call.header("Session440-Cause")) == (440, "revoked")


def test_public_pages_keep_the_evidence(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, public=["/docs/*"]))
    browser.page("/login")
    clock.advance(1200)
    assert browser.page("/docs/x").body == b"None"
    assert browser.page("/").status == 440


# --- the endpoints


def test_the_script_is_told_the_status(logged_in):
    call = logged_in.call("/session440/status")
    assert json.loads(call.body)["state"] == "active"
    assert call.header("cache-control") == "no-store"


def test_a_page_extends_its_login(logged_in, clock):
    clock.advance(1100)
    call = logged_in.call(
        "/session440/extend", "POST", headers=[(b"sec-fetch-site", b"same-origin")]
    )
    assert (call.status, json.loads(call.body)["expires_in"]) == (200, 1200.0)
    clock.advance(1100)
    assert logged_in.page().body == b"alice"


def test_another_site_extends_nothing(logged_in):
    call = logged_in.call(
        "/session440/extend", "POST", headers=[(b"sec-fetch-site", b"cross-site")]
    )
    assert call.status == 403


def test_the_page_of_logins_reads_its_form(app, clock):
    browser = ASGIBrowser(wrapped(app, clock, store=MemoryStore()))
    browser.page("/login")
    browser.page("/")
    other = ASGIBrowser(browser.app)
    other.page("/login")
    other.page("/")
    form = [b"end=oth", b"ers"]
    headers = [*SAME_ORIGIN, (b"content-length", b"10")]
    kind = [(b"content-type", b"application/x-www-form-urlencoded")]
    call = browser.call("/session440/logins", "POST", body=form, headers=[*headers, *kind])
    assert call.status in (200, 303)
    assert len(browser.app.engine.logins("alice")) == 1


# --- options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"idle_timout": 5}, "did you mean 'idle_timeout'"),
        ({"subject_kee": "user"}, "did you mean 'subject_key'"),
        ({"watch_cookies": "sid"}, "did you mean 'watch_cookie'"),
        ({"secret_key": ""}, r"secret_key is empty or missing; .*python -c .*token_urlsafe"),
        ({"watch_cookie": "a b"}, "watch_cookie"),
        ({"cookie_secure": "yes"}, "cookie_secure"),
        ({"cookie_domain": "a b"}, "cookie_domain"),
        ({"subject_key": ""}, "subject_key"),
        ({"subject_key": lambda: None}, "subject_key"),
        ({"session_cookie": "a b"}, "session_cookie"),
        ({"subject_key": "user", "watch_cookie": "sid"}, "subject_key or watch_cookie"),
        ({"watch_cookie": "sid", "cookie_name": "sid"}, "the name of watch_cookie"),
        ({"cookie_name": "__Host-x", "cookie_secure": False}, "not Secure"),
    ],
)
def test_a_wrong_option_is_named(options, said, app):
    with pytest.raises(ConfigurationError, match=said):
        Session440Middleware(app, **{"secret_key": SECRET, **options})


@pytest.mark.parametrize(
    "app", [lambda environ, start_response: [], TicketApp, None, lambda scope: None]
)
def test_what_is_no_asgi_app_is_refused(app):
    with pytest.raises(ConfigurationError, match="is no ASGI 3 app"):
        Session440Middleware(app, secret_key=SECRET)


def test_a_flask_app_is_refused_by_name():
    import flask

    app = flask.Flask("x")
    with pytest.raises(ConfigurationError, match=r"flask\.Flask is no ASGI 3 app"):
        Session440Middleware(app, secret_key=SECRET)
    with pytest.raises(ConfigurationError, match=r"flask\.Flask\.wsgi_app is no ASGI 3 app"):
        Session440Middleware(app.wsgi_app, secret_key=SECRET)


def test_the_key_may_not_be_left_out(app):
    with pytest.raises(ConfigurationError, match="secret_key is empty or missing"):
        Session440Middleware(app)


def test_an_app_may_be_a_plain_function_that_returns_a_coroutine(clock):
    async def inner(scope, receive, send):
        await respond(send, 200, b"inner")

    call = ASGICall(wrapped(lambda scope, receive, send: inner(scope, receive, send), clock)).run()
    assert call.body == b"inner"


def test_there_is_no_visit_without_the_middleware():
    with pytest.raises(RuntimeError, match="not wrapped in Session440Middleware"):
        visit_of({"type": "http"})


# --- nothing stays behind


def test_a_request_is_let_go_at_once(logged_in):
    """Its scope holds the visit, which held the scope: such a circle keeps a server's socket."""

    class Marked(dict):
        pass

    call = ASGICall(logged_in.app, cookies=logged_in.cookies)
    call.scope = Marked(call.scope)
    ref = weakref.ref(call.scope)
    gc.disable()
    try:
        call.run()
        del call
        assert ref() is None
    finally:
        gc.enable()


def test_a_visit_that_is_asked_later_knows_who_it_was(logged_in):
    """As by a task that goes on after the answer."""
    call = ASGICall(logged_in.app, cookies=logged_in.cookies).run()
    assert visit_of(call.scope).subject == "alice"
    assert visit_of(call.scope).remaining is not None
    with pytest.raises(RuntimeError, match="came too late"):
        visit_of(call.scope).logout()


def test_headers_that_are_an_iterator_arrive(clock):
    """ASGI allows any iterable (https://asgi.readthedocs.io/en/latest/specs/www.html)."""

    async def app(scope, receive, send):
        if scope["path"] == "/login":
            visit_of(scope).login("alice")
        headers = iter([(b"content-type", b"text/plain"), (b"x-own", b"1")])
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    browser = ASGIBrowser(wrapped(app, clock))
    for path in ("/", "/login", "/"):
        messages = []

        async def send(message, messages=messages):
            messages.append({**message, "headers": [*message.get("headers", ())]})

        call = ASGICall(browser.app, path, browser.cookies)
        call.send = send
        call.run()
        call.messages = messages
        browser.cookies |= call.cookies()
        assert call.header("x-own") == "1"


def test_pages_that_want_no_recent_login_need_no_thread(clock):
    browser = ASGIBrowser(wrapped(TicketApp(), clock, recent={"/account/*": "10m"}))
    browser.call("/login")
    assert ASGICall(browser.app, "/", browser.cookies).at_once().body == b"alice"
