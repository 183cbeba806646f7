"""In Chromium and Firefox: whoever goes back sees nothing of a page whose person has gone.

Pictures tell: the page has the colour of its person. While the server is held, those are looked at
that a browser has before it was told how the login stands.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from back_site import KEPT, open_site
from clock import FakeClock

pytestmark = pytest.mark.slow

RUN = Path(__file__).parent / "back/run.mjs"
PROGRAMS = {"chrome": "chromium", "firefox": "firefox-esr"}
SECONDS = [1, 29, 31, 240]
GONE = ["logout", "timeout", "another login"]
#: What happens meanwhile, and after how many seconds somebody goes back.
ALWAYS = [(after, seconds) for after in GONE for seconds in SECONDS]
CASES = {kept: [*ALWAYS] for kept in KEPT}
CASES["bfcache"] += [*(("nothing", seconds) for seconds in SECONDS), ("outage", 1), ("outage", 31)]
CASES["http cache"] += [("nothing", 1)]
#: Puppeteer has it for Chromium alone.
OFFLINE = ("offline", 29)
ASKING = "This page is shown once the server has been asked whether you are still signed in."


@pytest.fixture(scope="module", params=PROGRAMS)
def browser(request):
    return request.param


@pytest.fixture(scope="module")
def go_back(program, npm_packages, browser):
    """Go back after something has happened; gives what was seen each time.

    A browser takes seconds to start: it does so once for each way to keep pages.
    """

    @cache
    def seen(kept: str) -> list[dict]:
        cases = [*CASES[kept], *([OFFLINE] if (kept, browser) == ("bfcache", "chrome") else [])]
        given = {
            "browser": browser,
            "program": program(PROGRAMS[browser]),
            "npm": str(npm_packages),
            "kept": kept,
            "cases": [{"after": after, "seconds": seconds} for after, seconds in cases],
        }
        with open_site(FakeClock(), kept) as site:
            command = ["node", str(RUN), json.dumps(given | {"site": site})]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)
        assert all(each["before"] > 0.9 for each in results), "the pictures show the page"
        return results

    return lambda kept, after: [each for each in seen(kept) if each["after"] == after]


@pytest.mark.parametrize("after", GONE)
@pytest.mark.parametrize("kept", KEPT)
def test_nothing_is_seen_of_a_page_whose_person_has_gone(go_back, browser, kept, after):
    all_seen = go_back(kept, after)
    assert len(all_seen) == len(SECONDS)
    for seen in all_seen:
        assert {*seen["early"], seen["late"]} == {0}, seen
        assert not seen.get("typed"), "browsers fill it in again"
        if kept == "no-store":  # not even the picture that Chromium itself has of a page
            assert not any(seen["painted"]), seen


def test_a_page_out_of_the_bfcache_is_as_it_was_once_its_person_is_known_to_be_there(go_back):
    for seen in go_back("bfcache", "nothing"):
        assert set(seen["early"]) == {0}, seen
        assert seen["late"] > 0.9
        there = seen["isPersisted"], seen["typed"], seen["hasFocus"], seen["top"]
        assert there == (True, "typed", "textarea", 40)


def test_a_page_out_of_the_http_cache_is_shown_once_its_person_is_known_to_be_there(go_back):
    (seen,) = go_back("http cache", "nothing")
    assert (set(seen["early"]), seen["late"] > 0.9) == ({0}, True), seen


def test_during_an_outage_the_page_stays_hidden_and_says_so(go_back):
    for seen in go_back("bfcache", "outage"):
        assert (set(seen["early"]), seen["said"]) == ({0}, ASKING), seen
        assert seen["late"] > 0.9
        assert (seen["isPersisted"], seen["typed"], seen["top"]) == (True, "typed", 40)


@pytest.mark.parametrize("browser", ["chrome"], indirect=True)
def test_offline_the_page_stays_hidden_and_says_so(go_back):
    (seen,) = go_back("bfcache", "offline")
    assert (set(seen["early"]), seen["said"]) == ({0}, ASKING), seen
    assert seen["late"] > 0.9
