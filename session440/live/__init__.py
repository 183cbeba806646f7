"""Connections that stay open: they are told when their login ends, and end with it.

An app says ``with visit.watch() as login:``. One thread of each process watches the clock for all
of them, and another asks the store about all of them at once.
"""

from .login import LiveLogin
from .logins import LiveLogins
from .watch import Watch

__all__ = ["LiveLogin", "LiveLogins", "Watch"]
