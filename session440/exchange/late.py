"""A login that is judged only once somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock


class Late:
    """Judges a login once. Until that is done, whoever looks is kept waiting, or judges it.

    A look by the judge itself is let pass. If judging fails, nothing has been seen, and the next
    look judges again.

    :param judge: is told whether the app looks, which may then be told of the end by an exception.
    :param is_late: returns whether the login is still to be judged.
    """

    def __init__(self, judge: Callable[[bool], object], is_late: Callable[[], bool]) -> None:
        self._judge = judge
        self._is_late = is_late
        self._is_judging = False
        self._lock = RLock()  # the threads of a view may look at the same time

    def look(self, is_asked: bool) -> None:
        """Judge the login, unless that has been done."""
        with self._lock:
            if self._is_judging or not self._is_late():
                return
            self._is_judging = True
            try:
                self._judge(is_asked)
            finally:
                self._is_judging = False

    def is_over(self) -> bool:
        """Return whether the login has been judged, and everything done that followed."""
        return not (self._is_judging or self._is_late())
