"""Shared memory of logins: the contract, and the stores that keep to it.

``open_store(url)`` opens the store that a URL names. Each store is imported when it is first
asked for: nobody needs the libraries of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.record import Record, stored_id
from .async_store import AsyncStore
from .contract import TicketStore
from .memory import MemoryStore
from .opening import open_store

if TYPE_CHECKING:
    from .redis import RedisStore
    from .sql import SQLStore

__all__ = [
    "AsyncStore",
    "MemoryStore",
    "Record",
    "RedisStore",
    "SQLStore",
    "TicketStore",
    "open_store",
    "stored_id",
]


def __getattr__(name: str) -> Any:
    if name == "SQLStore":
        from .sql import SQLStore

        return SQLStore
    if name == "RedisStore":
        from .redis import RedisStore

        return RedisStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
