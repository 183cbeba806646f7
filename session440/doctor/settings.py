"""Findings for settings from which no engine can be made."""

from __future__ import annotations

from ..exceptions import ConfigurationError, CookieRuleError, MissingKeyError
from .finding import Finding


def fault_of(error: ConfigurationError, key_option: str) -> Finding:
    """Return the finding for the error with which the settings were refused.

    :param key_option: the option that sets the secret key.
    """
    if isinstance(error, MissingKeyError):
        return Finding(
            "session440.E020",
            f"{key_option} is empty",
            "tickets cannot be signed: no request can be answered",
            f"set {key_option} to a random text: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )
    if isinstance(error, CookieRuleError):
        return Finding(
            "session440.E030",
            str(error),
            "browsers reject such a cookie (RFC 6265bis section 4.1.3): nobody stays logged in",
            "__Secure- needs Secure; __Host- needs Secure, the path / and no domain",
        )
    return Finding(
        "session440.E001",
        str(error),
        "the app does not start, so nobody is logged in",
        "change the option as the message says",
    )
