"""The visit of the request with which a view is called."""

from __future__ import annotations

from typing import Any

from ..visit import Visit
from .receivers import VISIT


def visit_of_view(*given: Any) -> Visit:
    """Return the visit of the request that a view is called with, as its first argument or second.

    :raises RuntimeError: if none of them is a request with a visit.
    """
    for each in given[:2]:  # the first of a method is its view
        visit: Visit | None = getattr(each, VISIT, None)
        if visit is not None:
            return visit
    raise RuntimeError(
        "@recent finds no visit: the view is called without a request, or there is no "
        "Session440Middleware"
    )
