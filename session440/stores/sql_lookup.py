"""Looks up one row by the driver's own cursor: what SQLAlchemy's Core does, in less time."""

from __future__ import annotations

from collections.abc import Callable
from logging import INFO
from typing import Any

from sqlalchemy import Engine, Select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection

#: The drivers that this is tested with.
DRIVERS = ("pysqlite", "psycopg", "pymysql")


class LookUp:
    """A SELECT of at most one row, compiled once and run on connections of the engine's pool.

    A connection, a result and a row of Core's take several times as long to build as SQLite
    takes for the query. The pool, the statement's text and the types stay SQLAlchemy's.

    :param engine: its connections commit by themselves, so that no transaction is left open.
    :param statement: has one parameter.
    """

    def __init__(self, engine: Engine, statement: Select[Any]) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._engine = engine
        self._text = str(compiled)
        (self._parameter,) = compiled.params
        self._is_positional = compiled.positional
        self._columns = [*statement.selected_columns]
        self._names = [each.name for each in self._columns]
        self._readers: dict[str, Callable[[Any], Any]] | None = None

    def row(self, value: str) -> dict[str, Any] | None:
        """Return the row's values by the names of its columns.

        It raises what the driver or the pool raises. A connection that is lost leaves the pool.
        """
        connection = self._engine.raw_connection()
        try:
            row = self._fetch(connection, value)
        except BaseException as error:
            self._give_back(connection, error)
            raise
        connection.close()
        return row

    def _fetch(self, connection: PoolProxiedConnection, value: str) -> dict[str, Any] | None:
        cursor = connection.cursor()
        cursor.execute(self._text, (value,) if self._is_positional else {self._parameter: value})
        found = cursor.fetchone()
        if found is None:
            cursor.close()
            return None
        row = dict(zip(self._names, found, strict=True))
        readers = self._readers or self._readers_for(cursor)
        cursor.close()
        for name, read in readers.items():
            row[name] = read(row[name])
        return row

    def _readers_for(self, cursor: DBAPICursor) -> dict[str, Callable[[Any], Any]]:
        """Return the functions that make of a driver's value what the column's type says."""
        dialect = self._engine.dialect
        found = {}
        for column, (_, kind, *_) in zip(self._columns, cursor.description, strict=True):
            read = column.type.dialect_impl(dialect).result_processor(dialect, kind)
            if read is not None:
                found[column.name] = read
        self._readers = found
        return found

    def _give_back(self, connection: PoolProxiedConnection, error: BaseException) -> None:
        """Return the connection to the pool, unless it is lost or its answer was not read."""
        dialect = self._engine.dialect
        if isinstance(error, dialect.loaded_dbapi.Error) and not dialect.is_disconnect(
            error, connection.dbapi_connection, None
        ):
            connection.close()
        else:
            connection.invalidate(error)


def is_watched(engine: Engine) -> bool:
    """Return whether somebody listens to the engine's statements, or the log is to have them."""
    told, asked = engine.dispatch, engine.dialect.dispatch
    listeners = (
        told.before_execute,
        told.after_execute,
        told.before_cursor_execute,
        told.after_cursor_execute,
        asked.do_execute,
        asked.do_execute_no_params,
        asked.handle_error,
    )
    return any(listeners) or engine.logger.isEnabledFor(INFO)
