"""What is served to browsers is what its sources say, which hold by themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SERVED = ROOT / "session440/http"


def run(*command: object) -> str:
    done = subprocess.run(
        [*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["client.js", "dialogs.js", "live.js", "client.css"])
def test_what_is_committed_is_what_make_assets_makes(npm_packages, tmp_path, name):
    run("make", "--silent", "assets", f"SERVED={tmp_path}")
    assert (tmp_path / name).read_text() == (SERVED / name).read_text()


@pytest.mark.slow
def test_the_types_of_the_script_hold(npm_packages):
    run(npm_packages / ".bin/tsc", "--project", SERVED / "client/jsconfig.json")


@pytest.mark.slow
def test_clocks_and_the_states_of_a_login_hold_in_node(npm_packages):
    names = sorted((ROOT / "tests/client").glob("*.test.js"))
    assert "# fail 0" in run("node", "--test", "--test-reporter=tap", *names)
