"""Reads what was logged or stored about logins, and explains who was logged out when and why.

``sources`` reads log lines and the store; an :class:`Explanation` adds up what they contain;
``verdict`` says in words what this means.
"""

from __future__ import annotations

from .explanation import Explanation
from .sighting import Sighting
from .sources import LogReader, sightings_of
from .verdict import verdict

__all__ = ["Explanation", "LogReader", "Sighting", "sightings_of", "verdict"]
