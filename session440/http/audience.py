"""Who sees the answer to a request: a person, a program, or nobody."""

from __future__ import annotations

from ..core.enforcement import Audience
from ..exchange import Exchange
from .negotiation import Environ, asks_for_html, is_htmx

#: What a browser asks for as a part of a page, or for itself: it shows no person the answer
#: (https://fetch.spec.whatwg.org/#concept-request-destination).
_PARTS = frozenset(
    (
        "audio",
        "audioworklet",
        "embed",
        "font",
        "image",
        "json",
        "manifest",
        "object",
        "paintworklet",
        "report",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "track",
        "video",
        "webidentity",
        "worker",
        "xslt",
    )
)
#: How the Accept of such a request begins. On plain http browsers send no ``Sec-Fetch-*``.
_PART_KINDS = ("image/", "text/css", "font/", "application/font", "audio/", "video/")

#: With these a browser sends what a person or a proxy has given it once, for every page.
_OF_BROWSERS = ("basic", "digest", "negotiate", "ntlm")


def audience_of(exchange: Exchange) -> Audience:
    """Return who sees the answer."""
    environ = exchange.request.environ
    seen_by = Audience.PERSON if is_document(environ) else Audience.CALL
    if _is_part_of_page(environ) or exchange.is_passive():
        return Audience.NOBODY
    # Every browser sends Accept with everything (https://fetch.spec.whatwg.org/#fetching, step 12).
    if "HTTP_ACCEPT" not in environ and "HTTP_SEC_FETCH_MODE" not in environ:
        return Audience.CALL if _is_script(environ) else Audience.CLIENT
    return seen_by


def is_document(environ: Environ) -> bool:
    """Return whether a person opens the page in a window or a frame."""
    mode = environ.get("HTTP_SEC_FETCH_MODE")
    if mode is not None:
        return bool(mode == "navigate")
    return not _is_script(environ) and asks_for_html(environ)


def _is_script(environ: Environ) -> bool:
    return "HTTP_X_REQUESTED_WITH" in environ or is_htmx(environ)


def _is_part_of_page(environ: Environ) -> bool:
    if environ.get("HTTP_SESSION440_CLIENT") == "?1":  # our script shows a dialog instead
        return True
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination is not None:
        # no-cors: no script can read the answer either (https://fetch.spec.whatwg.org/#concept-request-mode).
        return destination in _PARTS or environ.get("HTTP_SEC_FETCH_MODE") == "no-cors"
    accept: str = environ.get("HTTP_ACCEPT", "")
    return accept.startswith(_PART_KINDS) and "html" not in accept


def has_own_credentials(exchange: Exchange) -> bool:
    """Return whether a call brings credentials of its own, so that cookies say nothing.

    A page is no such call: a proxy may add a bearer token to every one (oauth2-proxy).
    """
    environ = exchange.request.environ
    scheme, _, credentials = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    if credentials.strip() and scheme.lower() not in _OF_BROWSERS:
        return True
    return exchange.request.has_own_credentials()
