"""What is examined, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import cookies, keys, nodes, pages, store, timeouts
from .finding import Finding
from .site import Site

Check = Callable[[Site], Iterator[Finding]]

#: What can be told from the settings alone, wherever they are read.
AT_HOME: tuple[Check, ...] = (timeouts.examine, pages.examine)
#: What is right or wrong only where the site serves people, or takes its store to tell.
IN_SERVICE: tuple[Check, ...] = (keys.examine, cookies.examine, store.examine, nodes.examine)


def examine(site: Site, in_service: bool = True) -> list[Finding]:
    """Examine a site.

    :param in_service: whether this is where it serves people; else only what is wrong
        everywhere is told, and nothing is asked of the store.
    """
    found = [*site.faults]
    if site.engine is not None:
        for check in (*AT_HOME, *(IN_SERVICE if in_service else ())):
            found += check(site)
    return sorted(found, key=lambda each: (each.level, each.id))
