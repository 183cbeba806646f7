"""``session440 probe``: asks a running site, to see what happens to its 440."""

from __future__ import annotations

import sys

import click

from ..doctor.finding import has_errors
from ..probe import ProbeError, Report, ask
from .printing import print_findings, print_table


@click.command("probe")
@click.argument("url")
@click.option("--endpoint", default="/session440", show_default=True, metavar="PATH")
@click.option("--origin", metavar="URL", help="Another site, whose scripts call this one.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 60, min_open=True),
    default=5,
    show_default=True,
    help="Seconds for each request.",
)
@click.option("--cafile", metavar="FILE", help="Trust these certificates, in PEM.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
def command(
    url: str, endpoint: str, origin: str | None, timeout: float, cafile: str | None, as_json: bool
) -> None:
    """Ask the site at URL, to see what happens to a 440 on its way through proxies.

    It asks no other site, makes only a few requests, and ends nobody's login. The exit status
    is 1 if it finds errors.
    """
    try:
        report = ask(url, endpoint=endpoint, origin=origin, timeout=timeout, cafile=cafile)
    except ProbeError as error:
        raise click.UsageError(str(error)) from error
    if not as_json:
        _print_asked(report)
    print_findings(report.findings, as_json)
    sys.exit(has_errors(report.findings))


def _print_asked(report: Report) -> None:
    rows = [(f"{each.method} {each.path}", each.line) for each in report.asked]
    if rows:
        print_table(("asked", "seen"), rows)
        click.echo()
