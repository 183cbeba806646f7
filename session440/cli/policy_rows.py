"""What ``session440 policy`` and its report tell of policies and clauses, row by row."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ..doctor.clauses import Clause, Held, hold
from ..doctor.site import Site
from ..engine import Engine
from ..moments import spoken
from ..policy import Policy

LIMITS = ("policy", "idle timeout", "absolute timeout", "warned before", "renewed each")
VERDICTS = ("policy", "clause", "force", "asks that", "here", "verdict")


def engine_of(site: Site) -> Engine:
    """Return the engine of an app that has one.

    :raises click.ClickException: if it has none, with the reason.
    """
    if site.engine is None:
        raise click.ClickException(site.faults[0].found)
    return site.engine


def policies(engine: Engine) -> dict[str, Policy]:
    """Return every policy that a login may have, by its name."""
    return {name: engine.policy(name) for name in engine.limits.names}


def hold_all(engine: Engine, clauses: Iterable[Clause]) -> list[Held]:
    """Return each policy of an app compared with each clause."""
    return hold(policies(engine), clauses, not engine.reports_only)


def limits_row(name: str, policy: Policy) -> tuple[str, ...]:
    """Return the limits of a policy, below the headings LIMITS."""
    return (name, *map(spoken, numbers(policy).values()))


def numbers(policy: Policy) -> dict[str, float | None]:
    """Return the limits of a policy in seconds, by their options."""
    return {
        "idle_timeout": policy.idle_timeout,
        "absolute_timeout": policy.absolute_timeout,
        "warn_before": policy.warning,
        "renew_interval": policy.renewal,
    }


def verdict_row(held: Held) -> tuple[str, ...]:
    """Return a policy and its verdict, below the headings VERDICTS."""
    clause = held.clause
    here = spoken(clause.length(held.policy)) if held.enforced else "nothing ends"
    return (held.name, place(clause), clause.force, clause.text, here, held.verdict)


def place(clause: Clause) -> str:
    """Return where a clause is, for people to read."""
    return f"{clause.standard}, {clause.number}"
