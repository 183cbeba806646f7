"""``session440 policy``: shows how long logins last, and what a standard says about that."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from ..doctor.clauses import BROKEN, Clause, Held, clauses_of
from ..doctor.site import Site
from ..engine import Engine
from ..policy import PRESETS
from .loading import load_site
from .policy_report import report
from .policy_rows import (
    LIMITS,
    VERDICTS,
    engine_of,
    hold_all,
    limits_row,
    numbers,
    place,
    policies,
    verdict_row,
)
from .printing import print_json, print_table


@click.command("policy")
@click.option("--preset", type=click.Choice([*PRESETS]), help="A standard, by its preset.")
@click.option("--app", metavar="TARGET", help="An app, such as mysite.wsgi:application.")
@click.option("--list", "lists", is_flag=True, help="List the presets.")
@click.option("--report", "reports", is_flag=True, help="Write Markdown for an auditor.")
@click.option("--json", "as_json", is_flag=True, help="Print for a machine.")
def command(preset: str | None, app: str | None, lists: bool, reports: bool, as_json: bool) -> None:
    """Show how long logins last, and which clauses of a standard that satisfies or breaks.

    For a preset, for an app, or for an app compared with a preset. Without --app: Flask's
    current app, or the project of DJANGO_SETTINGS_MODULE, if there is one. The exit status
    is 1 if an app breaks what the standard requires; what it recommends is a warning.
    """
    if reports and as_json:
        raise click.UsageError("--report is Markdown; leave out --report or --json")
    site = None if lists else _site(app, preset, reports)
    if site is None:
        _tell_presets([*PRESETS] if lists or preset is None else [preset], as_json)
        return
    engine = engine_of(site)
    preset = preset or (engine.settings.preset if reports else None)
    held = hold_all(engine, clauses_of(preset) if preset else ())
    if reports:
        click.echo(report(site, preset, engine.clock()))
    elif as_json:
        print_json(_facts(engine, preset, held))
    else:
        _tell_app(engine, preset, held)
    sys.exit(any(each.fails for each in held))


def _site(app: str | None, preset: str | None, reports: bool) -> Site | None:
    """Return the app's set-up, or ``None`` if there is no app and none is needed."""
    try:
        return load_site(app)
    except click.UsageError as error:
        if preset is not None and not reports:
            return None
        raise click.UsageError(
            "no app is given; name one, as in --app mysite.wsgi:application, or set "
            "DJANGO_SETTINGS_MODULE; or name only a standard, as in --preset pci-dss"
        ) from error


# --- for people and machines


def _tell_presets(names: list[str], as_json: bool) -> None:
    clauses = {name: clauses_of(name) for name in names}
    if as_json:
        dicts = {name: [each._asdict() for each in clauses[name]] for name in names}
        print_json(
            [{"preset": name, **numbers(PRESETS[name]), "clauses": dicts[name]} for name in names]
        )
        return
    print_table(("preset", *LIMITS[1:]), [limits_row(name, PRESETS[name]) for name in names])
    click.echo()
    print_table(
        ("preset", "clause", "force", "asks that"),
        [(name, place(each), each.force, each.text) for name in names for each in clauses[name]],
    )
    _tell_sources(each for name in names for each in clauses[name])


def _tell_sources(clauses: Iterable[Clause]) -> None:
    click.echo("\nSources:")
    for source in dict.fromkeys(each.source for each in clauses):
        click.echo(f"  {source}")


def _tell_app(engine: Engine, preset: str | None, held: list[Held]) -> None:
    print_table(LIMITS, [limits_row(*each) for each in policies(engine).items()])
    if engine.reports_only:
        click.echo("\nenforcement is 'report': nothing ends by these limits.")
    if preset:
        click.echo()
        print_table(VERDICTS, map(verdict_row, held))
        _tell_sources(each.clause for each in held)
        click.echo(f"\n{preset}: {_summary(held)}")


def _summary(held: list[Held]) -> str:
    broken = [each for each in held if each.verdict == BROKEN]
    required = sum(each.fails for each in broken)
    told = [f"requirements broken: {required}"] if required else []
    if len(broken) > required:
        told.append(f"recommendations not followed: {len(broken) - required}")
    return ", ".join(told) or "nothing is broken"


def _facts(engine: Engine, preset: str | None, held: list[Held]) -> dict[str, Any]:
    return {
        "policies": {name: numbers(each) for name, each in policies(engine).items()},
        "enforcement": engine.settings.enforcement,
        "preset": preset,
        "clauses": [
            {
                "policy": each.name,
                **each.clause._asdict(),
                "here": each.clause.length(each.policy) if each.enforced else None,
                "verdict": each.verdict,
            }
            for each in held
        ],
    }
