"""``session440 logins``: lists, revokes and deletes the logins in a store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from heapq import nsmallest
from pathlib import Path
from typing import Any, Final, cast

import click
from click.core import ParameterSource

from ..engine import Engine
from ..exceptions import ConfigurationError, StoreError
from ..moments import iso
from ..stores import MemoryStore, Record, stored_id
from ..stores.nodes import NodeDirectory, keeps_nodes
from .loading import load_engine
from .printing import escaped, print_json, print_table

#: Keeps the store's URL secret: it may hold a password, and others can see command lines.
STORE_VARIABLE: Final = "SESSION440_STORE"


class Logins:
    """The logins in a store.

    :param knows_policies: whether the engine is the app's own. Without the app's policies it is
        not known which logins have timed out.
    """

    def __init__(self, engine: Engine, knows_policies: bool) -> None:
        if engine.store is None:
            raise click.ClickException(
                "the app has no store, so its logins are only in cookies; set its option store"
            )
        if isinstance(engine.store, MemoryStore):
            raise click.ClickException(
                "the store is the memory of the process that serves the app; no other process can "
                "read it. Give the app a shared store, such as sqlite:///logins.db"
            )
        self.engine = engine
        self.store = engine.store
        self.now = engine.clock()
        self.knows_policies = knows_policies

    def is_live(self, record: Record) -> bool:
        """Return whether a login is live, as far as is known."""
        if not self.knows_policies:
            return record.is_live and self.now < record.keep_until
        return self.engine.limits.is_live(record, self.now)

    def state(self, record: Record) -> str:
        """Return in words whether a login is live, or what ended it."""
        if not record.is_live:
            return record.cause.value if record.cause else "logged out"
        if not self.knows_policies:
            return "not ended" if self.is_live(record) else "over"
        return "live" if self.is_live(record) else self.engine.limits.expiry(record).cause.value

    def ends_at(self, record: Record) -> float | None:
        """Return when a login ended, or will end if nobody uses it, in UTC epoch seconds."""
        if record.ended_at is None and self.knows_policies:
            return self.engine.limits.expiry(record).deadline
        return record.ended_at

    def of_subject(self, subject: str) -> list[Record]:
        """Return the live logins of *subject*, the oldest first."""
        return [each for each in self.store.by_subject(subject) if self.is_live(each)]

    def some(self, limit: int) -> tuple[list[Record], int]:
        """Return at most *limit* logins of all people, and how many are left out.

        Live logins come first, then those that ended last. No more than *limit* logins are kept
        in memory.
        """
        if not keeps_nodes(self.store):
            raise click.ClickException("the app's own store cannot list all logins; name a subject")
        total = 0

        def counted() -> Iterator[Record]:
            nonlocal total
            for record in cast(NodeDirectory, self.store).records():
                total += 1
                yield record

        first = nsmallest(limit, counted(), key=self._rank)
        # Redis may return a key twice (https://redis.io/docs/latest/commands/scan/).
        return [*{each.id: each for each in first}.values()], total - len(first)

    def _rank(self, record: Record) -> tuple[bool, float]:
        return not self.is_live(record), -(record.ended_at or record.seen_at)

    def purge(self) -> int:
        """Delete logins that are over, in small batches, and return how many."""
        self.store.find(stored_id(""))  # purge() does not ask Redis, which may be out
        return sum(iter(partial(self.store.purge, self.now), 0))


class _Commands(click.Group):
    """Reports in one line that a store fails."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (StoreError, ConfigurationError) as error:
            raise click.ClickException(str(error)) from error


Opener = Callable[[], Logins]


@click.group("logins", cls=_Commands)
@click.option("--app", metavar="TARGET", help="An app, such as mysite.wsgi:application.")
@click.option("--store", metavar="URL", envvar=STORE_VARIABLE, help="Such as redis://host:6379/0.")
@click.pass_context
def command(context: click.Context, app: str | None, store: str | None) -> None:
    """List, revoke and delete the logins in a store.

    The store is that of --app, or the one at the URL in --store or SESSION440_STORE, or that of
    Flask's current app or the project of DJANGO_SETTINGS_MODULE. An app knows its policies;
    with only a URL it is not known which logins have timed out.
    """
    is_ambient = context.get_parameter_source("store") is ParameterSource.ENVIRONMENT
    if is_ambient and (app is not None or _is_within_flask(context)):
        store = None
    if store is not None and app is not None:
        raise click.UsageError("--app has a store of its own; leave out --app or --store")
    context.obj = partial(_open, app, store)  # opened later: people may only want to read --help


def _is_within_flask(context: click.Context) -> bool:
    """Return whether this is ``flask session440 …``, whose app may read the variable itself."""
    module = sys.modules.get("flask.cli")
    return module is not None and context.find_object(module.ScriptInfo) is not None


def _open(app: str | None, store: str | None) -> Logins:
    if store is not None:
        _check_file(store)
    try:
        return Logins(load_engine(app, store), knows_policies=store is None)
    except click.UsageError as error:
        raise click.ClickException(
            "no store is given; give its URL with --store, as in --store redis://host:6379/0, or "
            f"in {STORE_VARIABLE}; or the app that has it, as in --app mysite.wsgi:application"
        ) from error


def _check_file(url: str) -> None:
    """Raise an error for the path of a missing SQLite database, which SQLite would create."""
    scheme, _, path = url.partition("?")[0].partition(":///")
    is_file = scheme.startswith("sqlite") and path and not path.startswith((":", "file:"))
    if is_file and not Path(path).exists():
        raise click.ClickException(
            "there is no SQLite database there; sqlite:///logins.db is in the current directory"
        )


@command.command("list")
@click.argument("subject", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody's, also those that are over.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
@click.pass_obj
def list_logins(
    opener: Opener, subject: str | None, everybody: bool, limit: int, as_json: bool
) -> None:
    """List the live logins of SUBJECT.

    With --all, everybody's logins: first the live ones, then those that ended last, up to the
    limit.
    """
    if bool(subject) == everybody:
        raise click.UsageError("name a subject, or give --all")
    logins = opener()
    found, left_out = (logins.of_subject(subject), 0) if subject else logins.some(limit)
    if as_json:
        print_json({"logins": [_facts(logins, each) for each in found], "left_out": left_out})
        return
    _print_logins(logins, found)
    if left_out:
        click.echo(f"{left_out} more are left out; see --limit.", err=True)


def _print_logins(logins: Logins, found: list[Record]) -> None:
    if not found:
        click.echo("There are no logins.")
        return
    facts = [_facts(logins, each) for each in found]
    rows = [[escaped(value or "") for value in each.values()] for each in facts]
    print_table([*facts[0]], rows)


def _facts(logins: Logins, record: Record) -> dict[str, str | None]:
    return {
        "id": record.id,
        "subject": record.subject,
        "state": logins.state(record),
        "issued_at": _utc(record.issued_at),
        "seen_at": _utc(record.seen_at),
        "ends_at": _utc(logins.ends_at(record)),
        "policy": record.policy,
        "node": record.node,
    }


def _utc(moment: float | None) -> str | None:
    """Return a time in ISO 8601; a broken record may hold a number that is not a time."""
    if moment is None:
        return None
    try:
        return iso(moment, "seconds")
    except (OverflowError, ValueError, OSError):
        return f"{moment:g}"


@command.command("revoke")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--subject", help="Revoke all logins of this subject.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine; needs --yes.")
@click.pass_obj
def revoke(
    opener: Opener, ids: tuple[str, ...], subject: str | None, yes: bool, as_json: bool
) -> None:
    """End logins by the ids that list shows, or all logins of a subject.

    The people who use them get a 440 at their next request. The exit status is 1 if one of the
    IDs was not live.
    """
    if bool(ids) == (subject is not None):
        raise click.UsageError("give ids, or --subject")
    if as_json and not yes:
        raise click.UsageError("--json does not ask; give --yes too")
    logins = opener()
    if not yes:
        _ask(logins, ids, subject)
    done = _revoke(logins, ids) if subject is None else _revoke_all(logins, subject)
    if logins.engine.reports_only:
        click.echo("enforcement is 'report': they go on anyway.", err=True)
    _tell_revoked(done, as_json)
    sys.exit(not all(done.values()))


def _ask(logins: Logins, ids: tuple[str, ...], subject: str | None) -> None:
    named = [logins.store.find(stored_id(each)) for each in ids]
    found = [each for each in named if each is not None]
    _print_logins(logins, found if subject is None else logins.of_subject(subject))
    click.confirm("Revoke them?", abort=True)


def _revoke(logins: Logins, ids: tuple[str, ...]) -> dict[str, bool]:
    """End logins, and return for each one whether it was live."""
    done = {}
    for id in dict.fromkeys(map(stored_id, ids)):
        record = logins.store.find(id)
        done[id] = record is not None and logins.is_live(record)
        logins.engine.revoke(id)  # even one that seems to have timed out, as an engine does
    return done


def _revoke_all(logins: Logins, subject: str) -> dict[str, bool]:
    done = {each.id: True for each in logins.of_subject(subject)}
    logins.engine.revoke_all(subject)
    return done


def _tell_revoked(done: dict[str, bool], as_json: bool) -> None:
    if as_json:
        revoked = [id for id, was_live in done.items() if was_live]
        print_json({"revoked": revoked, "not_live": [id for id in done if not done[id]]})
        return
    for id, was_live in done.items():
        click.echo(f"{id}: {'revoked' if was_live else 'was not live'}")
    if not done:
        click.echo("There was nothing to revoke.")


@command.command("purge")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
@click.pass_obj
def purge(opener: Opener, as_json: bool) -> None:
    """Delete logins that are over and not needed any more; Redis does this by itself."""
    forgotten = opener().purge()
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        click.echo(f"{forgotten} forgotten")
