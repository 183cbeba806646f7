"""``session440 policy``: shows how long logins last, and what a standard says about that."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from ..doctor.clauses import ASVS, ASVS_URL, BROKEN, Clause, Held, clauses_of, hold
from ..doctor.site import Site
from ..engine import Engine
from ..moments import iso, spoken
from ..policy import PRESETS, Policy
from ..version import __version__
from .loading import load_site
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
    engine = _engine(site)
    preset = preset or (engine.settings.preset if reports else None)
    held = _hold(engine, clauses_of(preset) if preset else ())
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


def _engine(site: Site) -> Engine:
    if site.engine is None:
        raise click.ClickException(site.faults[0].found)
    return site.engine


def _policies(engine: Engine) -> dict[str, Policy]:
    return {name: engine.policy(name) for name in engine.limits.names}


def _hold(engine: Engine, clauses: Iterable[Clause]) -> list[Held]:
    return hold(_policies(engine), clauses, not engine.reports_only)


# --- for people and machines

_LIMITS = ("policy", "idle timeout", "absolute timeout", "warned before", "renewed each")
_VERDICTS = ("policy", "clause", "force", "asks that", "here", "verdict")


def _limits(name: str, policy: Policy) -> tuple[str, ...]:
    return (name, *map(spoken, _numbers(policy).values()))


def _numbers(policy: Policy) -> dict[str, float | None]:
    return {
        "idle_timeout": policy.idle_timeout,
        "absolute_timeout": policy.absolute_timeout,
        "warn_before": policy.warning,
        "renew_interval": policy.renewal,
    }


def _row(held: Held) -> tuple[str, ...]:
    clause = held.clause
    here = spoken(clause.length(held.policy)) if held.enforced else "nothing ends"
    return (held.name, _place(clause), clause.force, clause.text, here, held.verdict)


def _place(clause: Clause) -> str:
    return f"{clause.standard}, {clause.number}"


def _tell_presets(names: list[str], as_json: bool) -> None:
    clauses = {name: clauses_of(name) for name in names}
    if as_json:
        dicts = {name: [each._asdict() for each in clauses[name]] for name in names}
        print_json(
            [{"preset": name, **_numbers(PRESETS[name]), "clauses": dicts[name]} for name in names]
        )
        return
    print_table(("preset", *_LIMITS[1:]), [_limits(name, PRESETS[name]) for name in names])
    click.echo()
    print_table(
        ("preset", "clause", "force", "asks that"),
        [(name, _place(each), each.force, each.text) for name in names for each in clauses[name]],
    )
    _tell_sources(each for name in names for each in clauses[name])


def _tell_sources(clauses: Iterable[Clause]) -> None:
    click.echo("\nSources:")
    for source in dict.fromkeys(each.source for each in clauses):
        click.echo(f"  {source}")


def _tell_app(engine: Engine, preset: str | None, held: list[Held]) -> None:
    print_table(_LIMITS, [_limits(*each) for each in _policies(engine).items()])
    if engine.reports_only:
        click.echo("\nenforcement is 'report': nothing ends by these limits.")
    if preset:
        click.echo()
        print_table(_VERDICTS, map(_row, held))
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
        "policies": {name: _numbers(each) for name, each in _policies(engine).items()},
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


# --- for an auditor

_LEVELS = ("nist-aal1", "nist-aal2", "nist-aal3")
_EXPLANATION = (
    "A login ends at the earliest of: the idle timeout after the last request that counted as "
    "activity, the absolute timeout after it began, and the end of the credential behind it, "
    "if the app says when that is. It is over at that moment, not after it. It may end early by "
    'as much as "renewed each" says, but never late.'
)
_ENFORCEMENT = {
    "strict": "strict: a request with a login that has ended is answered 440",
    "challenge": "challenge: a login that has ended lets nobody in; safe requests run as a "
    "visitor's, and are answered 440 if the app refuses them",
    "report": "report: nothing ends; the log says what would have",
}
_STORES = {
    "RedisStore": "Redis or Valkey",
    "SQLStore": "a relational database",
    "DjangoStore": "the project's own database",
    "MemoryStore": "the memory of one process",
}


_OUTAGE = {
    "degrade": "the signed ticket keeps timeouts working, revocations wait",
    "refuse": "a request with a login is answered 503",
}


def report(site: Site, preset: str | None, now: float) -> str:
    """Return a document about an app's timeouts in Markdown, as OWASP ASVS 5.0, 7.1.1, asks.

    There is no key, no host and no person in it, and only the kind of the store.

    :param preset: the standard with which the policies are compared, beside ASVS.
    :param now: when it is written, in UTC epoch seconds.
    """
    engine = _engine(site)
    held = _hold(engine, (*(clauses_of(preset) if preset else ()), *ASVS))
    written = iso(now, "seconds")
    return "\n\n".join(
        [
            "# How logins end",
            f"Written at {written}, by session440 {__version__}, from the settings of the app "
            f"({site.adapter}). This page is for OWASP ASVS 5.0, 7.1.1 (<{ASVS_URL}>).",
            "## Limits",
            _markdown(_LIMITS, [_limits(*each) for each in _policies(engine).items()]),
            _EXPLANATION,
            "## How they are kept",
            _markdown(("what", "how"), _ways(site, engine)),
            "## Clauses",
            _markdown((*_VERDICTS, "source"), [(*_row(e), e.clause.source) for e in held]),
            "## Deviations from NIST SP 800-63B-4",
            _deviations(engine, preset),
        ]
    )


def _deviations(engine: Engine, preset: str | None) -> str:
    """Return the broken clauses, with space for the reasons that ASVS 5.0, 7.1.1, asks for."""
    levels = [preset] if preset in _LEVELS else _LEVELS
    rows = [
        (level.rpartition("-")[2].upper(), *_row(held)[:-1], "")
        for level in levels
        for held in _hold(engine, clauses_of(level))
        if held.verdict == BROKEN
    ]
    if not rows:
        return "There are none."
    table = _markdown(("level", *_VERDICTS[:-1], "reason"), rows)
    return f"Each needs a reason; levels that the app does not aim at may be left out.\n\n{table}"


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [[_cell(each) for each in row] for row in (headings, *rows)]
    cells.insert(1, ["---"] * len(headings))
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _cell(text: str) -> str:
    """Return text that is not read as markup; a URL is put into angle brackets."""
    plain = " ".join(text.split()).replace("|", "\\|")
    return f"<{plain}>" if plain.startswith("https://") else plain.replace("<", "&lt;")


def _ways(site: Site, engine: Engine) -> Iterator[tuple[str, str]]:
    settings, slack = engine.settings, engine.limits.slack
    choice = "as the app chooses at login" if settings.choose_policy else "'default'"
    yield "enforcement", _ENFORCEMENT[settings.enforcement]
    yield "policy of a login", f"{choice}, if its code names none"
    yield "an ended login is told from a visitor for", spoken(engine.limits.evidence)
    yield "logins from before deployment", _adoption(settings.adopt)
    if engine.store is None:
        yield "store", "none: only cookies count, and a login cannot be revoked from elsewhere"
    else:
        kind = type(engine.store).__name__
        yield "store", _STORES.get(kind, kind)
        yield "a revocation holds", f"within {spoken(slack)}" if slack else "at the next request"
        yield "while the store is out", _OUTAGE[settings.store_failure]
    yield "logins that a person may have", str(settings.max_logins or "any number")
    yield "ticket cookie", f"{engine.cookie_name}: {_attributes(site)}"
    if site.remember is not None:
        yield "remember cookie", f"logs in again without a password for {spoken(site.remember)}"


def _adoption(adopt: bool | datetime) -> str:
    begin = "begin when they are first seen"
    if isinstance(adopt, bool):
        return begin if adopt else "are ended"
    return f"{begin}, until {str(adopt).removesuffix(' 00:00:00+00:00')}"


def _attributes(site: Site) -> str:
    scope = site.scope
    by_request = site.adapter == "WSGI" and scope.secure and not site.is_https
    secure = "Secure if the request is https" if by_request else "Secure" if scope.secure else ""
    domain = f"Domain={scope.domain}" if scope.domain else "no Domain"
    samesite = f"SameSite={scope.samesite}" if scope.samesite else "no SameSite"
    partitioned = "Partitioned" if scope.partitioned else ""
    told = ("HttpOnly", secure or "not Secure", samesite, f"Path={scope.path}", domain, partitioned)
    return "; ".join(each for each in told if each)
