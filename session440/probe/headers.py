"""Checks what else a 440 should have: the headers of other answers, and its cookie's flags."""

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
    """Yield what a 440 lacks that a 200 of the same site has, and what is wrong with its cookie."""
    missing = [name for name in _ADDED if status[name] and not sample[name]]
    if missing:
        yield Finding(
            "session440.W074",
            f"a {sample.status} lacks what a 200 has: {', '.join(missing)}",
            "without its CORS headers a script sees a network error instead of the 440, and "
            "nobody is told to log in again; the other headers protect any answer, this one too",
            "nginx: "
            + " ".join(f'add_header {name} "{shown(status[name])}" always;' for name in missing),
        )
    if sample.is_https:
        yield from _examine_cookies(sample)


def _examine_cookies(sample: Answer) -> Iterator[Finding]:
    for cookie in sample.all("Set-Cookie"):
        name, _, value = cookie.partition("=")
        if not name.endswith("-sample"):
            continue
        faults = [*_faults(name, _attributes(value))]
        if faults:
            yield Finding(
                "session440.W075",
                f"the cookie {shown(name.removesuffix('-sample'))} on https: "
                + ", ".join(found for found, _ in faults),
                "others may read it on its way, plant one of that name, or have it sent along "
                "with what their pages ask for (RFC 6265bis sections 4.1.2 and 4.1.3)",
                "; ".join(remedy for _, remedy in faults),
            )


def _attributes(text: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in text.split(";")[1:]]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _faults(name: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "secure" not in attributes:
        yield "not Secure", "set SESSION_COOKIE_SECURE = True (WSGI: cookie_secure=True)"
    if "httponly" not in attributes:
        yield "not HttpOnly", "let the proxy leave the flag alone (nginx: proxy_cookie_flags)"
    if not name.lower().startswith("__host-"):
        yield (
            "its name does not begin with __Host-",
            "name it so with the option cookie_name, and the session's cookie too; it then needs "
            "Secure, the path / and no domain. This logs everybody out once",
        )
    if attributes.get("samesite", "").lower() == "none":
        yield "SameSite=None", "set SESSION_COOKIE_SAMESITE = 'Lax', unless other sites embed this"
