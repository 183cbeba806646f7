"""What becomes of the cases in ``twice``, and in what they differ with the script."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from clock import FakeClock
from twice_site import open_site

RUN = Path(__file__).parent / "twice/run.mjs"
EVERYTHING = ("log", "failed", "asked", "elsewhere", "complaints")
#: Lists of cases while a login lives.
LIVE = ["fetch", "requests", "forms", "places", "connections"]
Results = dict[str, dict[str, dict]]
Outcome = Callable[[str], Results]


def run(browser: str, program: str, npm: Path, name: str) -> Results:
    """Run a list of cases in a browser; gives what was observed by case and mode."""
    given = {"browser": browser, "program": program, "npm": str(npm), "lists": [name]}
    with open_site(FakeClock()) as (site, elsewhere):
        # "back": when the page's person has logged in again.
        modes = ["without", "with", *(["back"] if name in ("fetch", "requests") else [])]
        given |= {"site": site, "elsewhere": elsewhere, "modes": modes}
        done = subprocess.run(
            ["node", str(RUN), json.dumps(given)], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results
    return results


def differences(results: Results, what: tuple[str, ...]) -> list[str]:
    """Return what is not the same in each mode as without the script."""
    return [
        difference
        for case, modes in results.items()
        for mode, observed in modes.items()
        for name in what
        for difference in _differing(modes["without"][name], observed[name], f"{case}, {mode}")
    ]


def _differing(control: list, observed: list, where: str) -> Iterator[str]:
    yield from (f"{where}: - {each}" for each in control if each not in observed)
    yield from (f"{where}: + {each}" for each in observed if each not in control)
    if control != observed:
        yield f"{where}: {len(observed)} for {len(control)}, or in another order"


def without_what_is_late(results: Results) -> Results:
    """Leave out what a held form cannot say any more: that somebody pressed a button just now."""
    for _, observed in _each(results):
        for asked in observed["asked"]:
            asked["headers"].pop("HTTP_SEC_FETCH_USER", None)
    return results


def without_what_is_repeated(results: Results) -> Results:
    """Leave out the answers that said that a login is over, and what is told of each attempt.

    That is what is uploaded. Calls at once are answered in any order, and Chromium asks a form
    for its data twice.
    """
    for _, observed in _each(without_what_is_late(results)):
        log = [each for each in observed["log"] if "upload" not in str(each[0])]
        observed["log"] = sorted({json.dumps(each) for each in log})
        observed["refused"] = [each for each in observed["asked"] if each["refused"]]
        observed["asked"] = [each for each in observed["asked"] if not each["refused"]]
        observed["asked"].sort(key=json.dumps)
    return results


def _each(results: Results) -> Iterator[tuple[str, dict]]:
    return ((mode, observed) for modes in results.values() for mode, observed in modes.items())


# --- what holds in every browser


def is_none(found: list[str]) -> None:
    assert found == [], "\n".join(each[:400] for each in found)


def is_not_to_be_told(outcome: Outcome, name: str) -> None:
    is_none(differences(outcome(name), EVERYTHING))


def sends_the_same(outcome: Outcome) -> None:
    results = without_what_is_late(outcome("doubted"))
    is_none(differences(results, ("asked", "elsewhere", "failed")))


def goes_on(outcome: Outcome, name: str) -> None:
    results = without_what_is_repeated(outcome(name))
    is_none(differences(results, ("log", "failed", "asked", "elsewhere")))
    for mode, observed in _each(results):
        refused = [each["what"] for each in observed["refused"]]
        made = [each["what"] for each in observed["asked"]]
        assert set(refused) <= set(made), refused
        assert len(refused) <= (len(made) if mode == "met" else 0), refused


def is_told(outcome: Outcome) -> None:
    for case, modes in outcome("held").items():
        assert modes["met"]["log"] == modes["met"]["expected"], (case, modes["met"]["log"])
