"""Runs the statements of :class:`~session440.stores.SQLStore`, and says how they failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, RowMapping, Select
from sqlalchemy.exc import IntegrityError

from ..exceptions import StoreError
from ..greenlets import is_spawned
from .sql_access import Access, Accesses
from .sql_lookup import is_watched

T = TypeVar("T")


class SQLCalls:
    """Runs statements on connections of an engine; one that fails at once is tried once more.

    :param accesses: how the database is reached.
    :param find: the statement of :meth:`row`; its only parameter is ``stored``.
    :param timeout: seconds; a failure that took half of them is not tried again.
    :param prepare: is called with a connection before anything is asked, once, and again after
        a failure: another database may be in its place then.
    """

    def __init__(
        self,
        accesses: Accesses,
        find: Select[Any],
        timeout: float,
        prepare: Callable[[Connection], None],
    ) -> None:
        self._in_threads, self._in_loops = accesses.in_threads, accesses.in_loops
        self._find = find
        self._timeout = timeout
        self._prepare = prepare
        self._is_prepared = False

    @property
    def engine(self) -> Engine:
        """The engine of the thread or the event loop that asks."""
        return self._access().engine

    def _access(self) -> Access:
        if self._in_loops is not None and is_spawned():
            return self._in_loops.get()
        return self._in_threads

    def row(self, id: str) -> Mapping[Any, Any] | None:
        """Return the row of *id*, if there is one."""
        engine, look_up, failures = self._access()
        if look_up is not None and self._is_prepared and not is_watched(engine):
            started = monotonic()
            try:
                return look_up.row(id)
            except failures as error:
                self._fail(error, started, may_retry=True)
        return next(iter(self.rows(self._find, stored=id)), None)

    def rows(self, statement: Executable, **values: Any) -> Sequence[RowMapping]:
        """Return the rows that *statement* returns."""
        return self._ask(lambda connection: connection.execute(statement, values).mappings().all())

    def count(self, statement: Executable, **values: Any) -> int:
        """Return how many rows *statement* has written."""
        return self._ask(lambda connection: connection.execute(statement, values).rowcount)

    def prepare_again(self) -> None:
        """Prepare again before the next statement."""
        self._is_prepared = False

    def _ask(self, work: Callable[[Connection], T]) -> T:
        def prepared(connection: Connection) -> T:
            if not self._is_prepared:
                self._prepare(connection)
                self._is_prepared = True
            return work(connection)

        return self(prepared)

    def __call__(self, work: Callable[[Connection], T], may_retry: bool = True) -> T:
        """Return the result of *work*, which is tried once more if it fails at once.

        It fails at once if a pooled connection is dead, because its server was restarted, or if
        the statement loses a deadlock. Nothing is done twice, unless the server died between a
        commit and its answer.

        :raises StoreError: if the database fails; but what breaks a rule of its own is an
            ``IntegrityError``.
        """
        access, started = self._access(), monotonic()
        try:
            with access.engine.connect() as connection:
                return work(connection)
        except IntegrityError:
            raise
        except access.failures as error:
            self._fail(error, started, may_retry)
        return self(work, may_retry=False)

    def _fail(self, error: Exception, started: float, may_retry: bool) -> None:
        """Raise a :class:`StoreError`, unless what failed has failed at once and may be retried."""
        self._is_prepared = False
        if not may_retry or monotonic() - started > self._timeout / 2:
            raise StoreError(self._complaint(error)) from error

    def _complaint(self, error: Exception) -> str:
        """Return the kind of failure; the driver's text, which may show values, is chained."""
        kind = type(getattr(error, "orig", None) or error).__name__
        return f"{self._in_threads.engine.dialect.name} fails, or is too slow: {kind}"
