"""What belongs to one event loop, as connections do: made when needed, closed as the loop ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from ..greenlets import await_only

Resource = TypeVar("Resource")


@dataclass(frozen=True)  # a generic NamedTuple needs Python 3.11
class Held(Generic[Resource]):
    """A resource, and the generator that is going to close it."""

    resource: Resource
    keeper: AsyncGenerator[None]


class ByLoop(Generic[Resource]):
    """Holds one resource for each running event loop; threads may share it.

    A loop that ends closes every asynchronous generator that it has begun, without a word from the
    app: ``asyncio.run()``, uvicorn, hypercorn and asgiref do so. One of these holds the resource.
    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.shutdown_asyncgens

    :param make: makes a resource for the running loop.
    :param close: closes one, in its loop.
    """

    def __init__(
        self, make: Callable[[], Resource], close: Callable[[Resource], Awaitable[object]]
    ) -> None:
        self._make = make
        self._close = close
        self._held: dict[asyncio.AbstractEventLoop, Held[Resource]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self) -> Resource:
        """Return the resource of the running loop, in a coroutine's greenlet."""
        loop = asyncio.get_running_loop()
        held = self._held.get(loop)
        return self._hold(loop) if held is None else held.resource

    def _hold(self, loop: asyncio.AbstractEventLoop) -> Resource:
        self._forget_closed_loops()
        resource = self._make()
        keeper = self._keep(loop, resource)
        await_only(anext(keeper))  # it waits for nothing, so no other coroutine comes between
        with self._lock:
            self._held[loop] = Held(resource, keeper)
        return resource

    async def _keep(
        self, loop: asyncio.AbstractEventLoop, resource: Resource
    ) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._held.pop(loop, None)
            await self._close(resource)

    def _forget_closed_loops(self) -> None:
        """Forget the loops that were closed without ending their generators."""
        with self._lock:
            for loop in [each for each in self._held if each.is_closed()]:
                del self._held[loop]
