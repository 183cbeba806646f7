"""The option that names identity providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..oidc import Client
from ..oidc.client import check_oidc


def oidc(name: str, value: Any) -> Mapping[str, Client]:
    """Return what this site is to each identity provider, by their issuers."""
    return {} if value == {} else check_oidc(name, value)
