"""Everybody out, while people log in: nobody who was issued a login before is live afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from session440 import Cause, Ticket
from session440.stores import Record, stored_id

pytestmark = [pytest.mark.slow, pytest.mark.race]

NOW = 1_800_000_000.0
THREADS, EACH, ROUNDS = 8, 40, 6


def record(id: str, issued_at: float) -> Record:
    ticket = Ticket(id, id, issued_at, issued_at, "default", None, "n0de")
    return Record.of(ticket, NOW + 100_000)


def named(thread: int, number: int) -> str:
    return f"{thread} {number}"


class People:
    """Eight threads in which one login after the other begins and is looked for.

    :param moment: each other one was issued just before it, and each other one just then.
    """

    def __init__(self, backend, moment: float) -> None:
        self._backend, self._moment = backend, moment
        self._half = Barrier(THREADS + 1)

    def log_in(self, thread: int, store) -> None:
        try:
            for number in range(EACH):
                if number == EACH // 2:
                    self._half.wait(60)
                issued_at = self._moment - number % 2
                each = record(named(thread, number), issued_at)
                assert store.insert(each)
                assert store.find(each.id) is not None
        finally:
            self._backend.leave()

    def meet(self) -> None:
        """Wait until half of the logins are there."""
        self._half.wait(60)


@pytest.mark.parametrize("round", range(ROUNDS))
def test_nobody_who_was_issued_a_login_before_is_live_afterwards(store, backend, round):
    """Whether it was recorded before, meanwhile or later; who logs in just then stays in."""
    moment = NOW + 100 * round
    people = People(backend, moment)
    with ThreadPoolExecutor(THREADS) as pool:
        calls = [pool.submit(people.log_in, thread, store) for thread in range(THREADS)]
        people.meet()
        ended = store.end_everybody(moment)
        for each in calls:
            each.result(60)
    assert ended >= THREADS * EACH // 2
    for thread in range(THREADS):
        for number in range(EACH):
            found = store.find(stored_id(named(thread, number)))
            if number % 2:
                assert (found.cause, found.ended_at) == (Cause.REVOKED, moment)
    assert store.insert(record("next", moment))
    assert store.find(stored_id("next")).is_live


def test_of_two_who_revoke_everybody_the_newer_moment_stays(store, backend):
    moments = [NOW + number for number in range(THREADS)]
    store.generation("")

    def revoke(moment: float) -> None:
        try:
            store.end_everybody(moment)
        finally:
            backend.leave()

    with ThreadPoolExecutor(THREADS) as pool:
        assert [*pool.map(revoke, moments)] == [None] * THREADS
    assert store.generation(stored_id("one")).endswith(f"@{moments[-1]!r}")
    assert store.insert(record("one", moments[-1] - 1))
    assert not store.find(stored_id("one")).is_live
