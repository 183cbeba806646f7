"""The one thread of a process that watches the clock."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from math import inf

import pytest
from clock import FakeClock
from live_site import LiveSite, Tab
from redis_servers import wait_until
from wsgi_apps import IDLE

from session440.live.timer import TIMER, Timer
from session440.stores import MemoryStore

NAME = "session440-live"


def threads():
    return [each for each in threading.enumerate() if each.name == NAME]


def test_the_thread_ends_a_login_by_itself(clock):
    tab = Tab(LiveSite(clock))
    login = tab.open()
    told = []
    login.call(lambda login: told.append(threading.current_thread().name))
    clock.advance(IDLE)
    assert login.ended.wait(60)
    wait_until(lambda: told)
    assert told == [NAME]


def test_one_thread_watches_for_all_apps(clock):
    logins = [Tab(LiveSite(clock)).open() for _ in range(5)]
    assert len(threads()) == 1
    clock.advance(IDLE)
    assert all(each.ended.wait(60) for each in logins)


def test_functions_are_called_by_the_thread_and_not_by_who_logs_out(clock):
    """A slow one would keep somebody else's answer waiting."""
    tab = Tab(LiveSite(clock))
    login = tab.open()
    told = []
    login.call(lambda login: told.append(threading.current_thread().name))
    tab.get("/logout")
    wait_until(lambda: told)
    assert told == [NAME]


class Broken:
    """A clock that fails, as one that wants a request."""

    def tick_now(self):
        raise RuntimeError("no request")

    def reset(self):
        pass


def test_a_clock_that_fails_keeps_no_other_app_from_its_ends(clock, caplog):
    broken = Broken()
    TIMER.add(broken)
    login = Tab(LiveSite(clock)).open()
    clock.advance(IDLE)
    assert login.ended.wait(60)
    wait_until(lambda: "no request" in caplog.text)


def stop(timer):
    """Let the thread of a timer end."""
    thread, condition = timer._thread, timer._condition
    with condition:
        timer.restart()
        timer._is_woken = True
        condition.notify()
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.filterwarnings("error")
def test_a_function_of_an_app_that_exits_ends_no_thread(caplog):
    """Nobody else would ever be told of the end of a login."""
    timer, done = Timer(), threading.Event()
    timer.soon(sys.exit)
    timer.soon(done.set)
    assert done.wait(60)
    assert "sys.exit()" in caplog.text
    stop(timer)


def test_a_thread_that_could_not_be_started_is_started_by_the_next_connection(monkeypatch):
    """As when the machine has no room for one more thread just now."""

    def fails(thread):
        raise RuntimeError("can't start new thread")

    timer, done = Timer(), threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fails)
        with pytest.raises(RuntimeError, match="new thread"):
            timer.wake()
    timer.soon(done.set)
    assert done.wait(60)
    stop(timer)


class Hanging(MemoryStore):
    """A store that answers no question about many logins before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may = threading.Event(), threading.Event()

    def find_many(self, ids):
        self.is_asked.set()
        assert self.may.wait(60)
        return super().find_many(ids)


def test_a_store_that_hangs_keeps_no_login_from_its_end(clock):
    """Neither of its own app nor of another one of this process; and it is asked once."""
    store = Hanging()
    site = LiveSite(clock, store=store)
    login, other = Tab(site).open(), Tab(LiveSite(clock), "bob").open()
    try:
        assert store.is_asked.wait(60)
        store.is_asked.clear()
        clock.advance(IDLE)
        assert login.ended.wait(60)
        assert other.ended.wait(60)
        Tab(site, "carol").open()
        site.engine.live.tick_now()
        assert not store.is_asked.is_set()
    finally:
        store.may.set()


def test_an_answer_that_took_long_takes_no_warning_back(clock):
    store = Hanging()
    site = LiveSite(clock, store=store)
    login, told = Tab(site).open(), []
    login.call_at_warning(told.append)
    try:
        assert store.is_asked.wait(60)
        clock.advance(IDLE - 60)
        assert login.warned.wait(60)
    finally:
        store.may.set()
    wait_until(lambda: not site.engine.live._revalidation._is_under_way)
    assert login.warned.is_set()
    wait_until(lambda: told)
    assert told == [login]


class Ticking:
    def __init__(self, pause):
        self.pause = pause

    def tick_now(self):
        return self.pause

    def reset(self):
        pass


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [([], None), ([None], None), ([0.25, None], 0.25), ([500.0], 1.0), ([inf], 1.0), ([-3.0], 0.0)],
)
def test_the_pause_is_at_most_a_second_while_something_is_watched(pauses, expected):
    """The machine's clock may be set at any time."""
    timer, ticking = Timer(), [Ticking(each) for each in pauses]
    for each in ticking:
        timer._all.add(each)
    assert timer._turn() == expected


def in_child(site, tab, inherited, answers):
    answers.put(len(threads()))
    answers.put(len(site.engine.live._table))
    login = tab.open()
    site.clock.advance(IDLE)
    answers.put(login.ended.wait(60))
    answers.put((inherited.ended.is_set(), inherited.is_over))
    answers.put(len(threads()))


def test_a_process_that_was_forked_has_a_thread_of_its_own_and_none_of_the_connections():
    clock = FakeClock()
    site = LiveSite(clock)
    tab = Tab(site)
    inherited = tab.open()
    assert len(threads()) == 1
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    child = fork.Process(target=in_child, args=(site, tab, inherited, answers))
    child.start()
    found = [answers.get(timeout=60) for _ in range(5)]
    child.join(60)
    assert found == [0, 0, True, (False, True), 1]
    assert child.exitcode == 0
    assert not inherited.is_over  # the parent's own clock stands still


def test_a_fork_while_the_table_is_locked_does_not_hang():
    site = LiveSite(FakeClock())
    tab = Tab(site)
    tab.open()
    fork = multiprocessing.get_context("fork")
    child = fork.Process(target=tab.open)
    with site.engine.live.lock:
        child.start()
    child.join(60)
    assert child.exitcode == 0
