"""Options that are texts, numbers, or lists of texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..exceptions import ConfigurationError
from ..options import Key
from ..stores import TicketStore
from ..stores.opening import check_url
from .failure import Check, wrong
from .functions import is_async

_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 6265 section 4.1.1, a token
_STORE_METHODS = ("find", "insert", "touch", "end", "by_subject", "purge", "generation")


# Keys: an error shows no key


def key(name: str, value: Any) -> Key:
    """Return *value* if it is text or bytes."""
    if not _is_key(value):
        raise ConfigurationError(f"{name} is a {type(value).__name__}; give text or bytes")
    return value  # type: ignore[no-any-return]  # of the type that was asked for


def keys(name: str, value: Any) -> tuple[Key, ...]:
    """Return the keys of a list; a text does not count as a list of its characters."""
    if not isinstance(value, (list, tuple)) or not all(map(_is_key, value)):
        raise ConfigurationError(f"{name} is not a list of keys; give a list of text or bytes")
    return tuple(value)


def _is_key(value: object) -> bool:
    return isinstance(value, (str, bytes))


def origins(name: str, value: Any) -> tuple[str, ...]:
    """Return *value*, a list of origins, as a tuple; each may have a ``*.`` before its host."""
    given = (None,) if isinstance(value, str) or not isinstance(value, Sequence) else tuple(value)
    for each in given:
        if not isinstance(each, str) or not re.fullmatch(r"https?://(\*\.)?[^\s/*?#@]+", each):
            raise wrong(name, value, 'a list of origins such as "https://app.example.org"')
    return given


# Text and numbers


def text(name: str, value: Any) -> str:
    """Return *value* if it is text, and not empty."""
    if not (isinstance(value, str) and value):
        raise wrong(name, value, "some text")
    return value


def one_of(*choices: str | int) -> Check:
    """Return a check for one of the *choices*."""

    def check(name: str, value: Any) -> str | int:
        for each in choices:
            if isinstance(value, type(each)) and value == each:
                return each
        raise wrong(name, value, " or ".join(repr(each) for each in choices))

    return check


def number(least: int, would_do: str) -> Check:
    """Return a check for a whole number that is *least* or more."""

    def check(name: str, value: Any) -> int:
        if type(value) is not int or value < least:
            raise wrong(name, value, would_do)
        return value

    return check


def patterns(name: str, value: Any) -> tuple[str, ...]:
    """Return the path patterns of a list; a text does not count as a list of its characters."""
    whole = isinstance(value, (list, tuple, set, frozenset))
    if not whole or not all(
        isinstance(each, str) and each.startswith(("/", "*")) for each in value
    ):
        raise wrong(name, value, 'a list of path patterns such as ["/docs/*"]')
    return tuple(value)


def endpoint(name: str, value: Any) -> str:
    """Return *value* if it is a path that a browser requests exactly as it is written."""
    is_path = isinstance(value, str) and re.fullmatch(r"(/[\w.~-]+)+", value)
    if not is_path or {".", ".."} & {*value.split("/")}:
        raise wrong(name, value, 'a path such as "/session440", or None to have no endpoint')
    return value  # type: ignore[no-any-return]  # of the type that was asked for


def cookie_name(name: str, value: Any) -> str:
    """Return *value* if it is a valid name for a cookie."""
    if not (isinstance(value, str) and _COOKIE_NAME.fullmatch(value)):
        raise wrong(name, value, "a cookie's name (RFC 6265, a token)")
    return value


def unused_cookie(name: str | None, used: Mapping[str, str]) -> None:
    """Raise a ``ConfigurationError`` if another cookie of the site has the ticket cookie's name.

    :param used: what the other cookies are, by their names.
    """
    if name is not None and name in used:
        raise ConfigurationError(
            f"cookie_name is {name!r}, the name of {used[name]}; give another, or leave it out"
        )


def domain(name: str, value: Any) -> str:
    """Return *value* if it is the domain of a cookie."""
    if not (isinstance(value, str) and re.fullmatch(r"[\w.-]+", value)):
        raise wrong(name, value, 'a domain such as "example.org", or None to have none')
    return value


def truth(name: str, value: Any) -> bool:
    """Return *value* if it is ``True`` or ``False``; as a condition the text "False" is true."""
    if not isinstance(value, bool):
        raise wrong(name, value, "True, False or None")
    return value


def store(name: str, value: Any) -> TicketStore | str:
    """Return *value* if it is a store, or the URL of one."""
    if isinstance(value, str):
        check_url(value)
    elif isinstance(value, type):
        raise ConfigurationError(f"{name} is the class {value.__name__}; give an instance of it")
    elif not all(_is_method(value, each) for each in _STORE_METHODS):
        raise ConfigurationError(f"{name} is a {type(value).__name__}; give a TicketStore or a URL")
    return value  # type: ignore[no-any-return]  # a store has these methods


def _is_method(value: Any, name: str) -> bool:
    return callable(method := getattr(value, name, None)) and not is_async(method)


#: What a browser may be told to clear (https://www.w3.org/TR/clear-site-data/#header).
_CLEARED = ("storage", "cache")
_NOT_CLEARED = {
    "cookies": "would delete the cookies of every app of the domain, and with them the ticket that "
    "says why the login has ended",
    "*": "includes the cookies",
}


def clear_site_data(name: str, value: Any) -> tuple[str, ...]:
    """Return the kinds of data that a browser is told to clear when a login ends."""
    if isinstance(value, (list, tuple)):
        for each in value:
            if isinstance(each, str) and each in _NOT_CLEARED:
                raise ConfigurationError(f"{name} has {each!r}, which {_NOT_CLEARED[each]}")
        if all(each in _CLEARED for each in value):
            return tuple(dict.fromkeys(value))
    raise wrong(name, value, f"a list of {' and '.join(map(repr, _CLEARED))}")
