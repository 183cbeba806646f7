"""What a site of any size asks of its store: the model, the simulation, and real servers.

Exits 1 where the model and the simulation, or the simulation and a server's own counts, disagree.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from session440.stores import MemoryStore

from . import tables
from .comparison import compare
from .counting import Counted, on_postgresql, on_redis
from .load import Load, Setup
from .model import Costs
from .postgresql_costs import postgresql_costs
from .redis_costs import redis_costs
from .simulation import simulate

PAGE = Path(__file__).parent.parent.parent / "docs/scale.md"
BEGIN, END = "<!-- measured: python -m bench.scale --write-docs -->", "<!-- end -->"
PEOPLE = 2000
HOUR = 3600

STICKY = Load(logins=PEOPLE / HOUR, processes=4, spread=1)
SPREAD = Load(logins=PEOPLE / HOUR, processes=4, spread=4)
SETTINGS = [
    ("one process", STICKY, Setup(0, 60)),
    ("one process", STICKY, Setup(5, 60)),
    ("one process", STICKY, Setup(60, 60)),
    ("one process", STICKY, Setup(60, 300)),
    ("all of 4", SPREAD, Setup(5, 60)),
    ("all of 4", SPREAD, Setup(60, 60)),
    ("all of 4", SPREAD, Setup(60, 300)),
]
REAL = SPREAD, Setup(60, 60)


@dataclass
class Report:
    """Everything that was found out."""

    versions: list[str]
    costs: dict[str, Costs]
    compared: tables.Compare
    counted: list[Counted]

    @property
    def agrees(self) -> bool:
        both = [each.agrees for *_, each in self.compared], [each.agrees for each in self.counted]
        return all([*both[0], *both[1]])

    def markdown(self) -> str:
        servers = [*self.costs.values()]
        cluster, roomy = self.costs["Redis Cluster"], self.costs[ROOMY]
        single = replace(cluster, record=self.counted[0].record)
        pairs = " and ".join(f"{each} s" for each in tables.RENEW)
        parts = {
            "Microseconds of the server's processor for one call": tables.costs(servers),
            "Bytes of write-ahead log for one call": tables.logged(servers[2:]),
            f"For each login, {PEOPLE:,} of them simulated": tables.compared(self.compared),
            "The same people on real servers": tables.counted(self.counted),
            f"100 million logins, a million requests a second, `renew_interval` {pairs}; "
            "calls and writes in thousands a second": tables.needs(cluster, roomy),
            "What is kept of them": tables.kept(cluster, single, roomy),
        }
        texts = [f"**{title}**\n\n{text}" for title, text in parts.items()]
        machine = f"{os.cpu_count()} virtual cores; {', '.join(self.versions)}."
        return "\n\n".join([machine, *texts])

    def json(self) -> str:
        values = {
            "versions": self.versions,
            "costs": [asdict(each) for each in self.costs.values()],
            "compared": [
                {"to": where, "setup": asdict(setup), "load": asdict(load), **found.as_json()}
                for where, setup, load, found in self.compared
            ],
            "counted": [asdict(each) for each in self.counted],
            "large": asdict(tables.LARGE),
            "needs": [*tables.grid(self.costs["Redis Cluster"], self.costs[ROOMY])],
        }
        return json.dumps(values, indent=2)


ROOMY = "PostgreSQL, fillfactor 70"


def report() -> Report:
    found = []
    for where, load, setup in SETTINGS:
        outcome = simulate(load, setup, PEOPLE, MemoryStore())
        found.append((where, setup, load, compare(load, setup, outcome)))
    calls = simulate(*REAL, PEOPLE, MemoryStore()).calls
    counted = [each(*REAL, PEOPLE, calls) for each in (on_redis, on_postgresql)]
    alone, cluster, redis = redis_costs()
    databases, postgresql = postgresql_costs()
    costs = {each.name: each for each in (alone, cluster, *databases)}
    versions = [f"Python {platform.python_version()}", redis, postgresql]
    return Report(versions, costs, found, counted)


def write(text: str) -> None:
    """Replace what stands between the two lines of the page."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what a large site asks of its store.")
    parser.add_argument("--json", action="store_true", help="figures instead of tables")
    parser.add_argument("--write-docs", action="store_true", help="write them to docs/scale.md")
    options = parser.parse_args()
    found = report()
    print(found.json() if options.json else found.markdown())
    if options.write_docs:
        write(found.markdown())
    return 0 if found.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
