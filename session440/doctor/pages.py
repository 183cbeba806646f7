"""Looks through a site's pages: do they poll, and does a script tell of the people in them?"""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from .finding import Finding
from .site import Site

#: How many files are read at most, and how long they may be: longer ones are other people's.
MOST_FILES = 2000
MOST_BYTES = 200_000
SCRIPTS = (".js", ".mjs", ".ts")
KINDS = (".html", ".htm", ".jinja", ".jinja2", ".j2", *SCRIPTS)
#: Folders of what others wrote.
FOREIGN = {"node_modules", "vendor"}

TAG = re.compile(r"session440_client|/client\.js")
#: https://htmx.org/attributes/hx-trigger/#polling
HTMX = re.compile(r"""hx-trigger\s*=\s*["'][^"']*\bevery\s+\d""")
TIMER = re.compile(r"setInterval\s*\(", re.IGNORECASE)
CALL = re.compile(r"\b(?:fetch|ajax|axios|getJSON|XMLHttpRequest)\b")
MARK = re.compile("Session440-Passive", re.IGNORECASE)


def examine(site: Site) -> Iterator[Finding]:
    """Yield a finding if only people count, and no page tells of them."""
    if not _lets_only_people_count(site) or has_tag(site):
        return
    yield Finding(
        "session440.W018",
        f"{site.option('activity')} is 'people', and no template has the tag of the script",
        "calls by scripts do not count then, and without the script's pings typing does not "
        "count either: a person who works in one page for long is logged out",
        "put the tag on the pages of people who are logged in (docs/browser.md), or leave "
        f"{site.option('activity')} at 'requests'",
    )


def has_tag(site: Site) -> bool:
    """Return whether a template or script in the site's folders has the tag of client.js."""
    return any(TAG.search(text) for _, text in _sources(site))


def has_any(site: Site) -> bool:
    """Return whether the site has a template of its own, and so pages."""
    return any(not name.endswith(SCRIPTS) for name, _ in _sources(site))


def polling(site: Site) -> Iterator[str]:
    """Yield the note on pages that poll, where a poll keeps people logged in."""
    if site.engine is None or _lets_only_people_count(site) or site.engine.settings.passive:
        return
    sources = [*_sources(site)]
    found = sorted(name for name, text in sources if _polls(text))
    if found and not any(MARK.search(text) for _, text in sources):
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        yield (
            f"{', '.join(found[:3])}{more} may poll, and a poll that is not marked keeps people "
            f"logged in for ever: mark it as passive, or make {site.option('activity')} 'people' "
            "(docs/activity.md)."
        )


def _polls(text: str) -> bool:
    return bool(HTMX.search(text) or (TIMER.search(text) and CALL.search(text)))


def _lets_only_people_count(site: Site) -> bool:
    return site.engine is not None and site.engine.settings.activity == "people"


def _sources(site: Site) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a site's templates and scripts."""
    for path in islice(_files(site.folders), MOST_FILES):
        # A link may lead nowhere, and nobody may be allowed to read what is there.
        with suppress(OSError):
            if path.stat().st_size <= MOST_BYTES:
                yield path.name, path.read_text(encoding="utf-8", errors="replace")


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    installed = tuple(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    for folder in folders:
        if str(folder).startswith(installed):
            continue
        for root, inner, names in os.walk(folder):
            inner[:] = sorted(set(inner) - FOREIGN)
            yield from (Path(root, each) for each in sorted(names) if _is_source(each))


def _is_source(name: str) -> bool:
    return name.endswith(KINDS) and ".min." not in name
