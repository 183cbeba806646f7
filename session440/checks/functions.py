"""Options that are functions of the site's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import isasyncgenfunction, iscoroutinefunction, signature
from typing import Any

from ..exceptions import ConfigurationError
from .failure import Check, wrong

#: The end of the last year that Python's dates have, in epoch seconds.
_YEAR_10000 = 253402300800


def function(*given: str) -> Check:
    """Return a check for a plain function that is called with arguments such as *given*."""
    would_do = f"a plain function of ({', '.join(given)})"

    def check(name: str, value: Any) -> Any:
        # Nothing awaits what an async function returns.
        if not callable(value) or is_async(value) or not takes(value, len(given)):
            raise wrong(name, value, would_do)
        return value

    return check


def is_async(value: Any) -> bool:
    """Return whether calling *value* gives a coroutine, or an asynchronous generator."""
    return any(
        iscoroutinefunction(each) or isasyncgenfunction(each)
        for each in (value, getattr(value, "__call__", None))  # noqa: B004  # the method itself
    )


def takes(value: Callable[..., object], count: int) -> bool:
    """Return whether *value* may be called with *count* arguments, as far as it says."""
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
