"""Every option, its default and what it may be: one frozen value, checked when built."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timezone
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property
from typing import Any, Final, Literal

from .events import Listener, log
from .exceptions import LOGIN_TIMEOUT, ConfigurationError, MissingKeyError
from .policy import PRESETS, Duration, Policy, seconds, strictest
from .stores import TicketStore
from .stores.opening import check_url

Key = str | bytes
FROM_POLICY: Final = "from the policy"
PolicyChoice = Callable[[Any, str], "str | None"]

_COOKIE_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 6265 section 4.1.1, a token


@dataclass(frozen=True)
class Settings:
    """What can be set; DESIGN section 3 describes each option.

    :raises ConfigurationError: naming the option, what was given and what would do.
    """

    secret_key: Key = field(default="", repr=False)
    secret_key_fallbacks: Iterable[Key] = field(default=(), repr=False)
    policy: Policy | str = field(default_factory=Policy)
    idle_timeout: Duration | None = FROM_POLICY
    absolute_timeout: Duration | None = FROM_POLICY
    warn_before: Duration | None = FROM_POLICY
    renew_interval: Duration | None = FROM_POLICY
    policies: Mapping[str, Policy | str] = field(default_factory=dict)
    choose_policy: PolicyChoice | None = None
    login_url: str | Callable[[Any], str] = "/login"
    next_param: str = "next"
    enforcement: Literal["strict", "challenge", "report"] = "strict"
    status: int = LOGIN_TIMEOUT
    public: Iterable[str] = ()
    passive: Iterable[str] = ()
    endpoint: str | None = "/session440"
    cookie_name: str | None = None
    evidence: Duration = 86400
    adopt: bool | date | str = True
    store: TicketStore | str | None = field(default=None, repr=False)  # it may hold a password
    store_failure: Literal["degrade", "refuse"] = "degrade"
    revalidate_interval: Duration = 0
    max_logins: int | None = None
    node: str = field(default_factory=socket.gethostname)
    clock: Callable[[], float] = time.time
    drain_limit: int = 1024 * 1024
    on_event: Listener = log
    #: The preset that ``policy`` names, if it names one.
    preset: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.policy, str) and self.policy not in self.policies:
            object.__setattr__(self, "preset", self.policy)
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        for name in ("revalidate_interval", "max_logins"):
            if getattr(self, name) and self.store is None:
                raise ConfigurationError(f"{name} needs a store; give one as store, or its URL")
        chosen = _policy("policy", self.policy, self.policies)
        object.__setattr__(self, "policy", self._overridden(chosen))

    def _overridden(self, policy: Policy) -> Policy:
        names = ("idle_timeout", "absolute_timeout", "warn_before", "renew_interval")
        given = {name: getattr(self, name) for name in names}
        return replace(policy, **{k: v for k, v in given.items() if v != FROM_POLICY})

    @classmethod
    def load(cls, options: Mapping[str, Any], **defaults: Any) -> Settings:
        """Build settings from *options*, with a framework's own *defaults* beneath them.

        :raises ConfigurationError: for an unknown option, naming the nearest known one.
        """
        known = [each.name for each in fields(cls) if each.init]
        for name in options:
            if name not in known:
                raise ConfigurationError(f"unknown option {name!r}{_suggestion(name, known)}")
        return cls(**{**defaults, **options})

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """All signing keys, newest first.

        :raises MissingKeyError: without a secret key, there being nothing to sign with.
        """
        if not self.secret_key:
            raise MissingKeyError("secret_key is empty; give a long random text")
        return (self.secret_key, *(each for each in self.secret_key_fallbacks if each))

    @cached_property
    def named_policies(self) -> dict[str, Policy]:
        """Every policy a ticket can name; ``""`` is for names that are known no longer."""
        named = {"default": _policy("policy", self.policy)}
        named |= {name: _policy(f"policies[{name!r}]", p) for name, p in self.policies.items()}
        return {"": strictest(named.values()), **named}

    @cached_property
    def public_paths(self) -> re.Pattern[str] | None:
        """What the paths in ``public`` have in common."""
        return _either(self.public)

    @cached_property
    def passive_paths(self) -> re.Pattern[str] | None:
        """What the paths in ``passive`` have in common."""
        return _either(self.passive)

    def adopts(self, now: float) -> bool:
        """Whether a login begun out of our sight is adopted at *now* (epoch seconds)."""
        if isinstance(self.adopt, bool):
            return self.adopt
        return now < _instant(self.adopt).timestamp()


def _suggestion(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def _wrong(name: str, value: object, would_do: str) -> ConfigurationError:
    shown = "a URL" if isinstance(value, str) and "://" in value else repr(value)  # a password?
    return ConfigurationError(f"{name} is {shown}; give {would_do}")


def _policy(name: str, value: object, own: Mapping[str, Any] | None = None) -> Policy:
    if isinstance(value, Policy):
        return value
    named = {**PRESETS, **(own or {})}
    if isinstance(value, str) and value in named:
        return _policy(name, named[value])
    raise _wrong(name, value, f"a Policy or the name of one: {', '.join(named)}")


def _either(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """One expression that matches a path which matches any of the patterns."""
    either = "|".join(translate(each) for each in patterns)
    return re.compile(either) if either else None


def _instant(value: date | str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return _instant(date.fromisoformat(value))


# Each check takes an option's name and value and gives the value back, normalised.


def _is_key(value: object) -> bool:
    return isinstance(value, (str, bytes))


def _key(name: str, value: Any) -> Any:
    if not _is_key(value):
        raise ConfigurationError(f"{name} is a {type(value).__name__}; give text or bytes")
    return value


def _keys(name: str, value: Any) -> tuple[Key, ...]:
    if not isinstance(value, (list, tuple)) or not all(map(_is_key, value)):
        raise ConfigurationError(f"{name} is no list of keys; give a list of text or bytes")
    return tuple(value)


def _policies(name: str, value: Any) -> dict[str, Policy]:
    if not isinstance(value, Mapping):
        raise _wrong(name, value, "a mapping of names to policies")
    return {key: _policy(f"{name}[{key!r}]", each) for key, each in value.items()}


def _function(name: str, value: Any) -> Any:
    if not callable(value):
        raise _wrong(name, value, "a callable")
    return value


def _optional_function(name: str, value: Any) -> Any:
    return None if value is None else _function(name, value)


def _url(name: str, value: Any) -> Any:
    if not (callable(value) or (isinstance(value, str) and value)):
        raise _wrong(name, value, "a URL as text, or a callable that is given the request")
    return value


def _text(name: str, value: Any) -> str:
    if not (isinstance(value, str) and value):
        raise _wrong(name, value, "some text")
    return value


def _one_of(*choices: object) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if value not in choices or isinstance(value, bool):
            raise _wrong(name, value, " or ".join(repr(each) for each in choices))
        return value

    return check


def _patterns(name: str, value: Any) -> tuple[str, ...]:
    whole = isinstance(value, (list, tuple, set, frozenset))
    if not whole or not all(
        isinstance(each, str) and each.startswith(("/", "*")) for each in value
    ):
        raise _wrong(name, value, 'a list of path patterns such as ["/docs/*"]')
    return tuple(value)


def _endpoint(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"(/[\w.~-]+)+", value):
        raise _wrong(name, value, 'a path such as "/session440", or None to have no endpoint')
    return value


def _cookie_name(name: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _COOKIE_NAME.fullmatch(value)):
        raise _wrong(name, value, "a cookie's name (RFC 6265, a token)")
    return value


def _adopt(name: str, value: Any) -> Any:
    try:
        usable = isinstance(value, bool) or _instant(value).tzinfo is not None
    except (TypeError, ValueError):
        usable = False
    if not usable:
        raise _wrong(name, value, 'True, False, a date (or "2027-01-31"), or an aware datetime')
    return value


_STORE_METHODS = ("find", "insert", "touch", "end", "by_subject", "purge", "generation")


def _store(name: str, value: Any) -> Any:
    if isinstance(value, str):
        check_url(value)
    elif value is not None and not all(hasattr(value, each) for each in _STORE_METHODS):
        raise ConfigurationError(f"{name} is a {type(value).__name__}; give a TicketStore or a URL")
    return value


def _length(name: str, value: Any) -> float:
    return 0.0 if value == 0 and not isinstance(value, bool) else seconds(name, value)


def _count(name: str, value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise _wrong(name, value, "a number, 1 or more, or None for no limit")
    return value


def _size(name: str, value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _wrong(name, value, "a number of bytes, 0 or more")
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "secret_key": _key,
    "secret_key_fallbacks": _keys,
    "policies": _policies,
    "choose_policy": _optional_function,
    "login_url": _url,
    "next_param": _text,
    "enforcement": _one_of("strict", "challenge", "report"),
    "status": _one_of(LOGIN_TIMEOUT, 401),
    "public": _patterns,
    "passive": _patterns,
    "endpoint": _endpoint,
    "cookie_name": _cookie_name,
    "evidence": seconds,
    "adopt": _adopt,
    "store": _store,
    "store_failure": _one_of("degrade", "refuse"),
    "revalidate_interval": _length,
    "max_logins": _count,
    "node": _text,
    "clock": _function,
    "drain_limit": _size,
    "on_event": _function,
}
