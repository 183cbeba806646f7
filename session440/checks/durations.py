"""Options that say how long something lasts, or from when or until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from typing import Any

from ..exceptions import ConfigurationError
from ..policy import PRESETS, Policy, is_zero, seconds
from .failure import FROM_POLICY, Unset, wrong
from .functions import function


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


def recent(name: str, value: Any) -> dict[str, float]:
    """Return path patterns with how recent a login must be for them, in seconds."""
    if not isinstance(value, Mapping):
        raise wrong(name, value, 'a mapping of path patterns such as {"/account/*": "10m"}')
    for each in value:
        if not (isinstance(each, str) and each.startswith(("/", "*"))):
            raise wrong(name, value, 'path patterns that begin with a slash: {"/account/*": "10m"}')
    return {each: seconds(f"{name}[{each!r}]", length) for each, length in value.items()}


def page_cache(name: str, value: Any) -> str | Unset | None:
    """Return ``"no-store"`` or ``None``; without a value the preset says which."""
    if value in ("no-store", None) or value is FROM_POLICY:
        return value  # type: ignore[no-any-return]  # of the type that was asked for
    raise wrong(name, value, "'no-store', or None")


def valid_from(name: str, value: Any) -> datetime | Callable[[Any, str], datetime | None] | None:
    """Return a moment, or the function that tells one for a request and a subject."""
    if value is None:
        return None
    if callable(value):
        return function("request", "subject")(name, value)  # type: ignore[no-any-return]  # itself
    try:
        moment = None if isinstance(value, bool) else _instant(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None:
        would_do = 'an aware datetime, a date (or "2027-01-31"), or a function'
        raise wrong(name, value, f"{would_do} of (request, subject)")
    return moment
