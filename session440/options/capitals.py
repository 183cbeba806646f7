"""The options by their names in Django's settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from ..events import Listener
from ..oidc import Client
from ..policy import Duration, Policy
from ..stores import TicketStore
from .types import (
    Clock,
    CredentialOf,
    Key,
    Keys,
    LoginURL,
    Patterns,
    PolicyChoice,
    ValidFrom,
)


class DjangoOptions(TypedDict, total=False):
    """The options as Django's settings have them: ``SESSION440: DjangoOptions = {...}``.

    :class:`Options` describes them. A function may also be given by its dotted path.
    """

    SECRET_KEY: Key
    SECRET_KEY_FALLBACKS: Keys
    POLICY: Policy | str
    IDLE_TIMEOUT: Duration | None
    ABSOLUTE_TIMEOUT: Duration | None
    WARN_BEFORE: Duration | None
    RENEW_INTERVAL: Duration | None
    POLICIES: Mapping[str, Policy | str]
    CHOOSE_POLICY: PolicyChoice | str | None
    CREDENTIAL: CredentialOf | str | None
    OIDC: Mapping[str, Client | str]
    VALID_FROM: date | str | ValidFrom | None
    RECENT: Mapping[str, Duration]
    STEP_UP_URL: LoginURL | None
    LOGIN_URL: LoginURL
    NEXT_PARAM: str
    TRUSTED_ORIGINS: Sequence[str]
    ENFORCEMENT: Literal["strict", "challenge", "report"]
    STATUS: Literal[440, 401]
    PUBLIC: Patterns
    PASSIVE: Patterns
    ACTIVITY: Literal["requests", "people"]
    ENDPOINT: str | None
    PAGE_CACHE: Literal["no-store"] | None
    CLEAR_SITE_DATA: Sequence[Literal["storage", "cache"]]
    LABEL: Callable[[Any], str] | str | None
    COOKIE_NAME: str | None
    EVIDENCE: Duration
    ADOPT: bool | date | str
    STORE: TicketStore | str | None
    STORE_FAILURE: Literal["degrade", "refuse"]
    REVALIDATE_INTERVAL: Duration
    MAX_LOGINS: int | None
    STORE_DEBTS: int
    NODE: str
    CLOCK: Clock | str
    DRAIN_LIMIT: int
    ON_EVENT: Listener | str
