"""A login that is judged only once somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock, get_ident
from typing import Protocol

#: Seconds for which a thread waits while another one judges.
PATIENCE = 20.0


class Unjudged(Protocol):
    """An exchange, as far as this needs to know it."""

    is_late: bool
    is_in_view: bool


class Late:
    """Judges a login once. Until that is done, whoever looks is kept waiting, or judges it.

    If judging fails, nothing has been seen, and the next look judges again.

    :param judge: is told whether the view looks, and may tell it of the end by an exception.
    """

    def __init__(self, exchange: Unjudged, judge: Callable[[bool], object]) -> None:
        self._exchange = exchange
        self._judge = judge
        self._thread: int | None = None  # which is judging
        self._lock = RLock()  # the threads of a view may look at the same time

    def look(self, is_asked: bool | None = None) -> None:
        """Judge the login, unless that has been done.

        :param is_asked: by the view; ``None``: if it runs.
        :raises RuntimeError: if the judge waits for this thread, as far as one can tell.
        """
        if not self._lock.acquire(timeout=PATIENCE):
            raise RuntimeError("the login is being judged by a thread that waits for this one")
        try:
            if self._thread is None and self._exchange.is_late:
                self._judge_now(self._exchange.is_in_view if is_asked is None else is_asked)
        finally:
            self._lock.release()

    def _judge_now(self, is_asked: bool) -> None:
        self._thread = get_ident()
        try:
            self._judge(is_asked)
        finally:
            self._thread = None

    def look_first(self, unlock: Callable[[], object]) -> None:
        """Judge the login, or wait until another thread has; then call *unlock*.

        A failure leaves the session locked. The judge's own looks are let pass.
        """
        if self._thread == get_ident():
            return
        try:
            self.look()
        finally:
            if self._thread is None and not self._exchange.is_late:
                unlock()
