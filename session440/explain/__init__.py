"""Read what was logged or stored about logins, and explain who was logged out when and why.

``sources`` reads log lines and the store; an :class:`Explanation` adds up what they hold;
``verdict`` says in words what follows from it.
"""

from __future__ import annotations

from .explanation import Explanation
from .sighting import Sighting
from .sources import LogReader, sightings_of
from .verdict import verdict

__all__ = ["Explanation", "LogReader", "Sighting", "sightings_of", "verdict"]
