"""What is examined, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import cookies, keys, nodes, pages, store, timeouts
from .finding import Finding
from .site import Site

Check = Callable[[Site], Iterator[Finding]]

#: Checks that need the settings alone, and mean something on any machine.
AT_HOME: tuple[Check, ...] = (timeouts.examine, pages.examine)
#: Checks that mean something only where the site serves people, or that ask its store.
IN_SERVICE: tuple[Check, ...] = (keys.examine, cookies.examine, store.examine, nodes.examine)


def examine(site: Site, in_service: bool = True) -> list[Finding]:
    """Examine a site.

    :param in_service: whether the site serves people from here; if not, only what is wrong
        everywhere is reported, and the store is not asked.
    """
    found = [*site.faults]
    if site.engine is not None:
        for check in (*AT_HOME, *(IN_SERVICE if in_service else ())):
            found += check(site)
    return sorted(found, key=lambda each: (each.level, each.id))
