"""Servers of one site that are not alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from math import inf

from ..core.ticket import SKEW
from ..exceptions import StoreError
from ..registry.nodes import Presence
from ..stores.nodes import Member
from .finding import Finding
from .site import Site
from .store import roster_of

#: Seconds after which a silent server is taken for gone. They enrol at logins, now and then.
HEARD = 3600
#: Seconds by which clocks may be apart: NTP keeps them within a fraction of one.
APART = 5


def examine(site: Site) -> Iterator[Finding]:
    """Compare this server and those that the store has heard of."""
    engine = site.engine
    try:
        roster = roster_of(site)
        if engine is None or roster is None:
            return
        now = roster.time()
        members = [each for each in roster.members() if each.app == engine.cookie_name]
        own = engine.member.heard(engine.clock(), roster.time())
        own = own._replace(node=f"{own.node} (examined here)")
    except StoreError:
        return  # the store's own check tells
    yield from _adopting(site, members, now)
    yield from compare([own, *present(members, now)])


def present(members: list[Member], now: float) -> list[Member]:
    """Give those that serve now: heard of lately, and not replaced by themselves.

    A server that came back with another key or version was restarted; it speaks for its
    former self, too, unless that is heard of as well, as another worker of it would be.
    """
    lately = [each for each in members if each.heard_at > now - HEARD]
    return [
        each
        for each in lately
        if not any(other.node == each.node and _replaces(other, each) for other in lately)
    ]


def _replaces(other: Member, member: Member) -> bool:
    """Whether *other* began after *member* was last heard of, or has long been heard alone."""
    alone = other.heard_at - member.heard_at
    return other.since > member.heard_at or alone > 2 * Presence.INTERVAL


def compare(members: list[Member]) -> Iterator[Finding]:
    """Compare servers; the first is the one that asks."""
    yield from _keys(members)
    yield from _policies(members)
    yield from _clocks(members)
    yield from _versions(members)


def _keys(members: list[Member]) -> Iterator[Finding]:
    """Find a key that signs on one server and does not verify on another."""
    for each in members:
        strangers = sorted({other.node for other in members if each.keys[0] not in other.keys})
        if strangers:
            yield Finding(
                "session440.E050",
                f"{each.node} signs with the key {each.keys[0]}, which is unknown to "
                f"{', '.join(strangers)} (fingerprints, not keys)",
                "a ticket of one is not authentic on the other: people are logged out when the "
                "load balancer sends them there (in IIS, machineKeys that differ)",
                "give all of them the same secret_key; to change it, add the new one to "
                "secret_key_fallbacks everywhere first. Two sites that share a store want a "
                "prefix, or table, each",
            )
            return


def _policies(members: list[Member]) -> Iterator[Finding]:
    said = {each.policies: each.node for each in members}
    if len(said) > 1:
        yield Finding(
            "session440.W051",
            "policies differ: " + "; ".join(f"{node} has {text}" for text, node in said.items()),
            "how long a login lasts depends on the server that its person meets",
            "give all servers the same settings; during a deployment it passes by itself",
        )


def _clocks(members: list[Member]) -> Iterator[Finding]:
    slowest = min(members, key=lambda each: each.clock)
    fastest = max(members, key=lambda each: each.clock)
    apart = fastest.clock - slowest.clock
    if apart > APART:
        yield Finding(
            "session440.E052" if apart > SKEW else "session440.W052",
            f"the clock of {fastest.node} is {apart:.1f} s ahead of that of {slowest.node}",
            f"beyond {SKEW:g} s a ticket of one is not believed on the other, and its login ends"
            if apart > SKEW
            else "logins end early on one of them, or late",
            "keep their clocks by NTP (chronyd, systemd-timesyncd)",
        )


def _versions(members: list[Member]) -> Iterator[Finding]:
    said = {each.version: each.node for each in members}
    if len(said) > 1:
        named = ", ".join(f"{version} on {node}" for version, node in sorted(said.items()))
        yield Finding(
            "session440.W053",
            f"versions of session440 differ: {named}",
            "what one of them writes the other may not understand",
            "install one version everywhere; during a deployment it passes by itself",
        )


def _adopting(site: Site, members: list[Member], now: float) -> Iterator[Finding]:
    """Find a site that still adopts logins, though none from before can be left."""
    engine = site.engine
    if engine is None or site.session is None or not members:
        return
    if not engine.settings.adopts(engine.clock()):
        return
    since = min(each.since for each in members)
    lifetime = _longest(site)
    if now - since <= lifetime:
        return
    day = datetime.fromtimestamp(since, timezone.utc).date()
    yield Finding(
        "session440.W046",
        f"{site.option('adopt')} is on, and session440 has been here since {day}, longer than "
        f"any session lasts ({lifetime / 86400:.3g} days)",
        "a session's cookie that was copied before then begins a new login, as often as "
        "somebody likes",
        f"set {site.option('adopt')} to False",
    )


def _longest(site: Site) -> float:
    """How long a session from before may have lasted, in seconds."""
    lifetime = site.session.lifetime if site.session else 0
    return inf if lifetime is None else lifetime
