"""HTTP 440 Login Timeout: logins end on time, and the answer says so."""

from importlib import import_module
from typing import TYPE_CHECKING

from .version import __version__ as __version__

if TYPE_CHECKING:
    from .cause import Cause
    from .core.credential import Credential
    from .core.ticket import Ticket
    from .engine import Engine
    from .exceptions import ConfigurationError, LoginTimeout
    from .policy import Policy
    from .settings import Settings
    from .visit import Visit

__all__ = [
    "Cause",
    "ConfigurationError",
    "Credential",
    "Engine",
    "LoginTimeout",
    "Policy",
    "Settings",
    "Ticket",
    "Visit",
]

#: The module of each public name.
_MODULES = {
    "Cause": "cause",
    "ConfigurationError": "exceptions",
    "Credential": "core.credential",
    "Engine": "engine",
    "LoginTimeout": "exceptions",
    "Policy": "policy",
    "Settings": "settings",
    "Ticket": "core.ticket",
    "Visit": "visit",
}

# Hidden from type checkers: with it they would take every misspelt name for a public one.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return a public name, imported when it is first used (PEP 562).

        pytest imports this package, for its plugin, in every project where it is installed.
        """
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return the public names, including those that have not been imported yet."""
    return sorted({*globals(), *__all__})
