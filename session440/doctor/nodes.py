"""Finds differences between the nodes of one site."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ..core.ticket import SKEW
from ..exceptions import StoreError
from ..moments import HOUR, aware, spoken
from ..registry.nodes import Announcement
from ..stores.nodes import Node
from .finding import Finding
from .site import Site
from .store import directory_of

#: Seconds after which a silent node counts as gone. A node announces itself only at logins.
HEARD = HOUR
#: Seconds by which clocks may differ: with NTP they differ by a fraction of a second.
APART = 5


def examine(site: Site) -> Iterator[Finding]:
    """Yield the differences between this node and the nodes that the store knows."""
    engine = site.engine
    try:
        directory = directory_of(site)
        if engine is None or directory is None:
            return
        now = directory.time()
        nodes = [each for each in directory.nodes() if each.app == engine.cookie_name]
        own = engine.as_node.heard(engine.clock(), directory.time())
        own = own._replace(node=f"{own.node} (examined here)")
    except StoreError:
        return  # the store's own check reports it
    yield from _adopting(site, nodes, now)
    yield from _former_place(own, nodes, now, _longest_kept(site))
    yield from compare([own, *present(nodes, now)])


def present(nodes: list[Node], now: float) -> list[Node]:
    """Return the nodes that serve now: heard recently, and not replaced.

    A node that came back with another key or version was restarted, and its new entry replaces
    the old one. If both are still heard, they are two workers of one host.
    """
    lately = [each for each in nodes if each.heard_at > now - HEARD]
    return [
        each
        for each in lately
        if not any(other.node == each.node and _replaces(other, each) for other in lately)
    ]


def _replaces(other: Node, node: Node) -> bool:
    """Return whether *other* began after *node* was last heard, or has long been heard alone."""
    alone = other.heard_at - node.heard_at
    return other.since > node.heard_at or alone > 2 * Announcement.INTERVAL


def compare(nodes: list[Node]) -> Iterator[Finding]:
    """Yield the differences between nodes; the first one is this node."""
    yield from _keys(nodes)
    yield from _policies(nodes)
    yield from _clocks(nodes)
    yield from _versions(nodes)


def _keys(nodes: list[Node]) -> Iterator[Finding]:
    """Yield the keys that sign on one node but do not verify on another."""
    for each in nodes:
        strangers = sorted({other.node for other in nodes if each.keys[0] not in other.keys})
        if strangers:
            yield Finding(
                "session440.E050",
                f"{each.node} signs with the key {each.keys[0]}, which is unknown to "
                f"{', '.join(strangers)} (fingerprints, not keys)",
                "a ticket of one is not authentic on the other: people are logged out when the "
                "load balancer sends them there (as with different machineKeys in IIS)",
                "give all of them the same secret_key; to change it, add the new one to "
                "secret_key_fallbacks everywhere first. Two sites that share a store need a "
                "prefix, or table, of their own",
            )
            return


def _policies(nodes: list[Node]) -> Iterator[Finding]:
    said = {each.policies: each.node for each in nodes}
    if len(said) > 1:
        yield Finding(
            "session440.W051",
            "policies differ: " + "; ".join(f"{node} has {text}" for text, node in said.items()),
            "how long a login lasts depends on the server that answers the person",
            "give all servers the same settings; during a deployment this ends by itself",
        )


def _clocks(nodes: list[Node]) -> Iterator[Finding]:
    slowest = min(nodes, key=lambda each: each.clock)
    fastest = max(nodes, key=lambda each: each.clock)
    apart = fastest.clock - slowest.clock
    if apart > APART:
        yield Finding(
            "session440.E052" if apart > SKEW else "session440.W052",
            f"the clock of {fastest.node} is {spoken(round(apart, 1))} ahead of that of "
            f"{slowest.node}",
            f"beyond {spoken(SKEW)} a ticket of one is not believed on the other: its login ends"
            if apart > SKEW
            else "logins end early on one of them, or late",
            "set their clocks by NTP (chronyd, systemd-timesyncd)",
        )


def _versions(nodes: list[Node]) -> Iterator[Finding]:
    said = {each.version: each.node for each in nodes}
    if len(said) > 1:
        named = ", ".join(f"{version} on {node}" for version, node in sorted(said.items()))
        yield Finding(
            "session440.W053",
            f"versions of session440 differ: {named}",
            "one of them may not understand what the other writes",
            "install one version everywhere; during a deployment this ends by itself",
        )


def _longest_kept(site: Site) -> float:
    """Return for how long a browser may hold a ticket that still tells something, in seconds."""
    evidence = site.engine.limits.evidence if site.engine else 0
    return max(each.absolute_timeout or inf for each in site.policies) + evidence


def _former_place(own: Node, nodes: list[Node], now: float, kept: float) -> Iterator[Finding]:
    """Yield a finding if the session's cookie had another path or domain, or has it elsewhere.

    :param kept: the seconds for which browsers may hold the former one.
    """
    known = [each for each in nodes if each.place and each.heard_at > now - kept]
    others = [each for each in known if own.place and each.place != own.place]
    if not others:
        return
    last = max(others, key=lambda each: each.heard_at)
    yield Finding(
        "session440.W054",
        f"the session's cookie has {own.place}, and had {last.place} on {last.node}, last seen "
        f"{spoken(round(now - last.heard_at))} ago",
        "a browser that has both sends two cookies of one name, and the app may read the former "
        "one: the person is answered 440 until that is deleted",
        "give all servers the same path and domain. After a change answers delete the former "
        "cookies, and this ends by itself; if 440s stay, give the session's cookie a new name",
    )


def _adopting(site: Site, nodes: list[Node], now: float) -> Iterator[Finding]:
    """Yield a finding if the site still adopts logins, though all older sessions are over."""
    engine = site.engine
    if engine is None or site.session is None or not nodes:
        return
    if engine.clock() >= engine.settings.adopt_until:
        return
    since = min(each.since for each in nodes)
    lifetime = _longest(site)
    if now - since <= lifetime:
        return
    day = aware(since).date()
    yield Finding(
        "session440.W046",
        f"{site.option('adopt')} is on, and session440 has been used since {day}, for longer "
        f"than any session lasts ({spoken(lifetime)})",
        "a session's cookie that was copied before that day can begin a new login again and again",
        f"set {site.option('adopt')} to False",
    )


def _longest(site: Site) -> float:
    """Return how long an older session may have lasted, in seconds."""
    lifetime = site.session.lifetime if site.session else 0
    return inf if lifetime is None else lifetime
