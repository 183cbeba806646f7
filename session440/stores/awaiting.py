"""How a coroutine asks a store: where the store awaits, or in a thread.

A store is one object for threads and coroutines: one circuit breaker, one list of pending ends
and one memory of what was found belong to it, whoever asks. If its attribute ``awaits`` is true,
its methods never block in a coroutine's greenlet (:mod:`session440.greenlets`): there they await.
Any other one, as a site's own, is called in a thread; which one, its attribute ``in_thread`` may
say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from ..greenlets import InThread, greenlet_spawn

Result = TypeVar("Result")


def awaits(store: object) -> bool:
    """Return whether the methods of *store* await in a coroutine's greenlet."""
    return getattr(store, "awaits", False) is True


async def awaited(
    store: object,
    function: Callable[..., Result],
    *given: Any,
    in_thread: InThread | None = None,
    **named: Any,
) -> Result:
    """Return the result of a function that asks *store*.

    A store that blocks takes the whole function into a thread: one hop, however often it is
    asked.

    :param in_thread: runs what blocks; otherwise the store says what does, or asyncio's threads do.
    """
    in_thread = in_thread or getattr(store, "in_thread", None) or to_thread
    if awaits(store):
        return await greenlet_spawn(function, *given, in_thread=in_thread, **named)
    return cast(Result, await in_thread(function, *given, **named))


async def to_thread(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Return the result of *function*, which runs in a thread of the event loop."""
    import asyncio  # loaded already: a coroutine runs

    return await asyncio.to_thread(function, *given, **named)
