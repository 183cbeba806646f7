"""Types for the annotations of a project's views."""

from __future__ import annotations

from django.http import HttpRequest

from ..visit import Visit


class Session440Request(HttpRequest):
    """A request as a view gets it behind the middleware: for annotations alone.

    ``def claim(request: Session440Request) -> HttpResponse`` has type checkers know
    ``request.session440``. No request is an instance of this class.
    """

    #: This request's login: who, until when, or why no longer.
    session440: Visit
