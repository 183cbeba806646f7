"""What a request's headers say: which form of answer the caller wants, where the person was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from ..core.ports import Request

Environ = Mapping[str, Any]

#: The request headers that decide about a 440: its form, its links, and if evidence is kept.
LOOKED_AT = (
    "HX-Request",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Dest",
    "X-Requested-With",
    "Accept",
    "HX-Current-URL",
    "Referer",
    "Sec-Purpose",
    "Purpose",
    "X-Moz",
    "X-Sec-Purpose",
    "Upgrade",
    "Service-Worker",
    "Content-Type",
    "Authorization",
    "Session440-Passive",
    "Session440-Client",
    "Accept-Language",
)


def is_htmx(environ: Environ) -> bool:
    """Return whether htmx asks for a part of a page."""
    return environ.get("HTTP_HX_REQUEST") == "true"


def wants_html(environ: Environ) -> bool:
    """Return whether the caller shows a person what it gets.

    A script does too that asks for HTML, as those do that navigate by fetch (Turbo).
    """
    if environ.get("HTTP_SEC_FETCH_MODE") == "navigate":
        return True
    return "HTTP_X_REQUESTED_WITH" not in environ and asks_for_html(environ)


def asks_for_html(environ: Environ) -> bool:
    """Return whether ``Accept`` names HTML and prefers it."""
    return _prefers_html(environ.get("HTTP_ACCEPT", ""))


@lru_cache(maxsize=128)  # browsers and programs send few of them
def _prefers_html(accept: str) -> bool:
    for kind, quality in parse_accept_header(accept, MIMEAccept):  # best first
        if quality > 0 and kind in ("text/html", "application/xhtml+xml"):
            return True
        if quality > 0 and kind.endswith(("/json", "+json")):
            return False
    return False


def is_by_client(environ: Environ) -> bool:
    """Return whether our script asks: it tells the person why, and the page stays open."""
    return environ.get("HTTP_SESSION440_CLIENT") == "?1"


#: Headers by which something behind us may take another method for the request's.
_OVERRIDES = ("HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")


def is_overridden(environ: Environ) -> bool:
    """Return whether the app may take another method for the request's: then no method is safe."""
    for name in _OVERRIDES:
        if name in environ:
            return True
    return "_method=" in environ.get("QUERY_STRING", "")


def is_same_origin(request: Request) -> bool:
    """Return whether a page of this site sent the request (against CSRF)."""
    environ, host = request.environ, request.host()
    origin: str = environ.get("HTTP_ORIGIN", "").lower()
    if origin and is_trusted(origin, request.trusted_origins()):
        return True
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return bool(site == "same-origin")
    if not host or (request.is_secure() and not origin.startswith("https:")):
        # A page that came by http may be anybody's on the way. Behind a proxy that ends TLS the
        # app may not know that it is https, so an origin that is does no harm.
        return False
    return without_port(_netloc(origin), origin) == without_port(host, origin)


def without_port(netloc: str, url: str) -> str:
    """Return *netloc* in lower case, without the port that the scheme of *url* has anyway."""
    port = ":443" if url.startswith("https:") else ":80"
    return netloc.lower().removesuffix(port)


def is_trusted(origin: str, trusted: Iterable[str]) -> bool:
    """Return whether *origin* is one of *trusted*: ``https://*.example.org`` is any subdomain."""
    for each in trusted:
        scheme, _, host = each.lower().partition("://")
        if host.startswith("*."):
            if origin.startswith(f"{scheme}://") and origin.endswith(host[1:]):
                return True
        elif origin == f"{scheme}://{host}":
            return True
    return False


def _netloc(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # for example "http://["
        return ""
    return parts.netloc.lower() if parts.scheme in ("http", "https") else ""


#: What a page shows within itself.
_FRAMES = ("iframe", "frame", "embed", "object")


def return_target(
    environ: Environ, location: str, host: str, is_script: bool = False
) -> str | None:
    """Return where the *person* was, as a path of this site; ``None`` if that is not known.

    :param location: the request's own path and query.
    :param host: the site's host, as the browser shows it.
    :param is_script: whether the request is known to come from a script, whatever its headers.
    """
    if is_htmx(environ):
        return path_on(host, environ.get("HTTP_HX_CURRENT_URL", ""))
    mode = environ.get("HTTP_SEC_FETCH_MODE", "navigate")
    # Within a frame: the person is on the page around it.
    is_script |= mode != "navigate" or environ.get("HTTP_SEC_FETCH_DEST") in _FRAMES
    is_script |= "HTTP_X_REQUESTED_WITH" in environ
    if not is_script and environ.get("REQUEST_METHOD") in (
        "GET",
        "HEAD",
    ):
        return _safe(location)
    return path_on(host, environ.get("HTTP_REFERER", ""))


def path_on(host: str, url: str) -> str | None:
    """Return the path and query of *url* if it is one of *host*, and safe to come back to."""
    if not host or _netloc(url) != host.lower():
        return None
    parts = urlsplit(url)
    return _safe((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _safe(path: str) -> str | None:
    """Return *path*, or ``None`` if a browser would read it as another site (``//host``)."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    return path if path.isprintable() else None


#: The characters that need no quoting in a path, beside letters and digits: RFC 3986 section 3.3.
_PATH_SAFE = "/:@!$&'()*+,;=~-._"
_PLAIN_PATH = re.compile(rf"[0-9A-Za-z{re.escape(_PATH_SAFE)}]*")


def location_of(environ: Environ) -> str:
    """Return a WSGI request's path and query as its browser would write them."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    if not path.isascii():
        path = _decoded(path)
    query = environ.get("QUERY_STRING", "")
    quoted = path if _PLAIN_PATH.fullmatch(path) else quote(path, safe=_PATH_SAFE)
    return f"{quoted}?{query}" if query else quoted


def root_of(environ: Environ) -> str:
    """Return the path at which the app is mounted, as browsers write it."""
    return as_ascii(_decoded(environ.get("SCRIPT_NAME", "")) + "/")


def path_of(environ: Environ) -> str:
    """Return a WSGI request's path within the app; PEP 3333 passes bytes as latin-1."""
    return _decoded(environ.get("PATH_INFO", ""))


def _decoded(text: str) -> str:
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "replace")


def is_page_of(url: str, location: str, host: str) -> bool:
    """Return whether *location* is the page at *url*; a query or a last slash does not count.

    Each of the two may be a path of the site on *host*, or a whole URL.
    """
    try:
        page, place = urlsplit(url), urlsplit(location)
    except ValueError:
        return False
    same_host = (page.netloc or host).lower() == (place.netloc or host).lower()
    return same_host and unquote(page.path).rstrip("/") == unquote(place.path).rstrip("/")


def is_on(location: str, host: str) -> bool:
    """Return whether *location*, a path or a URL, is on *host*."""
    try:
        netloc = urlsplit(location).netloc
    except ValueError:
        return False
    return not netloc or netloc.lower() == host.lower()


def within_app(url: str, environ: Environ) -> str:
    """Return a path of the app, such as ``/login``, as a path of the site it is mounted in."""
    if not environ.get("SCRIPT_NAME"):
        return url
    root = _decoded(environ["SCRIPT_NAME"]).rstrip("/")
    is_path = url.startswith("/") and not url.startswith("//")
    return root + url if is_path and root and not url.startswith(f"{root}/") else url


def as_ascii(url: str) -> str:
    """Return *url* as a header can carry it: in ASCII, and on one line (RFC 3987 section 3.1)."""
    return quote(url, safe=_RESERVED, errors="surrogatepass")


#: The characters of a URL that mean something, or are the result of quoting.
_RESERVED = "%/:?#[]@!$&'()*+,;=~-._"
_HEADER_SAFE = re.compile(r"[!-~]*")


_quoted_name = lru_cache(maxsize=16)(quote)  # a site has one


def with_next(url: str, param: str, target: str | None) -> str:
    """Return *url*, in ASCII, with the parameter *param* set to *target*."""
    if not _HEADER_SAFE.fullmatch(url):
        url = as_ascii(url)
    if target is None:
        return url
    bare, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in bare else "?"
    return f"{bare}{joint}{_quoted_name(param)}={quote(target, safe='')}{hash_sign}{fragment}"


def refuses(request: Request, status: int, location: str | None) -> bool:
    """Return whether the app refuses a visitor: 401, 403, or a redirect to a login page."""
    if status in (401, 403):
        return True
    is_redirect = location is not None and 300 <= status < 400
    return is_redirect and request.is_login_page(location or "")
