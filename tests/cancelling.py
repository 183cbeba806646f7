"""Coroutines that are cancelled at one of the places where they wait, and then at the next."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any

#: More than any of the coroutines under test waits.
MOST = 500


@types.coroutine
def _cancelled_at(number: int, awaitable: Awaitable[Any]) -> Generator[Any, Any, Any]:
    """Await; cancel the task where it waits for the time *number*, counted from one."""
    task = asyncio.current_task()
    steps = awaitable.__await__()
    step, given = steps.send, None
    for count in range(1, MOST):
        try:
            waits_for = step(given)
        except StopIteration as done:
            return done.value
        if count == number:
            task.cancel()
        try:
            step, given = steps.send, (yield waits_for)
        except BaseException as error:
            step, given = steps.throw, error
    raise AssertionError(f"it waits {MOST} times")


async def _is_cancelled(number: int, awaitable: Awaitable[Any]) -> bool:
    async def driven():
        return await _cancelled_at(number, awaitable)

    task = asyncio.ensure_future(driven())
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return task.cancelled()


async def cancelled_in_turn(
    call: Callable[[], Awaitable[Any]], check: Callable[[], Awaitable[Any]], at: int = 1
) -> int:
    """Cancel *call* at each of the places where it waits, and check after each; return how many."""
    while await _is_cancelled(at, call()):
        await check()
        at += 1
    await check()
    return at - 1


def cancelled_in_turn_in_loops(
    call: Callable[[], Awaitable[Any]], check: Callable[[], Awaitable[Any]]
) -> int:
    """Do the same, each time in a loop of its own, in which nothing is connected yet."""

    async def once(number: int) -> bool:
        was_cancelled = await _is_cancelled(number, call())
        await check()
        return was_cancelled

    number = 1
    while asyncio.run(once(number)):
        number += 1
    return number - 1
