"""The pages: session440 shows in two decorators and in ``current_visit``, nowhere else.

The page that says where a person is signed in is session440's own: ``/session440/logins``.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from demo_tour import FIELDS, PASSWORDS
from demo_tour.tour import end_of
from session440.flask import current_visit, passive, public

from .guard import login_required
from .happened import note

pages = Blueprint("pages", __name__)


@pages.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log in, and go on to ``next``."""
    if request.method == "GET":
        return render_template("login.html")
    name = request.form.get("username", "")
    if name not in PASSWORDS or request.form.get("password") != PASSWORDS[name]:
        return render_template("login.html", wrong=True)
    # Nothing that anybody put into the visitor's session becomes part of the login.
    session.clear()
    session["user_id"] = name
    note(f"{name} has logged in")
    return redirect(safe_next(request.values.get("next", "")))


def safe_next(target: str) -> str:
    """Return *target* if it is a path of this site.

    Browsers take ``//host`` and ``/\\host`` for another site, and leave out a tab or a line
    break before they look (WHATWG URL Standard, section 4.4).
    """
    is_path = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_path and target.isprintable() else url_for(".dashboard")


@pages.post("/logout")
def logout() -> ResponseReturnValue:
    """Log out."""
    if "user_id" in session:
        note(f"{session['user_id']} has logged out")
    session.clear()
    return redirect(url_for(".login"))


@pages.get("/")
@login_required
def dashboard() -> ResponseReturnValue:
    """Show who is logged in, and until when."""
    return render_template("dashboard.html", **end_of(current_visit))


@pages.route("/form", methods=["GET", "POST"])
@login_required
def form() -> ResponseReturnValue:
    """Show a form that takes a while to fill in, and keep what was filled in."""
    # The memory of one process will do for a demo. It is not the session, which is cleared
    # whole when the login ends.
    claims = current_app.extensions.setdefault("demo_claims", {})
    saved = request.method == "POST"
    if saved:
        claims[session["user_id"]] = {name: request.form.get(name, "") for name in FIELDS}
        note(f"{session['user_id']} has saved an expense claim")
    return render_template("form.html", claim=claims.get(session["user_id"], {}), saved=saved)


@pages.get("/public")
@public
def public_page() -> ResponseReturnValue:
    """Show a page to anyone."""
    return render_template("public.html")


@pages.get("/api/me")
def me() -> ResponseReturnValue:
    """Say who is logged in."""
    if "user_id" not in session:
        return {"error": "Log in first."}, 401
    return {"user": session["user_id"]}


@pages.get("/api/notifications")
@passive
def notifications() -> ResponseReturnValue:
    """Return the dashboard's news; a script asks for it, so it counts as no activity."""
    if "user_id" not in session:
        return {"error": "Log in first."}, 401
    return {"notifications": [f"Your login ends at {current_visit.expires_at:%H:%M:%S} UTC."]}
