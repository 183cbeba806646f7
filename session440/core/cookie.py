"""The cookie that carries a ticket: how it is found in a header and how it is written."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from werkzeug.http import dump_cookie

from ..exceptions import CookieRuleError
from ..moments import DAY

#: Browsers cap a cookie's age at 400 days (RFC 6265bis section 5.5).
LONGEST_AGE = 400 * DAY


class Scope(NamedTuple):
    """Where a cookie is sent and how long it is kept, as for the framework's session cookie.

    ``max_age`` is in seconds; with ``None`` the cookie lasts until the browser is closed.
    """

    path: str = "/"
    domain: str | None = None
    secure: bool = False
    samesite: str | None = None
    partitioned: bool = False
    max_age: int | None = None

    @property
    def place(self) -> tuple[str, str | None]:
        """Where a browser keeps the cookie: by path and domain (RFC 6265 section 5.3, step 11)."""
        return self.path, self.domain and self.domain.lstrip(".").lower()

    @property
    def place_as_text(self) -> str:
        """The place, for people to read."""
        path, domain = self.place
        return f"path={path} domain={domain or 'none'}"


class Cookie(NamedTuple):
    """A cookie to set; a ``max_age`` of 0 deletes it."""

    name: str
    value: str
    scope: Scope

    def header(self) -> str:
        """Return the value of ``Set-Cookie``.

        The value is a ticket, or empty, and needs no quotes.
        """
        return f"{self.name}={self.value}{_attributes(self.scope)}"


@lru_cache(maxsize=64)  # an app has two, and one more for each former one
def _attributes(scope: Scope) -> str:
    """Return what follows a cookie's value."""
    written = dump_cookie(
        "name",
        "",
        max_age=scope.max_age,
        expires=0 if scope.max_age == 0 else None,
        path=scope.path,
        domain=scope.domain,
        secure=scope.secure,
        httponly=True,
        samesite=scope.samesite,
        partitioned=scope.partitioned,
        max_size=0,  # Werkzeug's warning is an error under -W error; long ids are rare
    )
    return written.removeprefix("name=")


def find_cookies(header: str, name: str) -> list[str]:
    """Return the values of the cookies called *name* in a ``Cookie`` header."""
    before, found, after = header.partition(f"{name}=")
    if (
        found and name not in after and before[-2:] in ("", "; ")
    ):  # the common case, in half the time
        return [after.partition(";")[0].strip()]
    pairs = [part.strip().partition("=") for part in header.split(";") if name in part]
    return [value.strip() for key, _, value in pairs if key.strip() == name]


def check_prefix(name: str, scope: Scope) -> None:
    """Check a cookie's name against the rules of its prefix (RFC 6265bis section 4.1.3).

    :raises CookieRuleError: if browsers would reject the cookie.
    """
    if name.lower().startswith(("__host-", "__secure-")) and not scope.secure:
        raise CookieRuleError(f"cookie_name is {name!r}, but the cookie is not Secure")
    if name.lower().startswith("__host-") and (scope.domain or scope.path != "/"):
        raise CookieRuleError(
            f"cookie_name is {name!r}, but the cookie has a Domain or a Path other than /"
        )
