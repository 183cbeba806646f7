"""The tour: its page, its buttons, and what its panel shows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]  # it ships no types
from markupsafe import Markup

from demo_tour.clock import MINUTE
from demo_tour.steps import STEPS
from demo_tour.tour import LOST, NO_STORE, Tour
from session440 import Engine
from session440.exceptions import StoreError
from session440.flask import current_visit, passive

from .guard import login_required

tour_pages = Blueprint("tour", __name__)


def tour_here() -> Tour:
    """Return the app's tour."""
    found: Tour = current_app.extensions["demo_tour"]
    return found


def engine_here() -> Engine:
    """Return the app's engine of session440."""
    found: Engine = current_app.extensions["session440"].engine
    return found


class CSRFField:
    """The hidden field of a form; only a page that has a form asks for a token."""

    def __html__(self) -> str:
        """Return it as HTML."""
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def show_tour() -> dict[str, Any]:
    """Give every page what the shared templates show."""
    return {
        "root": request.script_root,
        "path": request.path,
        "person": session.get("user_id"),
        "csrf_field": CSRFField(),
        **tour_here().facts(),
    }


@tour_pages.get("/tour")
@login_required
def page() -> ResponseReturnValue:
    """Show the tour."""
    return render_template("tour.html")


@tour_pages.post("/tour/clock")
@passive
@login_required
def move_clock() -> ResponseReturnValue:
    """Move the clock ahead by a minute."""
    tour_here().clock.move(MINUTE)
    return done()


@tour_pages.post("/tour/<any({names}):step>".format(names=",".join(each.id for each in STEPS)))
@passive
@login_required
def take(step: str) -> ResponseReturnValue:
    """Take a step."""
    idle = engine_here().policy("default").idle_timeout
    tour_here().move(step, current_visit, idle)
    if step == "elsewhere":
        try:
            engine_here().revoke(current_visit.login_id or "")
        except StoreError:
            return NO_STORE, 503
    answer = current_app.make_response(done())
    if step == "lost":
        answer.set_cookie("session", LOST, httponly=True, samesite="Lax")
    return answer


def done() -> ResponseReturnValue:
    """Tell the page's script, or load the page anew."""
    if request.accept_mimetypes.best == "application/json":
        return tour_here().time()
    return redirect(url_for("tour.page"), 303)


@tour_pages.get("/tour/news")
@passive
@login_required
def news() -> ResponseReturnValue:
    """Return what the panel shows."""
    return tour_here().news(current_visit)


@tour_pages.post("/note")
@login_required
def note() -> ResponseReturnValue:
    """Take a few words."""
    return {"words": request.form.get("words", "")}
