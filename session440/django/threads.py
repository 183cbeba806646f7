"""Where Django's own code that may block runs, if a coroutine calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async


async def in_thread(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Return what *function* returns; it may block, so it runs in Django's thread for sync code."""
    return await sync_to_async(function)(*given, **named)
