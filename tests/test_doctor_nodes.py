"""The doctor on real servers of one site: two processes that share a Redis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser import Browser
from processes import gunicorn
from redis_servers import redis_server

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parent
KEY = "another key, as long as a key should be, and unlike the other"


def doctor(*arguments: str, **environment: str) -> tuple[int, list[str], list[dict]]:
    """Run the command as people do; give its status, the ids, and all it found."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "session440", "doctor", "--json", *arguments],
        cwd=TESTS,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return done.returncode, [each["id"].partition(".")[2] for each in found], found


@pytest.fixture
def examined(launch, tmp_path):
    """Serve from north and south, log in at each, and have the doctor look from north."""
    shared = launch(redis_server, appendonly="yes")
    shared.command("FLUSHALL")

    def examine(app: str, **south: str):
        with ExitStack() as stack:
            for node, unlike in (("north", {}), ("south", south)):
                serve = gunicorn(
                    f"node:{app}()",
                    tmp_path / f"{node}.log",
                    NODE=node,
                    SHARED=shared.url,
                    **unlike,
                )
                port = stack.enter_context(serve)
                Browser(f"http://127.0.0.1:{port}").get("/login/alice")
            return doctor(f"node:{app}()", NODE="north", SHARED=shared.url)

    return examine


@pytest.mark.parametrize(
    ("app", "id", "south"),
    [
        ("flask_app", "E050", {"KEY": KEY}),
        ("wsgi_app", "E050", {"KEY": KEY}),
        ("wsgi_app", "W051", {"IDLE": "15m"}),
        ("flask_app", "E052", {"AHEAD": "90"}),
        ("wsgi_app", "W052", {"AHEAD": "-20"}),
        ("flask_app", "W053", {"VERSION": "0.0.1"}),
        ("flask_app", "W054", {"DOMAIN": "example.org"}),
        ("wsgi_app", "W054", {"DOMAIN": "example.org"}),
    ],
)
def test_servers_that_are_unlike_are_named(examined, app, id, south):
    status, ids, found = examined(app, **south)
    assert ids == [id]
    assert status == (1 if id.startswith("E") else 0)
    assert "south" in found[0]["found"]
    assert KEY not in json.dumps(found)


@pytest.mark.parametrize("app", ["flask_app", "wsgi_app"])
def test_servers_that_are_alike_are_not(examined, app):
    assert examined(app)[:2] == (0, [])
