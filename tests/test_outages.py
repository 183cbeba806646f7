"""The store's process is killed, or silent, while a server is under load.

What takes how long depends on the machine, and is measured by soak_outages.py. Here requests
and tries of the store are counted, between moments at which the store was surely there, or not.
"""

from __future__ import annotations

import http.client
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
from browser import Browser
from clock import FakeClock
from node import SECRET
from outage_site import FAILED
from processes import gunicorn
from redis_servers import redis_server, wait_until
from sql_servers import postgresql_server

from session440 import Engine, Settings

pytestmark = pytest.mark.slow

CALLERS = 8
LOGINS = 40
ENOUGH = 25  # requests of each caller between two moments
SERVER = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "30"]
#: Seconds. Who would wait for a store's timeout of two minutes has no answer within one.
MINUTE = 60
NEVER = {"WAIT": str(2 * MINUTE), "COST": "0"}
LONG = 20 * MINUTE  # more than ten times what all callers together wait for a silent store
TOLD_ONCE = ["WARNING session440 store is down", "INFO session440 store is up"]


class Answer(NamedTuple):
    """To whom, between which moments, and after how many tries of the store that failed."""

    caller: int
    during: str  # where the answer came before the next moment
    status: int
    failed: int


@dataclass
class Load:
    """Callers who ask and ask, each over one connection, with the cookies of many people."""

    port: int
    cookies: list[str]
    log: Path
    answers: list[Answer] = field(default_factory=list)
    moment: str = "before"

    @contextmanager
    def running(self) -> Iterator[None]:
        self._is_over = Event()
        with ThreadPoolExecutor(CALLERS) as pool:
            self._callers: list[Future[None]] = [
                pool.submit(self._call, caller) for caller in range(CALLERS)
            ]
            try:
                yield
            finally:
                self._is_over.set()

    def _call(self, caller: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MINUTE)
        turn = caller
        while not self._is_over.is_set():
            begun, turn = self.moment, turn + CALLERS
            connection.request("GET", "/", headers={"Cookie": self.cookies[turn % LOGINS]})
            response = connection.getresponse()
            response.read()
            during = begun if begun == self.moment else ""
            failed = int(response.headers[FAILED])
            self.answers.append(Answer(caller, during, response.status, failed))
        connection.close()

    def go_on(self, moment: str) -> None:
        """Have each caller ask often enough from this moment on."""
        self.moment = moment
        wait_until(lambda: self._is_enough(moment))

    def _is_enough(self, moment: str) -> bool:
        for each in self._callers:
            if each.done():
                each.result()  # raises: nobody ends so early without a reason
        asked = Counter(each.caller for each in list(self.answers) if each.during == moment)
        return all(asked[caller] >= ENOUGH for caller in range(CALLERS))

    def statuses(self, *moments: str) -> set[int]:
        """Of the requests of these moments; of all of them without any."""
        return {each.status for each in self.answers if not moments or each.during in moments}

    def tells_of(self, what: str) -> int:
        """In how many lines the log tells of something."""
        return len([each for each in self.log.read_text().splitlines() if what in each])

    def told(self) -> list[str]:
        """What the log tells of the store, without why and when."""
        return re.findall(r"^[A-Z]+ session440 store is \w+", self.log.read_text(), re.MULTILINE)


@pytest.fixture(params=[redis_server, postgresql_server], ids=lambda each: each.__name__)
def server(request, launch):
    """A store's server of the test's own, for it will be killed."""
    return launch(request.param)


@pytest.fixture
def shell(server) -> Engine:
    """An administrator's."""
    return Engine(Settings(secret_key=SECRET, store=server.url, clock=FakeClock()), "login440")


@pytest.fixture
def open_site(server, tmp_path):
    """Serve a site whose people are logged in: ``with open_site("refuse", **NEVER) as load``."""

    @contextmanager
    def start(failure: str, **environ: str) -> Iterator[Load]:
        log = tmp_path / "site.log"
        environ |= {"SHARED": server.url, "STORE_FAILURE": failure}
        with gunicorn("outage_site:app()", log, *SERVER, **environ) as port:
            cookies = []
            for number in range(LOGINS):
                browser = Browser(f"http://127.0.0.1:{port}")
                browser.get(f"/login/{number}")
                cookies.append(f"login440={browser.cookies['login440']}")
            yield Load(port, cookies, log)

    return start


def kill_and_restart(load: Load, server) -> None:
    """Take the store away under load, and bring it back."""
    with load.running():
        load.go_on("up")
        load.moment = "going"
        server.kill()
        load.go_on("gone")
        load.moment = "coming"
        server.start()
        wait_until(lambda: load.tells_of("store is up"))
        load.go_on("back")


def revocation_works(load: Load, shell: Engine, name: str = "7") -> bool:
    """Whether one login is refused at the next request, and another one goes on."""
    (login,) = shell.logins(name)
    assert shell.revoke(login.id)
    browser = Browser(f"http://127.0.0.1:{load.port}")
    mine, other = load.cookies[int(name)], load.cookies[int(name) + 1]
    answer = browser.request("GET", "/", cookie=mine)
    assert browser.request("GET", "/", cookie=other).status == 200
    return (answer.status, answer["Session440-Cause"]) == (440, "revoked")


def test_degrade_serves_everybody_while_the_store_is_killed(server, shell, open_site):
    """None fails, none waits, nobody is logged out, and one line in the log says why."""
    with open_site("degrade", **NEVER) as load:
        kill_and_restart(load, server)
        assert load.statuses() == {200}
        assert load.told() == TOLD_ONCE
        assert revocation_works(load, shell)


def test_refuse_answers_503_while_the_store_is_killed(server, shell, open_site):
    with open_site("refuse", **NEVER) as load:
        kill_and_restart(load, server)
        assert load.statuses("up", "back") == {200}
        assert load.statuses("gone") == {503}
        assert load.statuses() == {200, 503}, "nobody is logged out"
        assert load.told() == TOLD_ONCE
        assert revocation_works(load, shell)


def test_nobody_waits_twice_for_a_store_that_is_silent(server, open_site):
    """It keeps its connections and answers nothing: each try costs the store's timeout.

    Those wait who ask before anybody knows, and one each time that it has rested.
    """
    with open_site("degrade", WAIT="3", COST="3") as load:
        with load.running():
            load.go_on("up")
            load.moment = "going"
            server.freeze()
            load.go_on("silent")
            waited = advance(load, LONG)
            assert 1 <= waited <= CALLERS
            for more in (1, 2):
                load.go_on(f"tried again {more}")
                assert advance(load, LONG) == waited + more
            load.moment = "coming"
            server.thaw()
            wait_until(lambda: advance(load, LONG) and load.tells_of("store is up"))
            load.go_on("back")
    assert load.statuses() == {200}
    assert max(each.failed for each in load.answers) == 1
    assert load.told() == TOLD_ONCE


def advance(load: Load, seconds: float) -> int:
    """Let time pass by the site's stopwatch; return how many tries had failed until then."""
    return int(Browser(f"http://127.0.0.1:{load.port}").get(f"/advance/{seconds}").text)
