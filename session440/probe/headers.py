"""Checks what else a 440 should have: the headers of other answers."""

from __future__ import annotations

from collections.abc import Iterator

from ..doctor.finding import Finding
from .answer import Answer, shown

#: Headers that proxies often add; without "always" nginx does not add them to a 440
#: (https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header).
_ADDED = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
    "Strict-Transport-Security",
    "Referrer-Policy",
    "Permissions-Policy",
    "X-Frame-Options",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Resource-Policy",
)


def examine(status: Answer, sample: Answer) -> Iterator[Finding]:
    """Yield what a 440 lacks that a 200 of the same site has."""
    missing = [name for name in _ADDED if status[name] and not sample[name]]
    if missing:
        yield Finding(
            "session440.W074",
            f"a {sample.status} lacks what a 200 has: {', '.join(missing)}",
            "without its CORS headers a script sees a network error instead of the 440, and "
            "nobody is told to log in again; the other headers protect every answer, also this one",
            "nginx: "
            + " ".join(f'add_header {name} "{shown(status[name])}" always;' for name in missing),
        )
