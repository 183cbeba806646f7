"""How a node announces itself to the others that share its store."""

from __future__ import annotations

from math import inf

from ..events import shielded
from ..exceptions import StoreError
from ..moments import spoken
from ..settings import Settings
from ..stores.nodes import Node, NodeDirectory
from ..version import __version__


def node_of(settings: Settings, app: str, keys: tuple[str, ...]) -> Node:
    """Return this server as a node.

    :param app: the name of its ticket cookie.
    :param keys: fingerprints of its signing keys.
    """
    return Node(settings.node, __version__, app, keys, agreement(settings))


def agreement(settings: Settings) -> str:
    """Return, as text, what must be the same on all nodes of a site."""
    named = settings.named_policies
    policies = [
        f"{name}: idle {spoken(each.idle_timeout)}, absolute {spoken(each.absolute_timeout)}"
        for name, each in sorted(named.items())
        if name
    ]
    return "; ".join([*policies, f"enforcement {settings.enforcement}"])


class Announcement:
    """Announces this node to its store: at a login, every ten minutes at most.

    A login calls the store several times anyway; a visitor never causes a call.

    :param directory: ``None`` for a store that keeps no nodes.
    """

    INTERVAL = 600  # seconds
    AGAIN = 60  # seconds, if the store was out

    def __init__(self, directory: NodeDirectory | None, node: Node) -> None:
        self.directory = directory
        self.node = node
        self._announced_at = -inf

    def announce(self, now: float) -> None:
        """Announce this node, unless it was announced recently."""
        if self.directory is None or 0 <= now - self._announced_at < self.INTERVAL:
            return
        self._announced_at = now
        # No login depends on it, so any error of a site's own store is only logged.
        shielded(self._announce, self.directory, now)

    def _announce(self, directory: NodeDirectory, now: float) -> None:
        try:
            directory.announce(self.node, now)
        except StoreError:
            self._announced_at = now - self.INTERVAL + self.AGAIN
