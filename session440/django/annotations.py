"""Types for the annotations of a project's views."""

from __future__ import annotations

from django.http import HttpRequest

from ..visit import Visit


class Session440Request(HttpRequest):
    """A request as a view gets it behind the middleware: only for annotations.

    With ``def claim(request: Session440Request) -> HttpResponse`` type checkers know
    ``request.session440``. No request is an instance of this class.
    """

    #: This request's login: who is logged in and until when, or why not any more.
    session440: Visit
