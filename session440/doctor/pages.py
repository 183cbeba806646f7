"""Finds pages that scripts ask for, not people: polling keeps people logged in for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .finding import Finding
from .site import Site

#: Words in paths that scripts ask for again and again.
POLLED = re.compile(
    r"(^|[/_.-])(poll|polling|long-?poll|heartbeat|ping|keep-?alive|notifications?|"
    r"unread(-?count)?|updates|presence|badge-?count)($|[/_.-])",
    re.IGNORECASE,
)
#: The variable parts of a path: Flask's and Django's converters, and groups of re_path().
PARAMETER = re.compile(r"<[^>]*>|\((?:[^()]|\([^()]*\))*\)")
_MOST_SHOWN = 5


def examine(site: Site) -> Iterator[Finding]:
    """Yield a finding for paths that scripts seem to ask for, and that count as activity."""
    if site.engine is None:
        return
    passive = site.engine.settings.passive_paths
    suspects = [
        page.path
        for page in site.pages
        if POLLED.search(page.path)
        and not page.is_passive
        and not (passive and passive.match(PARAMETER.sub("1", page.path)))
    ]
    if suspects:
        yield _polled(site, suspects)


def _polled(site: Site, suspects: list[str]) -> Finding:
    patterns = [PARAMETER.sub("*", each) for each in suspects[:_MOST_SHOWN]]
    shown = ", ".join(suspects[:_MOST_SHOWN])
    more = len(suspects) - _MOST_SHOWN
    return Finding(
        "session440.W063",
        f"{shown}{f' and {more} more' if more > 0 else ''}: polling, to judge by the name, but "
        "it counts as activity",
        "an open tab that polls keeps its person logged in for ever: the idle timeout never "
        "fires for people who have gone home",
        f"mark the views @passive, or set {site.option('passive')} = {patterns!r}; "
        "if people ask for them themselves, tell the doctor with --silence session440.W063",
    )
