"""What an option's value must be: each check returns the value as it is kept.

A check takes the option's name and its value. For a wrong value it raises a
``ConfigurationError`` that names both and says what is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from enum import Enum
from inspect import isasyncgenfunction, iscoroutinefunction, signature
from typing import Any, Final

from .exceptions import ConfigurationError
from .options import Key
from .policy import PRESETS, Policy, is_zero, seconds
from .stores import TicketStore
from .stores.opening import check_url

Check = Callable[[str, Any], Any]

_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 6265 section 4.1.1, a token
_STORE_METHODS = ("find", "insert", "touch", "end", "by_subject", "purge", "generation")
#: The end of the last year that Python's dates have, in epoch seconds.
_YEAR_10000 = 253402300800


class Unset(Enum):
    """The default of an option for which no value is given; ``None`` is a value."""

    FROM_POLICY = "from the policy"

    def __repr__(self) -> str:
        return f"<{self.value}>"


FROM_POLICY: Final = Unset.FROM_POLICY


def wrong(name: str, value: object, would_do: str) -> ConfigurationError:
    """Return the error that says what an option's value is, and what is accepted."""
    # A URL may hold a password.
    shown = "a URL" if isinstance(value, str) and "://" in value else repr(value)
    return ConfigurationError(f"{name} is {shown}; give {would_do}")


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


# Policies and durations


def policy(name: str, value: Any, own: Mapping[str, Policy] | None = None) -> Policy:
    """Return a policy: *value* itself, or the preset or one of the site's *own* that it names."""
    if isinstance(value, Policy):
        return value
    named = {**PRESETS, **(own or {})}
    if isinstance(value, str) and value in named:
        return named[value]
    raise wrong(name, value, f"a Policy or the name of one: {', '.join(named)}")


def policy_or_name(name: str, value: Any) -> Policy | str:
    """Return *value* if it is a policy or a name; :func:`policy` looks the name up later."""
    return value if isinstance(value, str) else policy(name, value)


def policies(name: str, value: Any) -> dict[str, Policy]:
    """Return policies by their names; a preset may be given by its name."""
    if not isinstance(value, Mapping):
        raise wrong(name, value, "a mapping of names to policies")
    for each in value:
        if not isinstance(each, str) or each in ("", "default"):
            raise ConfigurationError(
                f"{name} has the name {each!r}; give another text: "
                "'default' is the name of the policy that the option policy gives"
            )
    return {each: policy(f"{name}[{each!r}]", chosen) for each, chosen in value.items()}


def limit(name: str, value: Any) -> float | Unset | None:
    """Return a duration in seconds, or ``None``; without a value the policy's limit applies."""
    return value if value is None or value is FROM_POLICY else seconds(name, value)


def interval(name: str, value: Any) -> float:
    """Return a duration in seconds; it may be 0."""
    return 0.0 if is_zero(value) else seconds(name, value)


def adoption(name: str, value: Any) -> bool | datetime:
    """Return true, false, or the moment until which it is true."""
    try:
        usable = value if isinstance(value, bool) else _instant(value)
    except (TypeError, ValueError):
        usable = None
    if usable is None:
        raise wrong(name, value, 'True, False, a date (or "2027-01-31"), or an aware datetime')
    return usable


def _instant(value: date | str) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None else None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return _instant(date.fromisoformat(value))


# Functions


def function(*given: str) -> Check:
    """Return a check for a plain function that is called with arguments such as *given*."""
    would_do = f"a plain function of ({', '.join(given)})"

    def check(name: str, value: Any) -> Any:
        # Nothing awaits what an async function returns.
        if not callable(value) or is_async(value) or not _takes(value, len(given)):
            raise wrong(name, value, would_do)
        return value

    return check


def is_async(value: Any) -> bool:
    """Return whether calling *value* gives a coroutine, or an asynchronous generator."""
    return any(
        iscoroutinefunction(each) or isasyncgenfunction(each)
        for each in (value, getattr(value, "__call__", None))  # noqa: B004  # the method itself
    )


def _takes(value: Callable[..., object], count: int) -> bool:
    try:
        # Not the signature of a wrapped function: the wrapper may pass on other arguments.
        called = signature(value, follow_wrapped=False)
    except (TypeError, ValueError):
        return True  # a function in C may not say what it takes
    try:
        called.bind(*[None] * count)
    except TypeError:
        return False
    return True


def optional(check: Check) -> Check:
    """Return a check that accepts ``None`` too."""
    return lambda name, value: None if value is None else check(name, value)


def clock(name: str, value: Any) -> Callable[[], float]:
    """Return *value* if it is a function that returns epoch seconds; it is called once to see."""
    would_do = "a function that returns epoch seconds, as time.time does"
    try:
        now = function()(name, value)()
    except TypeError as error:
        raise wrong(name, value, would_do) from error
    except RuntimeError:  # Flask: outside of a request or of an app
        return value  # type: ignore[no-any-return]  # so this call shows nothing
    is_number = isinstance(now, (int, float)) and not isinstance(now, bool)
    if not is_number or not 0 <= now < _YEAR_10000:  # false for NaN too
        raise ConfigurationError(f"{name} returns {now!r}; give {would_do}")
    return value  # type: ignore[no-any-return]  # of the type that was asked for


def login_url(name: str, value: Any) -> Any:
    """Return *value* if it is a path from the root, a URL, or a function of the request."""
    if callable(value):
        return function("request")(name, value)
    if not isinstance(value, str) or not re.fullmatch(r"(/|https?://)[^\s\x00-\x1f\x7f]*", value):
        raise wrong(name, value, 'a path such as "/login", a URL, or a function of (request)')
    return value


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
