"""Stores that a test asks as if it were a thread, though it is a coroutine that asks."""

from __future__ import annotations

import asyncio
from asyncio import format_helpers
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import StackSummary
from typing import Any

import pytest

from session440.stores import AsyncStore, TicketStore


class InALoop:
    """A store whose every call is made by a coroutine of one event loop."""

    def __init__(self, store: TicketStore, loop: asyncio.AbstractEventLoop) -> None:
        self._store = AsyncStore(store)
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return lambda *given, **named: self._loop.run_until_complete(method(*given, **named))


@contextmanager
def in_a_loop(store: TicketStore) -> Iterator[Any]:
    """Ask *store* by coroutines; an event loop in debug mode must have nothing to complain of."""
    loop = asyncio.new_event_loop()
    loop.set_debug(True)
    # Of each future and handle it keeps where it was made, which takes a third of the time.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(format_helpers, "extract_stack", lambda *given: StackSummary())
        yield from _kept_open(store, loop)


def _kept_open(store: TicketStore, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    try:
        yield InALoop(store, loop)
        loop.run_until_complete(_leave())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        assert asyncio.all_tasks(loop) == set()
        loop.close()


async def _leave() -> None:
    """Close what Django's thread has opened."""
    from asgiref.sync import sync_to_async
    from django.db import connections

    await sync_to_async(connections.close_all)()
