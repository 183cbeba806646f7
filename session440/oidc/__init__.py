"""The identity provider ends a login: OpenID Connect Back-Channel Logout 1.0.

https://openid.net/specs/openid-connect-backchannel-1_0.html
"""

from __future__ import annotations

from .client import Client

__all__ = ["Client"]
