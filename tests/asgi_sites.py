"""The sites of tests/sites.py under ASGI, each on the server that its class names."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import parse_qs

from asgi_clients import AsgiBrowser, http2_browsers
from asgi_servers import served
from browser import Browser
from clock import FakeClock
from itsdangerous import TimestampSigner
from sites import OPTIONS, SECRET, DjangoSite, Site
from small_app import AsgiCookieApp, AsgiTicketApp, refresh
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from session440 import LoginTimeout
from session440.asgi import Session440Middleware, visit_of
from session440.engine import Engine

#: The servers, and hypercorn once more with HTTP/2.
ON = ("uvicorn", "hypercorn", "hypercorn h2", "daphne")


class OnServer(Site):
    """A site under ASGI; ``server`` is one of :data:`ON`."""

    server = "uvicorn"
    browser_class = AsgiBrowser

    @classmethod
    def on(cls, server: str) -> type[OnServer]:
        """Return the same site on another server."""
        return type(cls.__name__, (cls,), {"server": server, "name": f"{cls.name}, {server}"})

    @classmethod
    @contextmanager
    def serve(cls, app, engine: Engine) -> Iterator[tuple[str, type[Browser]]]:
        """Give the URL, and the browsers that speak to it."""
        name, _, is_http2 = cls.server.partition(" ")
        with ExitStack() as stack:
            url = stack.enter_context(served(name, app, engine.shared and engine))
            browsers = stack.enter_context(http2_browsers()) if is_http2 else AsgiBrowser
            yield url, browsers


class AsgiSite(OnServer):
    """A bare app, whose ticket is the login."""

    name = "asgi"
    like = "wsgi"
    ticket = "login440"
    session = None

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        events: list = []
        app = cls.wrap({"secret_key": SECRET, "on_event": events.append, "clock": clock}, options)
        with cls.serve(app, app.engine) as (url, browsers):
            site = cls(url, clock, app.engine, events)
            site.browser_class = browsers
            yield site

    @staticmethod
    def wrap(given, options):
        return Session440Middleware(AsgiTicketApp(), **{**given, **OPTIONS, **options})


class AsgiWatchedSite(AsgiSite):
    """A bare app that has a session of its own, whose cookie is followed."""

    name = "asgi-watched"
    like = "watched"
    session = "sid"

    @staticmethod
    def wrap(given, options):
        app = AsgiCookieApp()
        return Session440Middleware(app, watch_cookie="sid", **{**given, **OPTIONS, **options})


# --- Starlette, with its SessionMiddleware


async def dashboard(request):
    name = request.session.get("user_id")
    if name is None:
        return RedirectResponse(f"/login?next={request.url.path}", 302)
    return PlainTextResponse(f"hello {name}")


async def login(request):
    if request.method == "POST":
        form = parse_qs((await request.body()).decode())
        token = request.session.get("csrf_token")
        if form.get("csrf_token", [token]) != [token]:
            return PlainTextResponse("another form's", 400)
        return log_in(request, form["username"][0])
    token = request.session.get("csrf_token") or secrets.token_hex(8)
    request.session["csrf_token"] = token
    return PlainTextResponse(f'<input name="csrf_token" value="{token}">')


def log_in(request, name):
    request.session.clear()
    request.session["user_id"] = name
    return RedirectResponse("/", 302)


async def logout(request):
    request.session.clear()
    return RedirectResponse("/login", 302)


async def callback(request):
    return log_in(request, "alice")


async def me(request):
    if "user_id" not in request.session:
        return JSONResponse({"error": "who?"}, 401)
    return JSONResponse({"user": request.session["user_id"]})


async def show(request):
    return PlainTextResponse(f"shown to {request.session.get('user_id', 'nobody')}")


async def plain(request):
    return PlainTextResponse("plain")


async def vault(request):
    visit_of(request).require_recent("10m")
    return PlainTextResponse("done")


async def confirm(request):
    visit_of(request).confirm()
    return PlainTextResponse("done")


async def move_end(request):
    refresh(visit_of(request), request.url.query)
    return PlainTextResponse("done")


async def html(request):
    return Response(f"hello {request.session.get('user_id')}", media_type="text/html")


async def cart(request):
    request.session["cart"] = "apples"
    return PlainTextResponse("in the cart")


async def cached(request):
    return PlainTextResponse("cached", headers={"Cache-Control": "public, max-age=60"})


async def not_modified(request):
    return Response(status_code=304)


async def broken(request):
    return PlainTextResponse("broken", 500)


async def expire(request):
    raise LoginTimeout(cause="credential")


async def own_440(request):
    return PlainTextResponse("own", 440)


ANY = ["GET", "POST", "OPTIONS"]
ROUTES = [
    Route("/", dashboard),
    Route("/login", login, methods=ANY),
    Route("/logout", logout, methods=ANY),
    Route("/callback", callback),
    Route("/api/me", me),
    Route("/show", show),
    Route("/public", show),
    Route("/marked-public", show),
    Route("/who", show, methods=["OPTIONS"]),
    *(Route(p, plain, methods=ANY) for p in ("/plain", "/poll", "/marked-poll", "/save")),
    *(Route(p, plain, methods=ANY) for p in ("/second-factor", "/account", "/static/app.css")),
    Route("/vault", vault, methods=ANY),
    Route("/confirm", confirm, methods=ANY),
    Route("/refresh", move_end, methods=ANY),
    Route("/html", html),
    Route("/cart", cart),
    Route("/cached", cached),
    Route("/not-modified", not_modified),
    Route("/broken", broken),
    Route("/expire", expire),
    Route("/own-440", own_440),
]
#: A view cannot be marked where routes are found after us; its path stands in the options.
MARKED = {"public": ["/public", "/marked-public"], "passive": ["/poll", "/marked-poll"]}


class StarletteSite(OnServer):
    name = "starlette"
    like = "flask"
    ticket = "session440"
    session = "session"

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        events: list = []
        given = {**OPTIONS, **MARKED, "clock": clock, "on_event": events.append, **options}
        ours = Session440Middleware(
            Starlette(routes=ROUTES), secret_key=SECRET, subject_key="user_id", **given
        )
        app = SessionMiddleware(ours, SECRET)
        with cls.serve(app, ours.engine) as (url, browsers):
            site = cls(url, clock, ours.engine, events)
            site.browser_class = browsers
            yield site

    @contextmanager
    def edit(self, browser: Browser) -> Iterator[dict]:
        signer = TimestampSigner(SECRET)
        content = json.loads(b64decode(signer.unsign(browser.cookies["session"])))
        yield content
        data = b64encode(json.dumps(content).encode())
        browser.cookies["session"] = signer.sign(data).decode()

    def lose_session(self, browser: Browser) -> None:
        browser.cookies["session"] = "no-longer-known"


# --- Django, with views that are coroutines


class DjangoAsyncSite(OnServer, DjangoSite):
    name = "django-async"

    @classmethod
    @contextmanager
    def open(cls, clock: FakeClock, **options) -> Iterator[Site]:
        from django.core.handlers.asgi import ASGIHandler
        from django.test import override_settings

        from session440.django import get_engine

        events: list = []
        given = {**OPTIONS, "clock": clock, "on_event": events.append, **options}
        ours = {name.upper(): value for name, value in given.items()}
        with override_settings(SESSION440=ours, ROOT_URLCONF="django_async_urls"):
            with cls.serve(ASGIHandler(), get_engine()) as (url, browsers):
                site = cls(url, clock, get_engine(), events)
                site.browser_class = browsers
                yield site


ASGI_SITES = [AsgiSite, AsgiWatchedSite, StarletteSite, DjangoAsyncSite]
