"""A client that goes away, and a server that stops, cancel the coroutine that answers.

What the app has done to the login by then is carried out all the same.
https://docs.djangoproject.com/en/5.2/topics/async/#handling-disconnects
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from ..events import logger
from ..exchange import Exchange
from ..processing import passes_as_it_is, process_response, settle
from ..processing.unsent import UNSENT
from .threads import in_thread

Result = TypeVar("Result")


async def whole(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what *work* returns; a cancellation waits until it is done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await end_of(task)
        raise


async def end_of(task: asyncio.Task[Any]) -> None:
    """Wait until *task* is done, however often this is cancelled meanwhile; log its error."""
    while not task.done():
        with suppress(asyncio.CancelledError):  # the first one is raised once the task is done
            await asyncio.wait([task])
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("what follows a cancelled request has failed", exc_info=error)


async def abandon(exchange: Exchange) -> None:
    """Carry out what the app has done to the login; nobody waits for the response any more.

    In the thread for sync code: a sync view runs on in it, and what it does there counts, too.
    """
    await whole(in_thread(_abandon, exchange))


def _abandon(exchange: Exchange) -> None:
    # Not keep_ends(), which asks no store and writes no session: here is a thread for both.
    if not passes_as_it_is(exchange):
        settle(exchange, UNSENT)
        process_response(exchange, UNSENT, _no_header)


def _no_header(name: str) -> str | None:
    return None


def is_at_stake(exchange: Exchange) -> bool:
    """Return whether something would be lost if the way out were cancelled."""
    is_left_alone = exchange.is_late or exchange.session.is_untouched()
    return bool(exchange.waiting or exchange.owing) or not is_left_alone
