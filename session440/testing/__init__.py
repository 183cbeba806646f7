"""For the tests of sites: travel in time, end a login by its cause, and assert the 440.

Nothing here is imported by the rest of the package. See docs/testing.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .assertion import assert_login_timeout
from .travel import Travel

if TYPE_CHECKING:
    from .project import LoginTimeoutMixin

__all__ = ["LoginTimeoutMixin", "Travel", "assert_login_timeout"]


def __getattr__(name: str) -> Any:
    if name == "LoginTimeoutMixin":  # only Django's tests need it
        from .project import LoginTimeoutMixin

        return LoginTimeoutMixin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
