"""Which URLs of an identity provider may be asked."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

#: Spaces and control characters, which a log or a request would carry further.
_ODD = re.compile(r"[^!-~]")


def why_not(url: str) -> str | None:
    """Return what is wrong with a provider's URL; ``None`` if it may be asked.

    Only TLS tells who answers (OpenID Connect Discovery 1.0, section 7.1), except on this
    machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"it is not a URL: {error}"
    if _ODD.search(url) or not host or parts.username is not None or parts.fragment:
        return "it is not a plain URL of a host"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return "it does not begin with https://, which only a host on this machine may do without"


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def origin(url: str) -> tuple[str, str]:
    """Return the scheme, and the host with its port, of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
