"""How long anybody waits while the store of a server under load is killed, or silent.

`make soak`: it wants an idle machine. `make test` counts the same, in test_outages.py.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest
from browser import Browser
from node import SECRET
from processes import gunicorn
from redis_servers import redis_server
from sql_servers import postgresql_server

from session440 import Engine, Settings

SECONDS, DOWN, UP = 10.0, 3.0, 6.0  # of the load: its length, when the store goes, and is back
RATE = 220  # requests a second
CALLERS = 8
LOGINS = 40
LONGEST = 0.3  # seconds that anybody may wait
SHIPPED = {"UNHURRIED": "no"}
SERVER = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "30"]


@dataclass
class Load:
    """Requests at a steady rate, each caller's over one connection; times since the start."""

    port: int
    cookies: list[str]
    answers: list[tuple[float, float, int]] = field(default_factory=list)  # begun, ended, status

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start = time.monotonic()
        threads = [Thread(target=self._call, args=(number,)) for number in range(CALLERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for thread in threads:
                thread.join()
        assert len(self.answers) == SECONDS * RATE
        assert self.now() < SECONDS + 1, "the rate was kept"

    def _call(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        for turn in range(number, int(SECONDS * RATE), CALLERS):
            self.wait_until(turn / RATE)
            begun = self.now()
            connection.request("GET", "/", headers={"Cookie": self.cookies[turn % LOGINS]})
            response = connection.getresponse()
            response.read()
            self.answers.append((begun, self.now(), response.status))
        connection.close()

    def now(self) -> float:
        return time.monotonic() - self.start

    def wait_until(self, moment: float) -> None:
        Event().wait(max(0.0, moment - self.now()))

    @property
    def longest(self) -> float:
        return max(ended - begun for begun, ended, _ in self.answers)

    def statuses(self, since: float, until: float) -> set[int]:
        """Of the requests that were begun and answered in between."""
        return {each for begun, ended, each in self.answers if since <= begun and ended <= until}


@pytest.fixture(params=[redis_server, postgresql_server], ids=lambda each: each.__name__)
def server(request, launch):
    """A store's server of the test's own, for it will be killed."""
    return launch(request.param)


@contextmanager
def loaded_site(server, tmp_path, failure: str):
    """A site whose people are logged in; gives its load, and an administrator's engine."""
    log = tmp_path / "site.log"
    with gunicorn(
        "node:wsgi_app()", log, *SERVER, **SHIPPED, SHARED=server.url, STORE_FAILURE=failure
    ) as port:
        cookies = []
        for number in range(LOGINS):
            browser = Browser(f"http://127.0.0.1:{port}")
            browser.get(f"/login/{number}")
            cookies.append(f"login440={browser.cookies['login440']}")
        shell = Engine(Settings(secret_key=SECRET, store=server.url), "login440")
        yield Load(port, cookies), shell, log


def kill_and_restart(load: Load, server) -> tuple[float, float]:
    """Take the store away under load and bring it back; give when it was out for sure."""
    with load.running():
        load.wait_until(DOWN)
        server.kill()
        gone = load.now()
        load.wait_until(UP)
        back = load.now()
        server.start()
    return gone, back


def revocation_works(load: Load, shell: Engine, name: str = "7") -> bool:
    """Whether one login is refused at the next request, and another one goes on."""
    (login,) = shell.logins(name)
    assert shell.revoke(login.id)
    browser = Browser(f"http://127.0.0.1:{load.port}")
    mine, other = load.cookies[int(name)], load.cookies[int(name) + 1]
    answer = browser.request("GET", "/", cookie=mine)
    assert browser.request("GET", "/", cookie=other).status == 200
    return (answer.status, answer["Session440-Cause"]) == (440, "revoked")


def test_degrade_serves_everybody_while_the_store_is_killed(server, tmp_path):
    """None fails, none waits, nobody is logged out, and one line in the log says why."""
    with loaded_site(server, tmp_path, "degrade") as (load, shell, log):
        kill_and_restart(load, server)
        assert load.statuses(0, SECONDS + 5) == {200}
        assert load.longest < LONGEST
        assert revocation_works(load, shell)
    lines = log.read_text().splitlines()
    assert len([each for each in lines if "WARNING session440 store is down" in each]) == 1
    assert len([each for each in lines if "session440 store is up" in each]) == 1


def test_refuse_answers_503_while_the_store_is_killed(server, tmp_path):
    with loaded_site(server, tmp_path, "refuse") as (load, shell, _):
        gone, back = kill_and_restart(load, server)
        assert load.statuses(0, DOWN) == {200}
        assert load.statuses(gone, back) == {503}
        assert load.statuses(0, SECONDS + 5) == {200, 503}, "nobody is logged out"
        assert load.statuses(SECONDS - 1, SECONDS + 5) == {200}
        assert load.longest < LONGEST
        assert revocation_works(load, shell)


def test_nobody_waits_long_for_a_store_that_is_silent(server, tmp_path):
    """It keeps its connections and answers nothing: each try costs the store's timeout."""
    with loaded_site(server, tmp_path, "degrade") as (load, _, _):
        with load.running():
            load.wait_until(DOWN)
            server.freeze()
            load.wait_until(UP)
            server.thaw()
        assert load.statuses(0, SECONDS + 5) == {200}
        assert load.longest < LONGEST
