"""The error for an option whose value cannot be used, and the value of one that is not given."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from ..exceptions import ConfigurationError

Check = Callable[[str, Any], Any]


class Unset(Enum):
    """The default of an option for which no value is given; ``None`` is a value."""

    FROM_POLICY = "from the policy"

    def __repr__(self) -> str:
        return f"<{self.value}>"


FROM_POLICY: Final = Unset.FROM_POLICY


def wrong(name: str, value: object, would_do: str) -> ConfigurationError:
    """Return the error that says what an option's value is, and what is accepted."""
    # A URL may hold a password.
    shown = "a URL" if isinstance(value, str) and "://" in value else repr(value)
    return ConfigurationError(f"{name} is {shown}; give {would_do}")
