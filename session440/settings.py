"""The settings: one frozen value; each option is checked when it is built."""

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from datetime import datetime
from difflib import get_close_matches
from fnmatch import translate
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from . import checks
from .checks import FROM_POLICY, Check
from .core.ticket import SKEW
from .events import Listener, log
from .exceptions import LOGIN_TIMEOUT, ConfigurationError, MissingKeyError
from .moments import DAY
from .oidc import Client
from .options import Clock, CredentialOf, Key, LoginURL, Options, PolicyChoice, ValidFrom
from .policy import Policy, seconds, strictest
from .stores import TicketStore

if TYPE_CHECKING:
    from typing_extensions import Unpack  # type checkers know it, installed or not

#: The presets of standards that ask that browsers keep no page (OWASP ASVS 5.0, 14.3.2).
_UNCACHED = ("owasp-high", "nist-aal3")
_LIMITS = ("idle_timeout", "absolute_timeout", "warn_before", "renew_interval")


def _option(check: Check, default: object, *, is_secret: bool = False) -> Any:
    return field(default=default, repr=not is_secret, metadata={"check": check})


@dataclass(frozen=True, init=False)
class Settings:
    """The values of the options, checked; durations are in seconds.

    :class:`session440.options.Options` describes each option, and what may be given for it.

    :raises ConfigurationError: it names the option, what was given and what is accepted; for an
        unknown option it names the nearest known one.
    """

    secret_key: Key = _option(checks.key, "", is_secret=True)
    secret_key_fallbacks: tuple[Key, ...] = _option(checks.keys, (), is_secret=True)
    #: With the values of the next four options in it.
    policy: Policy = _option(checks.policy_or_name, Policy())
    idle_timeout: float | None = _option(checks.limit, FROM_POLICY)
    absolute_timeout: float | None = _option(checks.limit, FROM_POLICY)
    warn_before: float | None = _option(checks.limit, FROM_POLICY)
    renew_interval: float | None = _option(checks.limit, FROM_POLICY)
    policies: Mapping[str, Policy] = field(
        default_factory=dict, metadata={"check": checks.policies}
    )
    choose_policy: PolicyChoice | None = _option(
        checks.optional(checks.function("request", "subject")), None
    )
    credential: CredentialOf | None = _option(
        checks.optional(checks.function("request", "subject")), None
    )
    oidc: Mapping[str, Client] = field(default_factory=dict, metadata={"check": checks.oidc})
    valid_from: datetime | ValidFrom | None = _option(checks.valid_from, None)
    recent: Mapping[str, float] = field(default_factory=dict, metadata={"check": checks.recent})
    step_up_url: LoginURL | None = _option(checks.optional(checks.login_url), None)
    login_url: LoginURL = _option(checks.login_url, "/login")
    next_param: str = _option(checks.text, "next")
    trusted_origins: tuple[str, ...] = _option(checks.origins, ())
    enforcement: Literal["strict", "challenge", "report"] = _option(
        checks.one_of("strict", "challenge", "report"), "strict"
    )
    status: Literal[440, 401] = _option(checks.one_of(LOGIN_TIMEOUT, 401), LOGIN_TIMEOUT)
    public: tuple[str, ...] = _option(checks.patterns, ())
    passive: tuple[str, ...] = _option(checks.patterns, ())
    activity: Literal["requests", "people"] = _option(
        checks.one_of("requests", "people"), "requests"
    )
    endpoint: str | None = _option(checks.optional(checks.endpoint), "/session440")
    page_cache: Literal["no-store"] | None = _option(checks.page_cache, FROM_POLICY)
    clear_site_data: tuple[str, ...] = _option(checks.clear_site_data, ())
    label: Callable[[Any], str] | None = _option(checks.optional(checks.function("request")), None)
    cookie_name: str | None = _option(checks.optional(checks.cookie_name), None)
    evidence: float = _option(seconds, DAY)
    adopt: bool | datetime = _option(checks.adoption, True)
    #: A URL may hold a password.
    store: TicketStore | str | None = _option(checks.optional(checks.store), None, is_secret=True)
    store_failure: Literal["degrade", "refuse"] = _option(
        checks.one_of("degrade", "refuse"), "degrade"
    )
    revalidate_interval: float = _option(checks.interval, 0)
    max_logins: int | None = _option(
        checks.optional(checks.number(1, "a number, 1 or more, or None for no limit")), None
    )
    store_debts: int = _option(checks.number(1, "a number, 1 or more"), 10_000)
    node: str = field(default_factory=socket.gethostname, metadata={"check": checks.text})
    clock: Clock = _option(checks.clock, time.time)
    drain_limit: int = _option(checks.number(0, "a number of bytes, 0 or more"), 1024 * 1024)
    on_event: Listener = _option(checks.function("event"), log)
    #: The preset that ``policy`` names, if it names one.
    preset: str = field(init=False, default="", compare=False)

    def __init__(self, **options: Unpack[Options]) -> None:
        known = [each for each in fields(self) if each.init]
        _refuse_unknown(options, [each.name for each in known])
        given: dict[str, Any] = {**options}
        kept = {each.name: _checked(each, given) for each in known}
        kept |= _limits(kept)
        _need_store(kept)
        _refuse_future(kept)
        vars(self).update(kept)  # a frozen value is written once, here

    @classmethod
    def load(
        cls, options: Mapping[str, Any], own: Iterable[str] = (), **defaults: Unpack[Options]
    ) -> Settings:
        """Return settings from *options*, and a framework's own *defaults* for missing options.

        :param own: names of options that the adapter takes for itself, for the message below.
        :raises ConfigurationError: for an unknown option; it names the nearest known one.
        """
        _refuse_unknown(options, [each.name for each in fields(cls) if each.init], own)
        return cls(**{**defaults, **options})

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """All signing keys, newest first.

        :raises MissingKeyError: if there is no secret key.
        """
        if not self.secret_key:
            raise MissingKeyError(
                "secret_key is empty or missing; give a long random text, such as this prints: "
                "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return (self.secret_key, *(each for each in self.secret_key_fallbacks if each))

    @cached_property
    def named_policies(self) -> dict[str, Policy]:
        """Every policy that a ticket can name; ``""`` is for names that are not known any more."""
        named = {"default": self.policy, **self.policies}
        return {"": strictest(named.values()), **named}

    @cached_property
    def public_paths(self) -> re.Pattern[str] | None:
        """One expression that matches all paths in ``public``."""
        return _either(self.public)

    @cached_property
    def passive_paths(self) -> re.Pattern[str] | None:
        """One expression that matches all paths in ``passive``."""
        return _either(self.passive)

    @cached_property
    def recent_paths(self) -> tuple[tuple[re.Pattern[str], float], ...]:
        """Each pattern of ``recent`` as an expression, with how recent a login must be, in s."""
        return tuple((re.compile(_with_slash(each)), s) for each, s in self.recent.items())

    @cached_property
    def adopt_until(self) -> float:
        """UTC epoch seconds: until then a login that has no ticket is given one."""
        if isinstance(self.adopt, bool):
            return math.inf if self.adopt else -math.inf
        return self.adopt.timestamp()


def _refuse_unknown(
    options: Mapping[str, object], known: list[str], own: Iterable[str] = ()
) -> None:
    for name in options:
        if name not in known:
            names = [*known, *own]
            near = get_close_matches(str(name).lower(), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
            raise ConfigurationError(f"unknown option {name!r}; {hint}")


def _checked(option: Field[Any], given: Mapping[str, Any]) -> Any:
    if option.name in given:
        value = given[option.name]
    elif option.default_factory is not MISSING:
        value = option.default_factory()
    else:
        value = option.default
    return option.metadata["check"](option.name, value)


def _limits(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy after the options that override its limits, and the resulting limits."""
    chosen = checks.policy("policy", kept["policy"], kept["policies"])
    own = {name: kept[name] for name in _LIMITS if kept[name] is not FROM_POLICY}
    policy = replace(chosen, **own)
    is_preset = isinstance(kept["policy"], str) and kept["policy"] not in kept["policies"]
    preset, page_cache = kept["policy"] if is_preset else "", kept["page_cache"]
    if page_cache is FROM_POLICY:
        page_cache = "no-store" if preset in _UNCACHED else None
    return {
        **{name: getattr(policy, name) for name in _LIMITS},
        "policy": policy,
        "preset": preset,
        "page_cache": page_cache,
    }


def _need_store(kept: Mapping[str, Any]) -> None:
    defaults = {each.name: each.default for each in fields(Settings)} | {"oidc": {}}
    for name in ("revalidate_interval", "max_logins", "store_debts", "label", "oidc"):
        if kept[name] != defaults[name] and kept["store"] is None:
            raise ConfigurationError(f"{name} needs a store; give store a TicketStore or a URL")
    if kept["oidc"] and kept["endpoint"] is None:
        raise ConfigurationError("oidc needs endpoint, at which providers end logins")


def _refuse_future(kept: Mapping[str, Any]) -> None:
    """Raise an error for a ``valid_from`` before which nobody could stay logged in."""
    moment = kept["valid_from"]
    if not isinstance(moment, datetime):
        return
    try:
        now = kept["clock"]()
    except RuntimeError:  # Flask: outside of a request or of an app
        return
    if moment.timestamp() > now + SKEW:
        raise checks.wrong("valid_from", moment, "a moment that has passed: all logins would end")


def _with_slash(pattern: str) -> str:
    """Return an expression that matches what *pattern* does, with a last slash and without one."""
    bare = pattern.rstrip("/")
    return f"{translate(bare or '/')}|{translate(f'{bare}/')}"


def _either(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return one expression that matches every path that one of the patterns matches."""
    either = "|".join(translate(each) for each in patterns)
    return re.compile(either) if either else None
