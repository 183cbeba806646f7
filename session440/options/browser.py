"""The options by theme: the cookies and pages that browsers get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, TypedDict

from .types import Keys


class Cookies(TypedDict, total=False):
    """The ticket's cookie, and the keys that sign it."""

    secret_key_fallbacks: Keys
    """Former secret keys: tickets that they signed are still accepted.

    Default: the framework's own ``SECRET_KEY_FALLBACKS``; in WSGI and ASGI none.

    Example: ``secret_key_fallbacks=["the former random text"]``.
    """

    cookie_name: str | None
    """The ticket cookie's name. With the prefix ``__Host-`` or ``__Secure-`` the cookie must
    keep the rules of the prefix (RFC 6265bis, section 4.1.3).

    Default, also for ``None``: the session cookie's name + ``440``; in WSGI and
    ASGI ``"login440"``.

    Example: ``cookie_name="__Host-login440"``.
    """

    adopt: bool | date | str
    """Whether a session that is logged in, but that session440 has never seen, begins a login
    now; or the day until which it does so (UTC; a ``date``, text such as ``"2027-01-31"``, or an
    aware ``datetime``).

    Default: ``True``; with ``watch_cookie`` ``False``.

    Example: ``adopt="2027-01-31"``.
    """


class Pages(TypedDict, total=False):
    """In the browser."""

    endpoint: str | None
    """The path of status, extend and client.js; ``None`` switches them off.

    Default: ``"/session440"``.

    Example: ``endpoint="/logins"``.
    """

    trusted_origins: Sequence[str]
    """Other origins whose pages may extend and end a login, such as ``"https://app.example.org"``
    or ``"https://*.example.org"``: for proxies that change ``Host``.

    Default: none; in Django ``CSRF_TRUSTED_ORIGINS``.

    Example: ``trusted_origins=["https://app.example.org"]``.
    """

    page_cache: Literal["no-store"] | None
    """Whether browsers may keep the pages of somebody who is logged in. ``"no-store"``: they keep
    no HTML page, and the Back button shows none after the end. A page that says itself how it may
    be kept is left alone.

    Default: ``None``; with the presets ``"owasp-high"`` and ``"nist-aal3"`` ``"no-store"``.
    (OWASP ASVS 5.0, 14.3.2.)

    Example: ``page_cache="no-store"``.
    """

    clear_site_data: Sequence[Literal["storage", "cache"]]
    """What a browser is told to clear when a person logs out, and with a 440 that they see
    (``Clear-Site-Data``). Browsers take some seconds for ``"cache"``.

    Default: nothing. (OWASP ASVS 5.0, 14.3.1.)

    Example: ``clear_site_data=("storage",)``.
    """
