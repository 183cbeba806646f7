"""Finds pages of a login that the browser may keep."""

from __future__ import annotations

from collections.abc import Iterator

from . import pages
from .finding import Finding
from .site import Site


def examine(site: Site) -> Iterator[Finding]:
    """Yield a finding if the site has pages, and nothing keeps them out of the browser's cache."""
    if site.engine is None or site.engine.settings.page_cache == "no-store":
        return
    if not pages.has_any(site):
        return
    yield Finding(
        "session440.W019",
        f"pages of a login may be kept by the browser: {site.option('page_cache')} is None "
        "(OWASP ASVS 5.0.0, 14.3.2)",
        "after a logout the Back button may show them to the next person at this browser",
        f"set {site.option('page_cache')} to 'no-store', or send Cache-Control: no-store from the "
        "views that others must not see, and silence this finding",
    )
