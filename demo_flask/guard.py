"""Pages for people who are logged in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

Parameters = ParamSpec("Parameters")
View = Callable[Parameters, ResponseReturnValue]


def login_required(view: View[Parameters]) -> View[Parameters]:
    """Send a visitor to the login page, and back to this one from there."""

    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        if "user_id" not in session:
            return redirect(url_for("pages.login", next=request.full_path.rstrip("?")))
        return view(*args, **kwargs)

    return guarded
