"""The tour: its page, its buttons, and what its panel shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from demo_tour.clock import MINUTE
from demo_tour.tour import LOST, NO_STORE, Tour
from session440 import Engine
from session440.asgi import Session440Middleware, visit_of
from session440.exceptions import StoreError

from .pages import Name, login_required, same_site, shown

pages = APIRouter(dependencies=[Depends(same_site)], include_in_schema=False)

Step = Literal["warned", "kept", "why", "elsewhere", "lost", "polling"]


def tour_of(request: Request) -> Tour:
    """Return the app's tour."""
    found: Tour = request.app.state.tour
    return found


def engine_of(request: Request) -> Engine:
    """Return the engine of session440, which the middleware has."""
    layer: Any = request.app.middleware_stack
    while not isinstance(layer, Session440Middleware):
        layer = layer.app
    return layer.engine


def done(request: Request) -> Response:
    """Tell the page's script, or load the page anew."""
    if request.headers.get("Accept") == "application/json":
        return JSONResponse(tour_of(request).time())
    return RedirectResponse(request.url_for("tour").path, 303)


@pages.get("/tour")
def tour(request: Request, name: Name) -> Response:
    """Show the tour."""
    return shown(request, "tour.html")


@pages.post("/tour/clock", dependencies=[Depends(login_required)])
def move_clock(request: Request) -> Response:
    """Move the clock ahead by a minute."""
    tour_of(request).clock.move(MINUTE)
    return done(request)


@pages.post("/tour/{step}", dependencies=[Depends(login_required)])
async def take(request: Request, step: Step) -> Response:
    """Take a step."""
    engine, visit = engine_of(request), visit_of(request)
    tour_of(request).move(step, visit, engine.policy("default").idle_timeout)
    if step == "elsewhere":
        try:
            await engine.arevoke(visit.login_id or "")
        except StoreError:
            return PlainTextResponse(NO_STORE, 503)
    answer = done(request)
    if step == "lost":
        answer.set_cookie("session", LOST, httponly=True, samesite="lax")
    return answer


@pages.get("/tour/news", dependencies=[Depends(login_required)])
def news(request: Request) -> dict[str, Any]:
    """Return what the panel shows."""
    return tour_of(request).news(visit_of(request))


@pages.post("/note", dependencies=[Depends(login_required)])
def note(words: Annotated[str, Form()] = "") -> dict[str, str]:
    """Take a few words."""
    return {"words": words}
