"""The tables of docs/scale.md, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from itertools import product

from .comparison import ERRORS, Compared, Comparison
from .counting import Counted
from .load import Load, Setup
from .model import Costs, believed, need

#: A million requests a second of a hundred million logins: 100 each, in two and a half hours.
LARGE = Load(
    logins=1_000_000 / 101.3,
    requests=100,
    gap=15,
    pause=170,
    pauses=0.5,
    processes=10_000,
)
SPREADS = {1: "one process", 10: "a server of 10", 10_000: "all 10,000"}
REVALIDATE = (0, 5, 60, 300)
RENEW = (60, 300)
EVIDENCE = {86_400: "1 day", 3600: "1 hour", 60: "1 minute"}

Row = tuple[object, ...]
Compare = list[tuple[str, Setup, Load, Comparison]]


def table(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, each))} |" for each in lines)


def compared(comparisons: Compare) -> str:
    head = ("a login's requests go to", "revalidate", "renew", "checks: model", "simulation")
    head += ("renewals: model", "simulation", "touches: model", "simulation")
    rows = [
        (
            where,
            *(f"{each:g} s" for each in (setup.revalidate_interval, setup.renew_interval)),
            *_pair(found.checks),
            *_pair(found.renewals),
            f"{found.least_touches:.2f} to {found.touches.model:.2f}",
            _figure(found.touches),
        )
        for where, setup, _, found in comparisons
    ]
    return table(head, rows)


def _pair(each: Compared) -> Row:
    return f"{each.model:.2f}", _figure(each)


def _figure(each: Compared) -> str:
    return f"{each.simulated:.2f} ± {ERRORS * each.error:.2f}"


def counted(found: list[Counted]) -> str:
    rows = [
        (each.server, name, f"{expected:,}", f"{each.counted[name]:,}")
        for each in found
        for name, expected in sorted(each.expected.items(), key=lambda pair: -pair[1])
        if name in SHOWN
    ]
    sizes = [
        (each.server, "bytes of a login, one each", "", f"{each.record:.0f}") for each in found
    ]
    head = ("server", "counts", "the simulation's calls come to", "the server counted")
    return table(head, [*rows, *sizes])


#: The others are commands within scripts; all have to agree.
SHOWN = ("hgetall", "hmget", "evalsha", "info", "inserted", "updated", "found by index")


def costs(all_costs: Iterable[Costs]) -> str:
    names = ("find", "touch", "insert", "end", "generation", "purge")
    rows = [
        (each.name, *(_rounded(each.cpu.get(name)) for name in names), round(each.record))
        for each in all_costs
    ]
    return table(("server", *(f"`{name}`" for name in names), "bytes of a record"), rows)


def _rounded(value: float | None) -> str:
    return "none" if value is None else f"{value:.0f}"


def logged(all_costs: Iterable[Costs]) -> str:
    """PostgreSQL's write-ahead log, for each call that writes."""
    names = ("touch", "insert", "end", "purge")
    rows = [
        (
            each.name,
            *(f"{each.log[name]:,.0f} to {each.first_log[name]:,.0f}" for name in names),
            f"{each.hot:.0%}",
        )
        for each in all_costs
    ]
    return table(("table", *(f"`{name}`" for name in names), "touches that are HOT"), rows)


def needs(redis: Costs, postgresql: Costs) -> str:
    """Pairs are for the two renewal intervals, in their order."""
    head = ("a login's requests go to", "revalidate", "believed in fact", "calls", "writes")
    head += ("Redis Cluster, cores", "PostgreSQL, cores", "its WAL, MB/s")
    return table(head, _needs(redis, postgresql))


def _needs(redis: Costs, postgresql: Costs) -> Iterator[Row]:
    for spread, where in SPREADS.items():
        load = replace(LARGE, spread=spread)
        for revalidate in REVALIDATE:
            both = [Setup(revalidate, renew) for renew in RENEW]
            cluster = [need(load, each, redis) for each in both]
            database = [need(load, each, postgresql) for each in both]
            yield (
                where,
                f"{revalidate} s",
                f"{believed(load, both[0]):.0f} s",
                f"{cluster[0].calls / 1000:,.0f}",
                _either(f"{each.writes / 1000:,.0f}" for each in cluster),
                _either(f"{each.cores:.1f}" for each in cluster),
                _either(f"{each.cores:.1f}" for each in database),
                _either(
                    f"{each.log / 1e6:.0f} to {each.first_log / 1e6:,.0f}" for each in database
                ),
            )


def grid(*costs: Costs) -> Iterator[dict[str, object]]:
    """Yield what the table of needs is made of, without rounding."""
    for spread, revalidate, renew, each in product(SPREADS, REVALIDATE, RENEW, costs):
        found = need(replace(LARGE, spread=spread), Setup(revalidate, renew), each)
        intervals = {"revalidate_interval": revalidate, "renew_interval": renew}
        yield {"server": each.name, "spread": spread, **intervals, **asdict(found)}


def _either(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def kept(redis: Costs, single: Costs, postgresql: Costs) -> str:
    """How much of it there is, by how long ended logins are remembered.

    :param single: what a login takes in Redis whose person has no other.
    """
    head = ("`evidence`", "records", "Redis, five logins each", "one each", "PostgreSQL")
    rows = []
    for seconds, text in EVIDENCE.items():
        setup = Setup(evidence=seconds)
        sizes = [need(LARGE, setup, each).kept_bytes for each in (redis, single, postgresql)]
        records = f"{LARGE.logins * setup.kept / 1e6:,.0f} million"
        rows.append((text, records, *(f"{each / 1e9:,.0f} GB" for each in sizes)))
    return table(head, rows)
