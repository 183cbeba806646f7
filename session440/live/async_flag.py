"""Something that happens to a login, and the coroutines that wait for it.

This is imported only for who says ``async with``.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop


class AsyncFlag:
    """Tells whether something has happened to a login; coroutines of one loop may wait for it."""

    __slots__ = ("_is_set", "_waiters")

    def __init__(self, is_set: bool) -> None:
        self._is_set = is_set
        self._waiters: list[Future[None]] = []

    def is_set(self) -> bool:
        """Return whether it has happened."""
        return self._is_set

    async def wait(self) -> bool:
        """Wait until it happens, or the connection is closed; return whether it has happened."""
        if not self._is_set:
            waiter = get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        return self._is_set

    def turn(self, is_set: bool) -> None:
        """Note whether it has happened; this is called in the event loop."""
        self._is_set = is_set
        if is_set:
            self.wake()

    def wake(self) -> None:
        """Let all that wait go on; this is called in the event loop."""
        waiters, self._waiters = self._waiters, []
        for each in waiters:
            if not each.done():  # it may have been cancelled
                each.set_result(None)
