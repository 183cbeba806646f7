"""Finds paths that never ask for a recent login, and pages at which nobody can prove it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ..moments import spoken
from .finding import Finding
from .site import Site


def examine(site: Site) -> Iterator[Finding]:
    """Yield a finding for each path that no login lives long enough to be asked at."""
    if site.engine is None:
        return
    longest = max(each.absolute_timeout or inf for each in site.policies)
    for path, within in site.engine.settings.recent.items():
        if within >= longest:
            yield Finding(
                "session440.W083",
                f"{site.option('recent')} lets a login be {spoken(within)} old at {path!r}, but "
                f"none gets older than {spoken(longest)}, the absolute timeout",
                "people who are logged in are never asked for a proof there",
                f"make it less than {spoken(longest)}, such as '10m'",
            )


def looping(url: str, option: str) -> Finding:
    """Return the finding for a page for the proof whose view wants the proof itself.

    :param option: the setting that says which page it is.
    """
    return Finding(
        "session440.E084",
        f"the view at {url}, where people prove who they are, is marked with @recent",
        "it asks for the proof that people come there to give: they are sent to it for ever",
        f"remove the decorator from that view, or name another page in {option}",
    )


def sending_away(url: str, option: str) -> Finding:
    """Return the finding for a page for the proof that shows its form only to visitors.

    :param option: the setting that says which page it is.
    """
    return Finding(
        "session440.W085",
        f"a view or path wants a recent login, and {url}, where people would log in once more, "
        "sends away people who are logged in",
        "they are led back to the page that wants the proof, and sent away again, for ever",
        f"give {option} a page that also asks people who are logged in",
    )
