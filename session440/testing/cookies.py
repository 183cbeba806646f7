"""The ticket's cookie in the jar of a test client."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookiejar import Cookie
from http.cookies import BaseCookie
from inspect import iscoroutinefunction
from typing import Any, Protocol


class Jar(Protocol):
    """One cookie of a client."""

    def read(self) -> str | None:
        """Return its value; ``None`` if the client has no such cookie."""

    def write(self, value: str) -> None:
        """Replace its value."""


def jar_of(client: Any, name: str) -> Jar:
    """Return the cookie called *name* of a client.

    :param client: a test client of Flask, Werkzeug, Django or Starlette, or a client of httpx or
        requests.
    :raises TypeError: for any other.
    """
    if hasattr(client, "get_cookie") and hasattr(client, "set_cookie"):
        return _WerkzeugJar(client, name)
    cookies = getattr(client, "cookies", None)
    if isinstance(cookies, BaseCookie):
        return _DjangoJar(cookies, name)
    if hasattr(cookies, "get_dict") or hasattr(cookies, "jar"):
        return _CookieJar(cookies, name)
    raise TypeError(
        f"{type(client).__name__} is no client of Flask, Werkzeug, Django, Starlette, httpx or "
        "requests, whose cookies are known"
    )


def may_ask(client: Any) -> bool:
    """Return whether a client knows the site by itself, so that a path is enough to ask it.

    A client for coroutines does not: nothing here awaits it.
    """
    if iscoroutinefunction(client.post):
        return False
    is_own = hasattr(client, "get_cookie") or isinstance(client.cookies, BaseCookie)
    return is_own or bool(str(getattr(client, "base_url", "")))


class _WerkzeugJar:
    """Of the test client of Flask and Werkzeug, which finds a cookie by its domain and path."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def read(self) -> str | None:
        found = self._found()
        return found and str(found.value)

    def write(self, value: str) -> None:
        found = self._found()
        place = {"domain": found.domain, "path": found.path}
        self._client.set_cookie(self._name, value, secure=found.secure, **place)

    def _found(self) -> Any:
        places = (self._client.get_cookie(self._name, *each) for each in self._places())
        return next((each for each in places if each), None)

    def _places(self) -> Iterator[tuple[str, str]]:
        config = getattr(self._client.application, "config", {})
        host = (config.get("SERVER_NAME") or "").partition(":")[0]
        own = config.get("SESSION_COOKIE_DOMAIN") or ""
        for domain in filter(None, (own.lstrip("."), host, "localhost")):
            for path in (config.get("SESSION_COOKIE_PATH"), config.get("APPLICATION_ROOT"), "/"):
                yield domain, path or "/"


class _DjangoJar:
    """Of Django's test client."""

    def __init__(self, cookies: BaseCookie[str], name: str) -> None:
        self._cookies, self._name = cookies, name

    def read(self) -> str | None:
        found = self._cookies.get(self._name)
        return found.value if found else None

    def write(self, value: str) -> None:
        self._cookies[self._name] = value


class _CookieJar:
    """Of httpx, and so of Starlette's test client, and of requests."""

    def __init__(self, cookies: Any, name: str) -> None:
        self._jar, self._name = getattr(cookies, "jar", cookies), name

    def read(self) -> str | None:
        return next((each.value for each in self._found()), None)

    def write(self, value: str) -> None:
        for each in self._found():
            each.value = value

    def _found(self) -> Iterator[Cookie]:
        return (each for each in self._jar if each.name == self._name)
