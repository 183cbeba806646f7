"""The sections of a ``web.config`` that say when a login ends, with ASP.NET's defaults.

Attributes, defaults and limits are those of Microsoft's reference source:
https://github.com/microsoft/referencesource/tree/master/System.Web/Configuration
"""

# ruff: noqa: RUF009  # attribute() is dataclasses.field(), which the rule exempts by its name

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .values import choice, filled, hidden, key, minutes, samesite, seconds, text, truth, url

T = TypeVar("T")


class WebConfigError(ValueError):
    """A file is not a usable ``web.config``. The message is one line, without any secret."""


@dataclass(frozen=True)
class Value(Generic[T]):
    """An attribute's value: from the file, or ASP.NET's default."""

    value: T
    given: bool = False


def attribute(named: str, default: object, read: Callable[[str], object]) -> Any:
    """Return a field for an attribute: its name in the file, its default, and its reader."""
    return field(default=Value(default), metadata={"name": named, "read": read})


_COOKIELESS = ("UseCookies", "UseUri", "AutoDetect", "UseDeviceProfile")


@dataclass(frozen=True)
class Authentication:
    """``<authentication>``."""

    mode: Value[str] = attribute("mode", "Windows", choice("Windows", "Forms", "Passport", "None"))


@dataclass(frozen=True)
class Forms:
    """``<forms>``; the timeout in minutes.

    https://learn.microsoft.com/previous-versions/dotnet/netframework-4.0/1d3t3c61(v=vs.100)
    """

    timeout: Value[int] = attribute("timeout", 30, minutes)
    sliding_expiration: Value[bool] = attribute("slidingExpiration", True, truth)
    name: Value[str] = attribute("name", ".ASPXAUTH", filled)
    domain: Value[str] = attribute("domain", "", text)
    path: Value[str] = attribute("path", "/", filled)
    require_ssl: Value[bool] = attribute("requireSSL", False, truth)
    cookie_samesite: Value[str] = attribute("cookieSameSite", "Lax", samesite)
    login_url: Value[str] = attribute("loginUrl", "login.aspx", url)
    default_url: Value[str] = attribute("defaultUrl", "default.aspx", url)
    cookieless: Value[str] = attribute("cookieless", "UseDeviceProfile", choice(*_COOKIELESS))
    ticket_compatibility_mode: Value[str] = attribute(
        "ticketCompatibilityMode", "Framework20", choice("Framework20", "Framework40")
    )
    protection: Value[str] = attribute(
        "protection", "All", choice("All", "None", "Encryption", "Validation")
    )
    enable_cross_app_redirects: Value[bool] = attribute("enableCrossAppRedirects", False, truth)


@dataclass(frozen=True)
class SessionState:
    """``<sessionState>``; the timeout in minutes, the others in seconds, ``None`` for Infinite.

    https://learn.microsoft.com/previous-versions/dotnet/netframework-4.0/h6bb9cz9(v=vs.100)
    """

    mode: Value[str] = attribute(
        "mode", "InProc", choice("Off", "InProc", "StateServer", "SQLServer", "Custom")
    )
    timeout: Value[int | None] = attribute("timeout", 20, minutes.or_infinite)
    cookieless: Value[str] = attribute(
        "cookieless", "UseCookies", choice("true", "false", *_COOKIELESS)
    )
    cookie_name: Value[str] = attribute("cookieName", "ASP.NET_SessionId", text)
    cookie_samesite: Value[str] = attribute("cookieSameSite", "Lax", samesite)
    regenerate_expired_session_id: Value[bool] = attribute(
        "regenerateExpiredSessionId", True, truth
    )
    state_connection_string: Value[str] = attribute("stateConnectionString", "", hidden)
    sql_connection_string: Value[str] = attribute("sqlConnectionString", "", hidden)
    state_network_timeout: Value[int | None] = attribute(
        "stateNetworkTimeout", 10, seconds.or_infinite
    )
    sql_command_timeout: Value[int | None] = attribute("sqlCommandTimeout", 30, seconds.or_infinite)
    allow_custom_sql_database: Value[bool] = attribute("allowCustomSqlDatabase", False, truth)
    custom_provider: Value[str] = attribute("customProvider", "", text)
    compression_enabled: Value[bool] = attribute("compressionEnabled", False, truth)


@dataclass(frozen=True)
class HttpCookies:
    """``<httpCookies>``.

    https://learn.microsoft.com/previous-versions/dotnet/netframework-4.0/ms228262(v=vs.100)
    """

    http_only_cookies: Value[bool] = attribute("httpOnlyCookies", False, truth)
    require_ssl: Value[bool] = attribute("requireSSL", False, truth)
    # Since the updates of December 2019; "None" meant the same before them.
    # https://learn.microsoft.com/aspnet/samesite/system-web-samesite
    samesite: Value[str] = attribute("sameSite", "Unspecified", samesite)
    domain: Value[str] = attribute("domain", "", text)


@dataclass(frozen=True)
class MachineKey:
    """``<machineKey>``; we only keep whether the file has keys, not the keys.

    https://learn.microsoft.com/previous-versions/dotnet/netframework-4.0/w8h3skw9(v=vs.100)
    """

    validation_key: Value[str] = attribute("validationKey", "AutoGenerate,IsolateApps", key)
    decryption_key: Value[str] = attribute("decryptionKey", "AutoGenerate,IsolateApps", key)
    validation: Value[str] = attribute("validation", "HMACSHA256", filled)
    decryption: Value[str] = attribute("decryption", "Auto", filled)
    compatibility_mode: Value[str] = attribute(
        "compatibilityMode",
        "Framework20SP1",
        choice("Framework20SP1", "Framework20SP2", "Framework45"),
    )

    @property
    def is_generated(self) -> bool:
        """Return whether each machine generates its own key."""
        return "AutoGenerate" in f"{self.validation_key.value} {self.decryption_key.value}"


@dataclass(frozen=True)
class WebConfig:
    """What a ``web.config`` says about logins.

    :param present: the names of the elements that the file has.
    :param unread: what the file holds but was not read, each in a sentence.
    :param locations: the paths of ``<location>`` elements with settings of their own.
    """

    authentication: Authentication = Authentication()
    forms: Forms = Forms()
    session_state: SessionState = SessionState()
    http_cookies: HttpCookies = HttpCookies()
    machine_key: MachineKey = MachineKey()
    present: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    locations: tuple[tuple[str, WebConfig], ...] = ()

    @property
    def has_ticket(self) -> bool:
        """Return whether people log in with a forms authentication ticket."""
        return self.authentication.mode.value == "Forms"
