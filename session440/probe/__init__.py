"""Asks a running site, to see what happens to its 440 on the way to people's browsers.

It asks for ``status``, to see how a healthy answer arrives, and three times for ``sample``, a
440 that is about nobody's login: as a script would, once more (a cache would send the same
answer), and as a person's browser would. Last it posts to ``extend``, without a login, to see
whether the app knows its own pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ..doctor.finding import Finding
from ..moments import MINUTE
from . import arrival, clocks, cookies, headers, origins, sticky
from .answer import Answer
from .asking import Asker, ProbeError, UnreachableError, read_origin, read_url

__all__ = ["ProbeError", "Report", "ask", "probe"]

#: In seconds: the default of the app's option.
IDLE_TIMEOUT = 20.0 * MINUTE
_AS_SCRIPT = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}
_AS_PERSON = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Encoding": "gzip",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


class Report(NamedTuple):
    """What was asked and seen, and what is wrong with it."""

    asked: tuple[Answer, ...]
    findings: list[Finding]


def probe(
    url: str,
    *,
    endpoint: str = "/session440",
    origin: str | None = None,
    clock: Callable[[], float] = time.time,
    timeout: float = 5,
    cafile: str | None = None,
    idle_timeout: float = IDLE_TIMEOUT,
) -> list[Finding]:
    """Return what is wrong with a site, as seen from here, with the parameters of :func:`ask`."""
    return ask(
        url,
        endpoint=endpoint,
        origin=origin,
        clock=clock,
        timeout=timeout,
        cafile=cafile,
        idle_timeout=idle_timeout,
    ).findings


def ask(
    url: str,
    *,
    endpoint: str = "/session440",
    origin: str | None = None,
    clock: Callable[[], float] = time.time,
    timeout: float = 5,
    cafile: str | None = None,
    idle_timeout: float = IDLE_TIMEOUT,
) -> Report:
    """Return what a site answers, asked only at its host and port, ``MOST_REQUESTS`` times at most.

    :param url: where the app is; its endpoints are under this path.
    :param endpoint: the app's option ``endpoint``.
    :param origin: another site whose scripts call this one; the CORS headers are examined too.
    :param clock: returns the time here, in UTC epoch seconds.
    :param timeout: seconds for each whole request.
    :param cafile: a PEM file of certificates to trust instead of the machine's own.
    :param idle_timeout: the app's, in seconds.
    :raises ProbeError: if the URL, origin, endpoint or file cannot be used.
    """
    asker = Asker(read_url(url, endpoint), clock, timeout, cafile)
    own = {} if origin is None else {"Origin": read_origin(origin)}
    try:
        found = [*_ask(asker, own)]
        found += [each for first in asker.asked[:1] for each in sticky.examine(first, idle_timeout)]
    except UnreachableError as error:
        found = [_unreachable(error)]
    return Report(tuple(asker.asked), sorted(found, key=lambda each: (each.level, each.id)))


def _ask(asker: Asker, own: dict[str, str]) -> list[Finding]:
    status = asker.ask("status", {**_AS_SCRIPT, **own})
    missing = arrival.examine_status(status)
    if missing is not None:
        return [missing]
    first = asker.ask("sample", {**_AS_SCRIPT, **own})
    missing = arrival.examine_endpoint(first)
    if missing is not None:
        return [missing]
    again = asker.ask("sample", {**_AS_SCRIPT, **own})
    page = asker.ask("sample", _AS_PERSON)
    cached = [*arrival.examine_cache(status, first, again, page)]
    replaced = [*arrival.examine_replacement(first, page)]
    found = [*cached, *replaced, *clocks.examine(status, first, is_fresh=not cached)]
    if not replaced:
        found += headers.examine(status, first)
    if not (replaced or cached):  # a cache's answer may be for another request
        found += arrival.examine_content(first, page)
        found += cookies.examine(first, asker.target.host)
        found += origins.examine(_extend(asker), asker.target.origin)
    return found


def _extend(asker: Asker) -> Answer:
    return asker.ask("extend", {**_AS_SCRIPT, "Origin": asker.target.origin}, "POST")


def _unreachable(error: UnreachableError) -> Finding:
    return Finding(
        "session440.E079",
        str(error),
        "what the probe cannot reach, people may not reach either",
        error.remedy,
    )
