"""HTTP 440 Login Timeout: logins that end on time, and say so."""

from . import version
from .cause import Cause
from .core.ticket import Ticket
from .engine import Engine
from .exceptions import ConfigurationError, LoginTimeout
from .policy import Policy
from .settings import Settings
from .visit import Visit

__all__ = [
    "Cause",
    "ConfigurationError",
    "Engine",
    "LoginTimeout",
    "Policy",
    "Settings",
    "Ticket",
    "Visit",
]

__version__ = version.__version__
