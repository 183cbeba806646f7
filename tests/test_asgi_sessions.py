"""Starlette's session says who is logged in, and the app's own cookie where it is watched."""

from __future__ import annotations

import asyncio
import json
from functools import partial

import pytest
from asgi_apps import SECRET, respond, wrapped
from asgi_calling import ASGIBrowser, ASGICall
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from session440.asgi import Session440Middleware, answer, visit_of
from session440.exceptions import Answered, ConfigurationError, LoginTimeout

KEY = "a key of Starlette's own"
START = {"type": "http.response.start", "status": 200, "headers": []}


async def login(request):
    request.session["user"] = request.query_params.get("name", "alice")
    return PlainTextResponse("in")


async def logout(request):
    request.session.clear()
    return PlainTextResponse("out")


async def index(request):
    return PlainTextResponse(f"{request.session.get('user')} {visit_of(request).subject}")


async def cart(request):
    request.session["cart"] = "a book"
    return PlainTextResponse("kept")


async def expire(request):
    raise LoginTimeout("credential")


async def recent(request):
    visit_of(request).require_recent("1m")
    return PlainTextResponse("recent")


async def stream(request):
    async def parts():
        yield b"one"
        yield b"two"

    return StreamingResponse(parts())


ROUTES = [
    Route("/login", login, methods=["GET", "POST"]),
    Route("/logout", logout),
    Route("/cart", cart),
    Route("/expire", expire),
    Route("/recent", recent),
    Route("/stream", stream),
    Route("/", index),
]


class Passing(BaseHTTPMiddleware):
    """Does nothing, in a task of its own."""

    async def dispatch(self, request, call_next):
        return await call_next(request)


def site(clock, before=(), after=(), sessions=None, routes=ROUTES, **options):
    """Return a Starlette app whose session names its person as ``user``."""
    ours = Middleware(
        Session440Middleware, secret_key=SECRET, subject_key="user", clock=clock, **options
    )
    sessions = sessions or Middleware(SessionMiddleware, secret_key=KEY)
    return Starlette(routes=routes, middleware=[*before, sessions, ours, *after])


@pytest.fixture(params=["alone", "around", "inside", "mounted", "wrapped"])
def app(request, clock):
    """The app in the ways in which middlewares and mounts may stand around us."""
    passing = [Middleware(Passing)]
    if request.param == "around":
        return site(clock, before=passing)
    if request.param == "inside":
        return site(clock, after=passing)
    if request.param == "mounted":
        return site(clock, routes=[Mount("/", Starlette(routes=ROUTES))])
    if request.param == "wrapped":
        ours = wrapped(Starlette(routes=ROUTES), clock, subject_key="user")
        return SessionMiddleware(ours, secret_key=KEY)
    return site(clock)


@pytest.fixture
def browser(app):
    return ASGIBrowser(app)


def test_who_is_in_the_session_is_logged_in(browser):
    browser.page("/login")
    assert set(browser.cookies) == {"session", "session440"}
    assert browser.page().body == b"alice alice"


def test_the_session_ends_with_the_login(browser, clock):
    browser.page("/login")
    clock.advance(1200)
    call = browser.page()
    assert (call.status, call.header("Session440-Cause")) == (440, "idle")
    assert browser.cookies == {}
    assert browser.page().body == b"None None"


def test_an_active_answer_writes_no_session(browser, clock):
    """Nor when the ticket is renewed."""
    browser.page("/login")
    assert browser.page().all("set-cookie") == []
    clock.advance(100)
    (cookie,) = browser.page().all("set-cookie")
    assert cookie.startswith("session440=")


def test_a_logout_of_the_app_ends_the_login(browser):
    browser.page("/login")
    former = dict(browser.cookies)
    browser.page("/logout")
    assert browser.cookies == {}
    # Without a store a copy of both cookies still works, as of any session kept in its cookie.
    assert former.keys() == {"session", "session440"}


def test_a_visitors_session_is_never_touched(browser, clock):
    browser.page("/cart")
    clock.advance(100_000)
    call = browser.page()
    assert (call.status, call.body) == (200, b"None None")
    assert set(browser.cookies) == {"session"}


def test_an_exception_of_a_view_is_answered(browser):
    browser.page("/login")
    call = browser.page("/expire")
    assert (call.status, call.header("Session440-Cause")) == (440, "credential")
    assert browser.cookies == {}


def test_a_stream_is_not_held_back(browser):
    browser.page("/login")
    call = browser.page("/stream")
    parts = [each["body"] for each in call.messages[1:] if each.get("body")]
    assert parts == [b"one", b"two"]


def test_another_person_in_the_session_is_another_login(browser, clock):
    browser.page("/login")
    former = browser.cookies["session440"]
    browser.page("/login?name=bob")
    assert browser.cookies["session440"] != former
    assert browser.page().body == b"bob bob"


# --- the table of what session and ticket say


@pytest.fixture
def plain(clock):
    return ASGIBrowser(site(clock))


def test_without_the_session_a_ticket_tells_of_a_closed_browser(plain):
    plain.page("/login")
    del plain.cookies["session"]
    assert plain.page().body == b"None None"
    assert plain.cookies == {}


def test_an_empty_session_beside_a_ticket_is_lost(plain):
    """As after its key was changed."""
    plain.page("/login")
    plain.cookies["session"] = "not authentic"
    call = plain.page()
    assert (call.status, call.header("Session440-Cause")) == (440, "lost")


def test_without_its_ticket_a_session_is_judged_by_its_binding(plain, clock):
    plain.page("/login")
    del plain.cookies["session440"]
    assert plain.page().body == b"alice alice"
    assert "session440" in plain.cookies
    del plain.cookies["session440"]
    clock.advance(28800)
    assert plain.page().header("Session440-Cause") == "absolute"


def test_a_login_from_before_deployment_is_adopted(clock):
    before = Starlette(routes=ROUTES, middleware=[Middleware(SessionMiddleware, secret_key=KEY)])
    browser = ASGIBrowser(before)
    browser.page("/login")
    browser.app = site(clock)
    assert browser.page().body == b"alice alice"
    clock.advance(1200)
    assert browser.page().status == 440


def test_somebody_before_us_may_empty_the_session(clock):
    """Then it is a logout, and nothing is lost."""

    class Emptying:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["path"] == "/":
                scope["session"].clear()
            await self.app(scope, receive, send)

    ours = wrapped(Starlette(routes=ROUTES), clock, subject_key="user")
    browser = ASGIBrowser(SessionMiddleware(Emptying(ours), secret_key=KEY))
    browser.page("/login")
    assert browser.page().body == b"None None"


def test_a_token_against_csrf_is_kept_for_a_login_form(clock):
    async def form(request):
        if request.method == "GET":
            request.session["csrf_token"] = "t"
            request.session["user"] = "alice"
        return PlainTextResponse(json.dumps(dict(request.session)))

    browser = ASGIBrowser(site(clock, routes=[Route("/login", form, methods=["GET", "POST"])]))
    browser.page("/login")
    clock.advance(1200)
    assert json.loads(browser.page("/login", "POST").body) == {"csrf_token": "t"}


def test_public_pages_see_nobody_and_change_nothing(clock):
    """The real session stays as it is: its end is for the page that matters."""
    browser = ASGIBrowser(site(clock, public=["/"]))
    browser.page("/login")
    clock.advance(1200)
    assert browser.page("/").body == b"None None"
    assert browser.page("/recent").status == 440


def test_options_changes_nothing(plain, clock):
    plain.page("/login")
    former = dict(plain.cookies)
    clock.advance(1200)
    plain.page("/", "OPTIONS")
    assert plain.cookies == former
    assert plain.page("/").status == 440


@pytest.mark.parametrize("key", ["user.sub", lambda session: session.get("user", {}).get("sub")])
def test_the_person_may_be_deep_in_the_session(clock, key):
    async def deep(request):
        request.session["user"] = {"sub": "alice"}
        return PlainTextResponse("in")

    async def who(request):
        return PlainTextResponse(str(visit_of(request).subject))

    app = Starlette(routes=[Route("/login", deep), Route("/", who)])
    ours = wrapped(app, clock, subject_key=key)
    browser = ASGIBrowser(SessionMiddleware(ours, secret_key=KEY))
    browser.page("/login")
    assert browser.page().body == b"alice"


def test_a_login_again_by_the_same_person_is_a_proof(plain, clock):
    """The session says the same as before; the form was sent to the login page."""
    plain.page("/login")
    clock.advance(100)
    assert plain.page("/recent").status == 401
    plain.page("/login", "POST")
    assert plain.page("/recent").body == b"recent"


def test_a_login_page_that_only_reads_the_session_proves_nothing(clock):
    async def reading(request):
        return PlainTextResponse(str(request.session.get("user")))

    routes = [Route("/in", login), Route("/login", reading, methods=["POST"]), *ROUTES[4:5]]
    browser = ASGIBrowser(site(clock, routes=routes))
    browser.page("/in")
    clock.advance(100)
    browser.page("/login", "POST")
    assert browser.page("/recent").status == 401


# --- its cookie


def scope_of(clock, sessions, **options):
    browser = ASGIBrowser(site(clock, sessions=sessions, **options))
    call = browser.page("/login")
    (ours,) = [each for each in call.all("set-cookie") if "440=" in each]
    return ours.partition(";")[2].lower()


def test_the_ticket_has_the_scope_of_the_sessions_cookie(clock):
    found = scope_of(
        clock,
        Middleware(
            SessionMiddleware,
            secret_key=KEY,
            https_only=True,
            domain="example.org",
            path="/app",
            same_site="strict",
            max_age=None,
        ),
    )
    for part in ("secure", "domain=example.org", "path=/app", "samesite=strict", "httponly"):
        assert part in found
    assert "max-age" not in found


def test_a_session_that_outlives_the_browser_has_a_ticket_that_does(clock):
    lasting = Middleware(SessionMiddleware, secret_key=KEY, max_age=3600)
    assert f"max-age={3600 + 28800 + 86400};" in scope_of(clock, lasting)


def test_its_name_is_read_from_the_app(clock):
    app = site(clock, sessions=Middleware(SessionMiddleware, secret_key=KEY, session_cookie="sid"))
    browser = ASGIBrowser(app)
    browser.page("/login")
    browser.cookies["sid"] = "not authentic"
    assert browser.page().header("Session440-Cause") == "lost"


def test_arguments_may_stand_in_their_order(clock):
    app = site(clock, sessions=Middleware(SessionMiddleware, KEY, "sid", 3600))
    browser = ASGIBrowser(app)
    browser.page("/login")
    assert set(browser.cookies) == {"sid", "session440"}


def test_a_hand_made_stack_is_described_by_our_options(clock):
    ours = wrapped(
        Starlette(routes=ROUTES),
        clock,
        subject_key="user",
        session_cookie="sid",
        cookie_secure=True,
        cookie_domain="example.org",
    )
    app = SessionMiddleware(ours, secret_key=KEY, session_cookie="sid")
    call = ASGIBrowser(app).page("/login")
    (cookie,) = [each for each in call.all("set-cookie") if each.startswith("sid440=")]
    assert "Secure" in cookie
    assert "Domain=example.org" in cookie


def test_a_ticket_may_not_have_the_name_of_the_session(clock):
    browser = ASGIBrowser(site(clock, cookie_name="session"))
    with pytest.raises(ConfigurationError, match="the name of session_cookie"):
        browser.page("/")


def test_without_a_session_the_order_of_the_middlewares_is_told(clock):
    app = wrapped(Starlette(routes=ROUTES), clock, subject_key="user")
    with pytest.raises(ConfigurationError, match="add Session440Middleware first"):
        ASGICall(app).run()


# --- other sessions


class Bare:
    """A middleware with a session of another class, saved whatever becomes of it."""

    def __init__(self, app):
        self.app, self.kept = app, {}

    async def __call__(self, scope, receive, send):
        scope["session"] = dict(self.kept)
        await self.app(scope, receive, send)
        self.kept = scope["session"]


def test_a_session_may_be_a_plain_dict(clock):
    """As Starlette's was before it noted changes: then each answer is looked at."""

    async def app(scope, receive, send):
        if scope["path"] == "/login":
            scope["session"]["user"] = "alice"
        await respond(send, 200, str(scope["session"].get("user")).encode())

    sessions = Bare(wrapped(app, clock, subject_key="user", public=["/open"]))
    browser = ASGIBrowser(sessions)
    browser.page("/login")
    assert browser.page().body == b"alice"
    clock.advance(1200)
    assert browser.page("/open").body == b"None"
    assert browser.page("/").status == 440
    assert sessions.kept == {}


# --- exception handlers


async def unanswered(request, exception):
    return PlainTextResponse("generic", 500)


def test_a_handler_for_every_exception_is_overruled(clock):
    inner = Starlette(routes=ROUTES, exception_handlers={Exception: unanswered})
    browser = ASGIBrowser(SessionMiddleware(wrapped(inner, clock, subject_key="user"), KEY))
    browser.page("/login")
    assert browser.page("/expire").status == 440


def test_our_handler_answers_where_a_task_lies_between(clock):
    """A mounted app with a handler of its own, below a BaseHTTPMiddleware."""
    inner = Starlette(routes=ROUTES, exception_handlers={Answered: answer})
    routes = [Mount("/app", inner)]
    browser = ASGIBrowser(site(clock, after=[Middleware(Passing)], routes=routes))
    browser.page("/app/login")
    call = browser.page("/app/expire")
    assert (call.status, call.header("Session440-Cause")) == (440, "credential")
    assert browser.cookies == {}


def test_our_handler_passes_on_what_is_none_of_ours():
    class Connection:
        scope = {}  # it is only read

    with pytest.raises(KeyError):
        asyncio.run(answer(Connection(), KeyError("x")))


def test_the_sessions_cookie_is_found_in_a_partial(clock):
    """Starlette takes any callable for a middleware's class."""
    sessions = Middleware(partial(SessionMiddleware, secret_key=KEY, path="/shop"), https_only=True)
    browser = ASGIBrowser(site(clock, before=[Middleware(partial(Passing))], sessions=sessions))
    (cookie,) = [each for each in browser.page("/login").all("set-cookie") if "440=" in each]
    assert "Path=/shop" in cookie
    assert "Secure" in cookie


def test_a_session_middleware_of_the_apps_own_breaks_nothing(clock):
    """Its cookie is as our options describe it."""

    class Own:
        def __init__(self, app):
            self.app = SessionMiddleware(app, secret_key=KEY)

        async def __call__(self, scope, receive, send):
            await self.app(scope, receive, send)

    Own.__name__ = "SessionMiddleware"
    browser = ASGIBrowser(site(clock, sessions=Middleware(Own)))
    browser.page("/login")
    assert browser.page().body == b"alice alice"
