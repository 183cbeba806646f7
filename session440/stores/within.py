"""Deadlines for what a coroutine awaits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")

if sys.version_info >= (3, 11):

    async def within(seconds: float, awaitable: Awaitable[Result]) -> Result:
        """Return what is awaited.

        :raises asyncio.TimeoutError: if it takes longer; it is cancelled then.
        """
        async with asyncio.timeout(seconds):
            return await awaitable

else:

    async def within(seconds: float, awaitable: Awaitable[Result]) -> Result:
        """Return what is awaited.

        :raises asyncio.TimeoutError: if it takes longer; it is cancelled then.
        """
        return await asyncio.wait_for(awaitable, seconds)
