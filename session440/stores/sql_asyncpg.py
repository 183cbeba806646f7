"""Connections of asyncpg that are closed at once when a statement is cancelled, or is too slow."""

from __future__ import annotations

from asyncio import Future
from typing import Any

from asyncpg import Connection  # type: ignore[import-untyped]


class ShortConnection(Connection):  # type: ignore[misc]
    """A connection for short statements.

    asyncpg itself would open a second connection by which the server is asked to cancel the
    statement, and SQLAlchemy would wait two seconds for a farewell: neither has an end where the
    server is silent.
    """

    def _cancel_current_command(self, waiter: Future[Any], *_: Any) -> None:
        if not waiter.done():
            waiter.set_result(None)
        self.terminate()

    async def close(self, *, timeout: float | None = None) -> None:
        """Close it; with a *timeout*, as SQLAlchemy gives after a failure, at once."""
        if timeout is not None:
            self.terminate()
        else:
            await super().close()
