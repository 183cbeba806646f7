"""Which responses an app gives to shared caches (RFC 9111 section 5.2.2, RFC 9213)."""

from __future__ import annotations

from collections.abc import Callable

#: Returns a header of the response by its name, which is given in small letters.
Header = Callable[[str], "str | None"]

#: Headers that are addressed to CDNs and prevail there over Cache-Control (RFC 9213 section 2.2).
TARGETED = (
    "CDN-Cache-Control",
    "Cloudflare-CDN-Cache-Control",
    "Netlify-CDN-Cache-Control",
    "Vercel-CDN-Cache-Control",
    "Surrogate-Control",
)

_TARGETED = tuple(map(str.lower, TARGETED))

_OWN = ("cache-control", "expires", "pragma")

_ZERO = ("", "0")


def is_shared(header: Header) -> bool:
    """Return whether the app gives the response to shared caches.

    A lifetime of 0 is how many sites write that nothing is to be cached.
    """
    cache_control = header("cache-control")
    if cache_control and _is_public(_directives(cache_control)):
        return True
    for name in _TARGETED:
        value = header(name)
        if value and _keeps(_directives(value)):
            return True
    return False


def says_something(header: Header) -> bool:
    """Return whether the app says how the response may be kept."""
    return any(header(name) is not None for name in (*_OWN, *_TARGETED))


def _is_public(own: dict[str, str]) -> bool:
    if "public" in own:
        return True
    return own.get("s-maxage", "") not in _ZERO and not own.keys() & {"private", "no-store"}


def made_private(header: Header) -> tuple[tuple[str, str], ...]:
    """Return the headers that keep the response out of shared caches, where the app gave it."""
    own = ("Cache-Control", _private(header("cache-control")))
    return own, *(
        (name, "private, no-store") for name in TARGETED if header(name.lower()) is not None
    )


def _private(cache_control: str | None) -> str:
    kept = [
        each
        for each in listed((cache_control or "").lower())
        if each != "public" and not each.startswith("s-maxage")
    ]
    if "private" in kept or "no-store" in kept:
        return ", ".join(kept)
    return ", ".join([*kept, "private"])


def _keeps(targeted: dict[str, str]) -> bool:
    if not targeted or targeted.keys() & {"private", "no-store", "no-cache"}:
        return False
    return targeted.get("s-maxage", targeted.get("max-age")) not in _ZERO


def _directives(value: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in listed(value.lower()))
    return {name.strip(): argument.strip(' "') for name, _, argument in pairs}


def listed(header: str) -> list[str]:
    """Return the elements of a header that is a list (RFC 9110 section 5.6.1)."""
    return [each.strip() for each in header.split(",") if each.strip()]
