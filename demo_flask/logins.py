"""The page that says where a person is signed in, and ends what should not be."""

from __future__ import annotations

from datetime import datetime, timezone

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from session440 import Engine
from session440.exceptions import StoreError
from session440.flask import current_visit
from session440.stores import Record

from .views import login_required

login_pages = Blueprint("logins", __name__)


@login_pages.get("/logins")
@login_required
def page() -> ResponseReturnValue:
    """List the person's logins, the oldest first."""
    return render_template("logins.html", logins=[shown(each) for each in own_logins()])


def engine() -> Engine:
    """Return the engine, which knows the logins of all browsers and not just this request's."""
    found: Engine = current_app.extensions["session440"].engine
    return found


def own_logins() -> list[Record]:
    """Return the logins of the person who asks."""
    return engine().logins(current_visit.subject)


def shown(login: Record) -> dict[str, object]:
    """Return what the page says about a login."""
    return {
        "id": login.id,
        "since": datetime.fromtimestamp(login.issued_at, timezone.utc),
        "last_seen": datetime.fromtimestamp(login.seen_at, timezone.utc),
        "is_here": login.id == current_visit.login_id,
    }


@login_pages.post("/logins/revoke")
@login_required
def revoke() -> ResponseReturnValue:
    """Sign out one other browser."""
    chosen = request.form.get("id", "")
    # The engine would end anybody's login: that it is the person's own is for us to check.
    if chosen not in [each.id for each in own_logins()]:
        abort(404)
    engine().revoke(chosen)
    flash("That browser is signed out.")
    return redirect(url_for(".page"))


@login_pages.post("/logins/revoke-others")
@login_required
def revoke_others() -> ResponseReturnValue:
    """Sign out all browsers but this one."""
    engine().revoke_all(current_visit.subject, keep=current_visit.login_id)
    flash("All other browsers are signed out.")
    return redirect(url_for(".page"))


@login_pages.errorhandler(StoreError)
def say_that_the_store_is_out(error: StoreError) -> ResponseReturnValue:
    """Promise nothing: nobody must rely on a login being ended that may go on."""
    return render_template("outage.html"), 503
