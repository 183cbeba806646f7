"""The app's own ``Set-Cookie`` headers of one name, and what a browser makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from werkzeug.http import parse_date

from ..core.cookie import Scope


class SetCookie(NamedTuple):
    """A ``Set-Cookie`` header: the cookie's value (``""`` if it is deleted) and its scope."""

    value: str
    scope: Scope


def set_cookies(headers: Iterable[tuple[str, str]], name: str, path: str, now: float) -> SetCookies:
    """Return what a response sets or deletes under *name*.

    :param path: of the request, for a cookie that names no path (RFC 6265 section 5.1.4).
    """
    texts = [text for header, text in headers if header.lower() == "set-cookie"]
    ours = [text for text in texts if text.partition("=")[0].strip() == name]
    default = path.rpartition("/")[0] or "/"
    return SetCookies([_parsed(text, default, now) for text in ours])


class SetCookies:
    """The cookies of one name that a response sets, at most one for each place.

    At one place the last one counts.
    """

    def __init__(self, cookies: Iterable[SetCookie]) -> None:
        self._by_place: dict[tuple[str, str | None], SetCookie] = {}
        for cookie in cookies:
            self._by_place.pop(cookie.scope.place, None)
            self._by_place[cookie.scope.place] = cookie

    def __bool__(self) -> bool:
        return bool(self._by_place)

    def is_deleted(self, scope: Scope) -> bool:
        """Return whether the cookie with *scope* is deleted; another place's does not count."""
        cookie = self._by_place.get(scope.place)
        return cookie is not None and not cookie.value

    def counting(self, scope: Scope | None) -> SetCookie | None:
        """Return the cookie that the next request brings: the one at *scope*, else the last."""
        living = {place: each for place, each in self._by_place.items() if each.value}
        if scope is not None and scope.place in living:
            return living[scope.place]
        return next(reversed(living.values()), None)


def _parsed(text: str, default: str, now: float) -> SetCookie:
    pair, *attributes = text.split(";")
    value = pair.partition("=")[2].strip()
    pairs = [each.partition("=") for each in attributes]
    scope = _scope_of({key.strip().lower(): found.strip() for key, _, found in pairs}, default, now)
    is_deleted = value in ("", '""') or scope.max_age == 0
    return SetCookie("" if is_deleted else value, scope)


def _scope_of(known: dict[str, str], default: str, now: float) -> Scope:
    path = known.get("path", "")
    return Scope(
        path=path if path.startswith("/") else default,
        domain=known.get("domain") or None,
        secure="secure" in known,
        samesite=known.get("samesite") or None,
        partitioned="partitioned" in known,
        max_age=_age_of(known, now),
    )


def _age_of(known: dict[str, str], now: float) -> int | None:
    """Return the seconds a cookie lasts: Max-Age goes before Expires (RFC 6265 5.3)."""
    age = known.get("max-age", "")
    if age.lstrip("-").isdigit():
        return max(0, int(age))
    expires = parse_date(known.get("expires"))
    return None if expires is None else max(0, int(expires.timestamp() - now))
