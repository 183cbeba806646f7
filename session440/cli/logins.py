"""``session440 logins``: lists, revokes and deletes the logins in a store."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from ..exceptions import ConfigurationError, StoreError
from .listing import Logins, Opener, facts_of, print_logins
from .loading import load_engine
from .printing import print_json
from .revocation import revoke

#: Keeps the store's URL secret: it may hold a password, and others can see command lines.
STORE_VARIABLE: Final = "SESSION440_STORE"


class _Commands(click.Group):
    """Reports in one line that a store fails."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (StoreError, ConfigurationError) as error:
            raise click.ClickException(str(error)) from error


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
        print_json({"logins": [facts_of(logins, each) for each in found], "left_out": left_out})
        return
    print_logins(logins, found)
    if left_out:
        click.echo(f"{left_out} more are left out; see --limit.", err=True)


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


command.add_command(revoke)
