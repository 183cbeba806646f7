"""``session440 logins revoke``: ends one login, a person's, or everybody's."""

from __future__ import annotations

import sys

import click

from ..moments import iso
from ..stores import stored_id
from .listing import Logins, NoStore, Opener, print_logins
from .printing import print_json


@click.command("revoke")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--subject", help="Revoke all logins of this subject.")
@click.option("--everybody", is_flag=True, help="Revoke all logins of all people.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine; needs --yes.")
@click.pass_obj
def revoke(
    opener: Opener,
    ids: tuple[str, ...],
    subject: str | None,
    everybody: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """End logins by the ids that list shows, all logins of a subject, or everybody's.

    The people who use them get a 440 at their next request. The exit status is 1 if one of the
    IDs was not live. An app without a store is told which option ends everybody's logins.
    """
    if [bool(ids), subject is not None, everybody].count(True) != 1:
        raise click.UsageError("give ids, or --subject, or --everybody")
    if as_json and not yes:
        raise click.UsageError("--json does not ask; give --yes too")
    if everybody:
        _revoke_everybody(_opened(opener), yes, as_json)
        return
    logins = opener()
    if not yes:
        _ask(logins, ids, subject)
    done = _revoke(logins, ids) if subject is None else _revoke_all(logins, subject)
    _warn(logins)
    _tell_revoked(done, as_json)
    sys.exit(not all(done.values()))


def _warn(logins: Logins) -> None:
    if logins.engine.reports_only:
        click.echo("enforcement is 'report': they go on anyway.", err=True)


def _opened(opener: Opener) -> Logins:
    try:
        return opener()
    except NoStore as error:
        raise click.ClickException(_SET_VALID_FROM.format(moment=iso(error.now))) from error


#: What an app without a store does instead, in each kind of app.
_SET_VALID_FROM = """\
the app has no store, so its logins are only in cookies, and no command reaches them. Set its \
option valid_from, and start all of its processes again: logins from before that moment are over.
  Flask   app.config["SESSION440_VALID_FROM"] = datetime.fromisoformat("{moment}")
  Django  SESSION440 = {{"VALID_FROM": datetime.fromisoformat("{moment}")}}
  WSGI    Session440Middleware(app, valid_from=datetime.fromisoformat("{moment}"))"""


def _revoke_everybody(logins: Logins, yes: bool, as_json: bool) -> None:
    if not yes:
        click.confirm("Revoke all logins of all people?", abort=True)
    count = logins.engine.revoke_everybody()
    _warn(logins)
    if as_json:
        print_json({"revoked_count": count})
    else:
        click.echo(f"{count} revoked")


def _ask(logins: Logins, ids: tuple[str, ...], subject: str | None) -> None:
    named = [logins.store.find(stored_id(each)) for each in ids]
    found = [each for each in named if each is not None]
    print_logins(logins, found if subject is None else logins.of_subject(subject))
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
