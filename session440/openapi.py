"""The 440 as OpenAPI describes answers, for the document of an API, version 3.0 or 3.1.

https://spec.openapis.org/oas/v3.0.3#response-object
"""

from __future__ import annotations

from typing import Any

from .cause import Cause
from .exceptions import LOGIN_TIMEOUT, PHRASE

__all__ = ["responses"]


#: As it goes over the wire (RFC 9457).
_EXAMPLE = {
    "type": "urn:problem:session440:login-timeout",
    "title": PHRASE,
    "status": LOGIN_TIMEOUT,
    "detail": "You were signed out after 20 minutes without activity.",
    "cause": "idle",
    "ended_at": "2026-11-23T21:40:00Z",
    "login_url": "/login?next=%2Freports",
    "idle_timeout": 1200,
    "absolute_timeout": 28800,
}
_CAUSE = {"type": "string", "enum": [str(each) for each in Cause]}
_PROBLEM = {
    "title": "LoginTimeout",
    "type": "object",
    "required": ["type", "title", "status", "detail", "login_url"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "cause": _CAUSE,
        "ended_at": {"type": "string", "format": "date-time"},
        "login_url": {"type": "string"},
        "idle_timeout": {"type": "number"},
        "absolute_timeout": {"type": "number"},
    },
}

#: The 440 for an OpenAPI document, by its status: ``FastAPI(responses=responses)``, or of a router
#: or a route; elsewhere ``operation["responses"]["440"] = responses[440]``.
responses: dict[int | str, dict[str, Any]] = {
    LOGIN_TIMEOUT: {
        "description": f"{PHRASE}: the login has ended; log in again (RFC 9457)",
        "headers": {
            "Session440-Cause": {"description": "Why the login has ended", "schema": _CAUSE}
        },
        "content": {"application/problem+json": {"schema": _PROBLEM, "example": _EXAMPLE}},
    }
}
