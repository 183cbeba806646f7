"""The command: ``make bench``, or ``python -m bench --only wsgi,flask --json figures.json``.

Exits 0 if every goal that was asked for is kept; what is left out is not kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from . import ROOT
from .goals import GOALS, judge
from .measuring import Plan, Results
from .picture import panels, svg
from .report import facts, fill, page
from .running import NAMES, run
from .subjects.memory import WARM

PERFORMANCE = ROOT / "docs" / "performance.md"
PICTURE = PERFORMANCE.with_suffix(".svg")


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for, or *arguments* do."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    plan = Plan()
    parser.add_argument("--only", default=",".join(NAMES), help=f"groups, of {', '.join(NAMES)}")
    parser.add_argument("--match", default="", help="subjects with this in their names")
    parser.add_argument("--rounds", type=_several(2), default=plan.rounds)
    parser.add_argument("--copies", type=_several(1), default=plan.copies, help="of a subject")
    parser.add_argument("--variant", type=_checkout, default="", help="another session440's folder")
    parser.add_argument(
        "--requests", type=_several(WARM + 1), default=plan.requests, help="of the memory group"
    )
    parser.add_argument("--json", type=_file, help="where the figures go")
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help=f"fill docs/{PERFORMANCE.name} and draw its picture",
    )
    asked = parser.parse_args(arguments)
    if asked.write_docs and (asked.match or asked.variant or names_of(asked.only) != NAMES):
        parser.error("--write-docs is for the whole of it: without --only, --match, --variant")
    return asked


def _several(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is no number from {least:,} on")
        return int(text)

    return number


def _checkout(text: str) -> str:
    if not Path(text, "session440", "__init__.py").is_file():
        raise argparse.ArgumentTypeError(f"there is no session440 in {text}")
    return text


def _file(text: str) -> Path:
    if not Path(text).absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder for {text}")
    return Path(text)


def names_of(text: str) -> list[str]:
    """Return the groups that are named; ``django`` stands for all whose names begin so.

    :raises SystemExit: for a name that no group has.
    """
    found = [name for part in text.split(",") for name in NAMES if name.startswith(part)]
    unknown = [part for part in text.split(",") if not any(n.startswith(part) for n in NAMES)]
    if unknown:
        raise SystemExit(f"there is no group {', '.join(unknown)}: {', '.join(NAMES)}")
    return list(dict.fromkeys(found))


def main() -> int:
    """Measure, write, judge."""
    asked = options()
    plan = Plan(
        rounds=asked.rounds,
        copies=asked.copies,
        match=asked.match,
        variant=asked.variant,
        requests=asked.requests,
    )
    results = measured(names_of(asked.only), plan)
    if not any(asked.match in name for each in results.values() for name in names_in(each)):
        raise SystemExit(f"no subject has {asked.match!r} in its name")
    judged = judge(GOALS, results)
    text = page(results, judged)
    print(text)
    if asked.json:
        asked.json.write_text(json.dumps(facts(results, judged), indent=1))
    if asked.write_docs:
        fill(PERFORMANCE, text)
        PICTURE.write_text(svg(panels(results)))
    return 0 if all(each.verdict == "PASS" for each in judged) else 1


def names_in(results: Results) -> list[str]:
    """Return the names of the subjects that a group was asked for."""
    return [*results.measured, *results.left_out]


def measured(names: list[str], plan: Plan) -> dict[str, Results]:
    """Return the results of the groups, telling meanwhile what has been done."""
    results = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="session440-bench-")))
        for name in names:
            began = perf_counter()
            results[name] = run(name, plan, folder)
            print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr)
    return results


if __name__ == "__main__":
    sys.exit(main())
