"""A connection's scope by names as in CGI, which the engine asks for.

https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .types import Scope

#: Text stands for bytes, as in PEP 3333.
_LATIN = "latin-1"
_UNPREFIXED = ("content-type", "content-length")

Pairs = Iterable[tuple[bytes, bytes]]


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return what a WSGI server would say of the request."""
    headers = scope["headers"]
    environ: dict[str, Any] = {_name(name): value.decode(_LATIN) for name, value in headers}
    if len(environ) != len(headers):
        environ = _joined(headers)
    environ["SCRIPT_NAME"], environ["PATH_INFO"] = root_of(scope), path_of(scope)
    environ["QUERY_STRING"] = scope.get("query_string", b"").decode(_LATIN)
    environ["wsgi.url_scheme"] = "https" if is_secure(scope) else "http"
    environ["wsgi.input_terminated"] = True  # the server marks the end of a body
    environ["REQUEST_METHOD"] = scope.get("method", "GET")
    if scope["type"] == "websocket":  # over HTTP/2 it has no such header (RFC 8441 section 5)
        environ["HTTP_UPGRADE"] = "websocket"
    if "HTTP_HOST" not in environ:
        _name_host(environ, scope)
    return environ


def is_secure(scope: Scope) -> bool:
    """Return whether the request is known to have come by https."""
    return scope.get("scheme") in ("https", "wss")


def root_of(scope: Scope) -> str:
    """Return the path at which the app is mounted."""
    return _as_bytes(scope.get("root_path", ""))


def path_of(scope: Scope) -> str:
    """Return the path within the app.

    ``path`` includes ``root_path``; but not on servers behind a proxy that has removed it. This is
    what Starlette does (``get_route_path``).
    """
    root, path = scope.get("root_path"), scope["path"]
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        path = path[len(root) :]
    return _as_bytes(path)


def cookies_of(headers: Pairs) -> str | None:
    """Return the header ``Cookie``. HTTP/2 may send several (RFC 9113 section 8.2.3)."""
    found = None
    for name, value in headers:
        if name == b"cookie":
            found = value if found is None else found + b"; " + value
    return None if found is None else str(found, _LATIN)


@lru_cache(maxsize=512)  # browsers send few, but anybody may send any
def _name(header: bytes) -> str:
    """Return a header's name in CGI (RFC 3875 section 4.1.18)."""
    name = header.decode(_LATIN).lower()
    if "_" in name:  # it would pass for one with a hyphen, which a proxy may have removed
        return f"ignored {name}"
    cgi = name.upper().replace("-", "_")
    return cgi if name in _UNPREFIXED else f"HTTP_{cgi}"


def _joined(headers: Pairs) -> dict[str, Any]:
    """Return the headers, those that stand several times as one (RFC 9110 section 5.2)."""
    found: dict[str, Any] = {}
    for header, value in headers:
        name, text = _name(header), value.decode(_LATIN)
        joint = "; " if name == "HTTP_COOKIE" else ","
        found[name] = f"{found[name]}{joint}{text}" if name in found else text
    return found


def _as_bytes(text: str) -> str:
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode(_LATIN)


def _name_host(environ: dict[str, Any], scope: Scope) -> None:
    """Note the host, for a request without the header ``Host``."""
    if "HTTP_:AUTHORITY" in environ:  # a server that leaves HTTP/2's names as they are
        environ["HTTP_HOST"] = environ["HTTP_:AUTHORITY"]
    host, port = scope.get("server") or ("", None)
    environ["SERVER_NAME"], environ["SERVER_PORT"] = host, str(port or "")


def show_cookies(scope: Scope, environ: dict[str, Any]) -> None:
    """Let the app see the cookies of *environ*, from which one may have been taken."""
    headers = scope["headers"]
    shown = environ.get("HTTP_COOKIE", "").encode(_LATIN)
    if [value for name, value in headers if name == b"cookie"] in ([], [shown]):
        return
    others = [each for each in headers if each[0] != b"cookie"]
    scope["headers"] = [*others, (b"cookie", shown)] if shown else others
