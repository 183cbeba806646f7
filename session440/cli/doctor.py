"""``session440 doctor``: examines an app's set-up."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import inf

import click

from ..doctor import pages, starts, workers
from ..doctor.credentials import libraries_in
from ..doctor.examination import examine
from ..doctor.finding import Finding, has_errors
from ..doctor.site import Site, Workers
from .loading import flask_target, load_site
from .printing import print_findings


@click.command("doctor")
@click.argument("app", required=False)
@click.option("--https", is_flag=True, help="People use it over https, whatever the settings say.")
@click.option("--workers", "count", type=click.IntRange(1), help="How many processes serve it.")
@click.option("--url", help="Where it runs; it is probed too.")
@click.option("--silence", multiple=True, metavar="ID", help="Leave a finding out.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
def command(
    app: str | None,
    https: bool,
    count: int | None,
    url: str | None,
    silence: tuple[str, ...],
    as_json: bool,
) -> None:
    """Examine the set-up of APP, such as mysite.wsgi:application or 'mysite:create_app()'.

    Without APP: Flask's current app, or the project of DJANGO_SETTINGS_MODULE. The exit
    status is 1 if it finds errors.
    """
    site = workers.counted(_loaded(app))
    if count is not None:
        site = replace(site, workers=Workers(count, "--workers"))
    site = replace(site, is_https=https or site.is_https or (url or "").startswith("https:"))
    found = [*examine(site), *_compared(site, app), *_probed(site, url)]
    told = [each for each in found if each.id not in silence]
    print_findings(told, as_json)
    for note in () if as_json else (*site.notes, *pages.polling(site)):
        click.echo(f"Note: {note}")
    sys.exit(has_errors(told))


def _loaded(app: str | None) -> Site:
    """Return the site, with what of a plain WSGI app only its imports show."""
    before = set(sys.modules)
    site = load_site(app)
    found = site.libraries or libraries_in(set(sys.modules) - before)
    return replace(site, libraries=found)


def _compared(site: Site, app: str | None) -> list[Finding]:
    try:
        return [*starts.compare(site, _start(app))]
    except starts.StartError as error:
        click.echo(f"Note: {error}.", err=True)
        return []


def _start(app: str | None) -> str:
    """Return the code that starts the app once more."""
    from_flask = flask_target()
    if app is None and from_flask is not None:
        return (
            "from flask.cli import ScriptInfo; from session440.cli.loading import site_of; "
            f"engine = site_of(ScriptInfo({from_flask or None!r}).load_app()).engine"
        )
    return f"from session440.cli.loading import load_engine; engine = load_engine({app!r})"


def _probed(site: Site, url: str | None) -> list[Finding]:
    if url is None:
        return []
    from ..probe import ProbeError, probe

    endpoint = site.engine.settings.endpoint if site.engine else None
    try:
        return probe(url, endpoint=endpoint or "/session440", idle_timeout=_longest_pause(site))
    except ProbeError as error:
        raise click.BadParameter(str(error), param_hint="--url") from error


def _longest_pause(site: Site) -> float:
    """Return how long a person may do nothing at all and be logged in, in seconds."""
    return max(each.idle_timeout or each.absolute_timeout or inf for each in site.policies)
