"""Finds paths that ask for a recent login never, or for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from math import inf

from ..moments import spoken
from ..settings import Settings
from .finding import Finding
from .site import Site


def examine(site: Site) -> Iterator[Finding]:
    """Yield what is wrong with the paths that want a recent login."""
    if site.engine is not None:
        yield from _endless(site)
        yield from _looping(site, site.engine.settings)


def _recent(settings: Settings) -> Mapping[str, float]:
    return getattr(settings, "recent", {})


def _endless(site: Site) -> Iterator[Finding]:
    """Yield a finding for each path that no login lives long enough to be asked for."""
    if site.engine is None:
        return
    longest = max(each.absolute_timeout or inf for each in site.policies)
    for path, within in _recent(site.engine.settings).items():
        if within >= longest:
            yield Finding(
                "session440.W083",
                f"{site.option('recent')} lets a login be {spoken(within)} old at {path!r}, but "
                f"none gets older than {spoken(longest)}, the absolute timeout",
                "whoever has logged in is never asked for a proof there",
                f"make it less than {spoken(longest)}, such as '10m'",
            )


def _looping(site: Site, settings: Settings) -> Iterator[Finding]:
    """Yield a finding for a page for the proof that wants the proof itself."""
    page = getattr(settings, "step_up_url", None)
    if not isinstance(page, str):
        return
    path = re.split("[?#]", page)[0]
    for pattern in _recent(settings):
        if re.match(translate(pattern), path):
            yield Finding(
                "session440.E084",
                f"{site.option('step_up_url')} is {page!r}, which {pattern!r} in "
                f"{site.option('recent')} matches",
                "the page where people prove who they are asks for that proof itself: they are "
                "sent there for ever",
                "give that page a path that no pattern matches, or make the pattern narrower",
            )
