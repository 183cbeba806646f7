"""The 440 as OpenAPI describes answers, for the document of an API.

https://spec.openapis.org/oas/v3.1.0#response-object
"""

from __future__ import annotations

from typing import Any

from .cause import Cause
from .exceptions import LOGIN_TIMEOUT, PHRASE

__all__ = ["responses"]


def _member(kind: str, *examples: object, **more: object) -> dict[str, object]:
    return {"type": kind, "examples": [*examples], **more}


_PROBLEM = {
    "title": "LoginTimeout",
    "type": "object",
    "required": ["type", "title", "status", "detail", "login_url"],
    "properties": {
        "type": _member("string", "urn:problem:session440:login-timeout"),
        "title": _member("string", PHRASE),
        "status": _member("integer", LOGIN_TIMEOUT),
        "detail": _member("string", "You were signed out after 20 minutes without activity."),
        "cause": _member("string", "idle", enum=[str(each) for each in Cause]),
        "ended_at": _member("string", "2026-11-23T21:40:00Z", format="date-time"),
        "login_url": _member("string", "/login?next=%2Freports"),
        "idle_timeout": _member("number", 1200),
        "absolute_timeout": _member("number", 28800),
    },
}

#: The 440 for an OpenAPI document, by its status: ``FastAPI(responses=responses)``, or of a router
#: or a route; elsewhere ``operation["responses"]["440"] = responses[440]``.
responses: dict[int | str, dict[str, Any]] = {
    LOGIN_TIMEOUT: {
        "description": f"{PHRASE}: the login has ended; log in again (RFC 9457)",
        "headers": {
            "Session440-Cause": {
                "description": "Why the login has ended",
                "schema": {"type": "string", "enum": [str(each) for each in Cause]},
            }
        },
        "content": {"application/problem+json": {"schema": _PROBLEM}},
    }
}
