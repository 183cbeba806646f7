"""What a request says itself about being the sign of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_declared_passive(environ: Mapping[str, Any]) -> bool:
    """Return whether the request says that it is no activity. No header can say the contrary."""
    return environ.get("HTTP_SESSION440_PASSIVE") == "?1" or environ.get(
        "HTTP_SEC_PURPOSE", ""
    ).startswith("prefetch")
