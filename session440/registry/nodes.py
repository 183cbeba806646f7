"""How a server makes itself known to the others that share its store."""

from __future__ import annotations

from math import inf

from ..events import shielded
from ..exceptions import StoreError
from ..settings import Settings
from ..stores.nodes import Member, Roster
from ..version import __version__


def member_of(settings: Settings, app: str, keys: tuple[str, ...]) -> Member:
    """Give what this server says of itself.

    :param app: the name of its ticket cookie.
    :param keys: fingerprints of its signing keys.
    """
    return Member(settings.node, __version__, app, keys, agreement(settings))


def agreement(settings: Settings) -> str:
    """Write down what must be the same on all servers of a site, so that it can be compared."""
    named = settings.named_policies
    policies = [
        f"{name}: idle {_said(each.idle_timeout)}, absolute {_said(each.absolute_timeout)}"
        for name, each in sorted(named.items())
        if name
    ]
    return "; ".join([*policies, f"enforcement {settings.enforcement}"])


def _said(length: float | None) -> str:
    return "none" if length is None else f"{length:g} s"


class Presence:
    """Enrols this server where there is a login, now and then.

    Then, because a login calls the store several times already, and a visitor never does.

    :param roster: ``None`` for a store that keeps none.
    """

    INTERVAL = 600  # seconds
    AGAIN = 60  # seconds, where the store was out

    def __init__(self, roster: Roster | None, member: Member) -> None:
        self.roster = roster
        self.member = member
        self._announced_at = -inf

    def announce(self, now: float) -> None:
        """Say that this server is there, if it has not lately."""
        if self.roster is None or 0 <= now - self._announced_at < self.INTERVAL:
            return
        self._announced_at = now
        # Nobody's login depends on it, whatever a store of somebody's own may raise.
        shielded(self._enrol, self.roster, now)

    def _enrol(self, roster: Roster, now: float) -> None:
        try:
            roster.enrol(self.member, now)
        except StoreError:
            self._announced_at = now - self.INTERVAL + self.AGAIN
