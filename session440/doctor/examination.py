"""Which checks are made, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import caching, cookies, credentials, keys, nodes, pages, recency, store, timeouts
from .finding import Finding
from .site import Site

Check = Callable[[Site], Iterator[Finding]]

#: Checks that need only the settings, and are useful on any machine.
AT_HOME: tuple[Check, ...] = (
    timeouts.examine,
    pages.examine,
    recency.examine,
    credentials.examine,
)
#: Checks that are useful only on a machine that serves people, or that ask the store.
IN_SERVICE: tuple[Check, ...] = (
    keys.examine,
    cookies.examine,
    caching.examine,
    store.examine,
    nodes.examine,
)


def examine(site: Site, in_service: bool = True) -> list[Finding]:
    """Return what is wrong with a site.

    :param in_service: whether the site serves people from this machine; if not, only what is
        wrong on any machine is reported, and the store is not asked.
    """
    found = [*site.faults]
    if site.engine is not None:
        for check in (*AT_HOME, *(IN_SERVICE if in_service else ())):
            found += check(site)
    return sorted(found, key=lambda each: (each.level, each.id))
