"""Cancels a coroutine where it suspends: the first time, the second, and so on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Stepped:
    """Awaits a coroutine, and cancels the task once it has suspended for the *at*-th time."""

    def __init__(self, work: Coroutine[Any, Any, Any], at: int) -> None:
        self._work = work
        self._at = at
        self.suspended = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, step, given = self._work.__await__(), None, None
        step = steps.send
        while True:
            try:
                waited = step(given)
            except StopIteration as stop:
                return stop.value
            self.suspended += 1
            if self.suspended == self._at:
                # Once the task waits for it, as when a client goes away.
                asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
            try:
                step, given = steps.send, (yield waited)
            except BaseException as error:  # as await does: it is the coroutine's
                step, given = steps.throw, error


async def cancelled(work: Coroutine[Any, Any, Any], at: int) -> bool:
    """Return whether *work* was cancelled before it ended; no task is left of it."""
    before = asyncio.all_tasks()

    async def run() -> None:
        await Stepped(work, at)

    task = asyncio.ensure_future(run())
    await asyncio.wait([task])
    left = asyncio.all_tasks() - before
    assert not left, left
    if not task.cancelled():
        task.result()
    return task.cancelled()
