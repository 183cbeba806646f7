"""Requests that browsers make by themselves, again and again: they show that nobody is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Environ = Mapping[str, Any]

#: What reports itself (https://www.w3.org/TR/reporting-1/, CSP's report-uri) or is a ping
#: (https://html.spec.whatwg.org/#hyperlink-auditing).
_REPORTS = ("application/csp-report", "application/reports+json", "text/ping")


#: How browsers have called the fetching of a page before anybody asks for it.
_EARLY = ("prefetch", "prerender", "preview")
#: Where they say so. No script may set a ``Sec-`` header, so Turbo puts an X before it
#: (https://turbo.hotwired.dev/handbook/drive#prefetching-links-on-hover).
_PURPOSES = (
    *("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE"),
    "HTTP_X_SEC_PURPOSE",
)


def is_in_background(environ: Environ) -> bool:
    """Return whether a browser makes the request without a person.

    Pages are fetched before anybody asks for them. Event streams and sockets connect again by
    themselves; beacons, pings and reports are sent by timers, and when a page is left; service
    workers are looked after once a day.
    """
    for name in _PURPOSES:
        if name in environ and environ[name].lower().startswith(_EARLY):
            return True
    mode, destination = environ.get("HTTP_SEC_FETCH_MODE"), environ.get("HTTP_SEC_FETCH_DEST")
    if mode == "websocket" or (environ.get("HTTP_UPGRADE") or "").lower() == "websocket":
        return True
    if mode == "no-cors" and destination in ("empty", "report"):
        return True
    if destination == "serviceworker" or environ.get("HTTP_SERVICE_WORKER") == "script":
        return True
    if "text/event-stream" in environ.get("HTTP_ACCEPT", ""):
        return True
    kind: str = environ.get("CONTENT_TYPE") or ""
    return kind != "" and kind.partition(";")[0].strip().lower() in _REPORTS


def is_page(environ: Environ) -> bool:
    """Return whether a person opens a page or sends a form.

    On plain http browsers send no ``Sec-Fetch-*``; then only pages are asked for as HTML, or what
    a library asks for that says who it is.
    """
    mode = environ.get("HTTP_SEC_FETCH_MODE")
    if mode is not None:
        return bool(mode == "navigate")
    if "HTTP_X_REQUESTED_WITH" in environ or "HTTP_HX_REQUEST" in environ:
        return False
    return "text/html" in environ.get("HTTP_ACCEPT", "")
