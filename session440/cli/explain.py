"""``session440 explain``: who was logged out when, and why."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, cast

import click

from ..exceptions import ConfigurationError, StoreError
from ..explain import Explanation, LogReader, Sighting, sightings_of, verdict
from ..explain.histogram import svg_picture
from ..explain.sighting import read_moment, shown
from ..policy import seconds
from ..stores import MemoryStore, TicketStore, open_store
from ..stores.nodes import NodeDirectory, keeps_nodes
from ..stores.opening import check_url
from .explained import Timeline, print_explanation
from .loading import load_engine
from .printing import print_json

#: Seconds that a store may take to answer: many, because nobody waits for a page.
_PATIENCE = 10.0
#: How each kind of store is opened: nothing is created in it, because a URL may be mistyped.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "memory": {},
    "redis": {"timeout": _PATIENCE},
    "sql": {"timeout": _PATIENCE, "create": False},
}
_LOG = click.Path(exists=True, dir_okay=False, readable=True, allow_dash=True)
_SVG = click.Path(dir_okay=False, writable=True, path_type=Path)


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Return an ISO 8601 time as UTC epoch seconds; a day without a time is its first moment."""
    if value is None:
        return None
    found = read_moment(f"{value}T00:00:00" if len(value) == len("2026-11-24") else value)
    if found is None:
        would_do = "give one such as 2026-11-24T16:40:00+01:00"
        raise click.BadParameter(f"{value!r} is not a time; {would_do}")
    at, zoned = found
    if not zoned:
        click.echo(f"{value} names no time zone; it is taken as UTC.", err=True)
    return at


def _length(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Return a length of time in seconds, from seconds or text such as ``2m``."""
    try:
        return seconds("it", value)
    except ConfigurationError as error:
        raise click.BadParameter(str(error)) from error


class Period(NamedTuple):
    """The time to look at, in UTC epoch seconds; ``None``: no limit."""

    since: float | None
    until: float | None

    def holds(self, at: float | None) -> bool:
        """Return whether a time is within it; an unknown time is if there are no limits."""
        if self == (None, None):
            return True
        return at is not None and (self.since or 0) <= at <= (self.until or at)


class Source:
    """Where sightings come from, and what to report about reading them."""

    def __init__(self, sightings: Iterable[Sighting], reader: LogReader | None = None) -> None:
        self._sightings = sightings
        self._reader = reader
        self.period = Period(None, None)
        self.outside = 0

    def __iter__(self) -> Iterator[Sighting]:
        for seen in self._sightings:
            if self.period.holds(seen.at):
                yield seen
            else:
                self.outside += 1

    @property
    def is_readable(self) -> bool:
        """Return false for logs in which not one line is session440's."""
        return self._reader is None or self._reader.events > 0

    def read(self) -> dict[str, Any]:
        """Return what was read."""
        if self._reader is None:
            return {"outside_period": self.outside}
        return {
            "lines": self._reader.lines,
            "events": self._reader.events,
            "passed_over": self._reader.passed_over,
            "too_long": self._reader.too_long,
            "damaged": self._reader.damaged,
            "outside_period": self.outside,
        }


@click.command("explain")
@click.argument("logs", nargs=-1, type=_LOG, metavar="[LOG]...")
@click.option("--store", metavar="URL", help="Read this store's records instead of logs.")
@click.option("--app", metavar="APP", help="Read the store of this app, named as for doctor.")
@click.option("--since", callback=_moment, metavar="TIME", help="Leave out what was earlier.")
@click.option("--until", callback=_moment, metavar="TIME", help="Leave out what was later.")
@click.option(
    "--within",
    callback=_length,
    metavar="SECONDS",
    default="60",
    show_default=True,
    help="How soon after a timeout a new login counts as coming back.",
)
@click.option("--subject", metavar="NAME", help="Show what happened to one person's logins.")
@click.option("--subjects", is_flag=True, help="Name the people whose logins ended most often.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
@click.option("--svg", type=_SVG, metavar="FILE", help="Draw the idle times into a file.")
def command(
    logs: tuple[str, ...],
    store: str | None,
    app: str | None,
    since: float | None,
    until: float | None,
    within: float,
    subject: str | None,
    subjects: bool,
    as_json: bool,
    svg: Path | None,
) -> None:
    """Explain who was logged out when and why, from the LOGs that session440 wrote.

    A LOG is text or JSON lines, packed by gzip or not; - is the standard input. Lines of other
    programs are skipped. Nobody is named unless --subject or --subjects asks for it.
    """
    _check(logs, store, app, Period(since, until), subject, svg)
    with ExitStack() as stack:
        source = _source(stack, logs, store, app, within)
        source.period = Period(since, until)
        if subject is not None:
            _tell_of(subject, source, as_json)
        else:
            _explain(source, Explanation(within, subjects), as_json, svg)


def _tell_of(subject: str, source: Source, as_json: bool) -> None:
    timeline = Timeline(subject)
    _gather(source, timeline.add)
    timeline.print(as_json)


def _explain(source: Source, told: Explanation, as_json: bool, svg: Path | None) -> None:
    _gather(source, told.add)
    if svg is not None:
        _write(svg, svg_picture(told))
    if as_json:
        said = verdict(told, source.is_readable)
        print_json({"verdict": said, **told.to_dict(), "read": source.read()})
    else:
        print_explanation(told, source.read(), source.is_readable)


def _check(
    logs: tuple[str, ...],
    store: str | None,
    app: str | None,
    period: Period,
    subject: str | None,
    svg: Path | None,
) -> None:
    if sum(map(bool, (logs, store, app))) != 1:
        raise click.UsageError("give logs (- for the standard input), or --store, or --app")
    if logs.count("-") > 1:
        raise click.UsageError("- is given twice, but there is only one standard input")
    if None not in period and cast(float, period.since) > cast(float, period.until):
        raise click.UsageError("--since is later than --until; swap them")
    if subject is not None and svg is not None:
        raise click.UsageError("--svg draws everybody; leave out --subject")


# The sources


def _source(
    stack: ExitStack, logs: tuple[str, ...], store: str | None, app: str | None, within: float
) -> Source:
    if logs:
        reader = LogReader([(each, _opened(stack, each)) for each in logs])
        return Source(reader, reader)
    opened = load_engine(app).store if store is None else _open(store)
    if opened is None or isinstance(opened, MemoryStore):
        raise click.ClickException("no other process knows its logins; read its logs")
    if not keeps_nodes(opened):
        raise click.ClickException(f"a {type(opened).__name__} does not list its records")
    return Source(sightings_of(cast(NodeDirectory, opened), within))


def _opened(stack: ExitStack, log: str) -> Any:
    if log == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(log, "rb"))
    except OSError as error:
        raise click.ClickException(f"cannot read {shown(log)}: {error.strerror}") from error


def _open(url: str) -> TicketStore:
    try:
        kind = check_url(url)
        return open_store(url, **_OPTIONS[kind])
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def _gather(source: Source, take: Callable[[Sighting], object]) -> None:
    try:
        for seen in source:
            take(seen)
    except StoreError as error:
        raise click.ClickException(f"the store cannot be read: {error}") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {shown(str(path))}: {error.strerror}") from error
