"""Deadlines for what a coroutine awaits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")

#: Which part of the time is added, for answers that have come while the loop was busy.
_GRACE = 0.25

if sys.version_info >= (3, 11):

    async def within(seconds: float, awaitable: Awaitable[Result]) -> Result:
        """Return what is awaited.

        A loop that stood still, because something blocked it, first learns how late it is, and
        then what has come: so there is a second look, a little later.

        :raises asyncio.TimeoutError: if it takes longer; it is cancelled then.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            timer = loop.call_later(
                seconds, lambda: limit.reschedule(loop.time() + _GRACE * seconds)
            )
            try:
                return await awaitable
            finally:
                timer.cancel()

else:

    async def within(seconds: float, awaitable: Awaitable[Result]) -> Result:
        """Return what is awaited.

        :raises asyncio.TimeoutError: if it takes longer; it is cancelled then.
        """
        return await asyncio.wait_for(awaitable, (1 + _GRACE) * seconds)
