"""Logins of programs, which django-allauth keeps in sessions that no cookie names.

https://docs.allauth.org/en/latest/headless/index.html
"""

from __future__ import annotations

from typing import Any


def is_by_token(request: Any) -> bool:
    """Return whether a view of allauth's has put the session of a token in the request's place.

    It is there for the length of the view, and the token has an end of its own.
    """
    headless = getattr(getattr(request, "allauth", None), "headless", None)
    return getattr(headless, "client", None) == "app"
