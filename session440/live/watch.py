"""What ``visit.watch()`` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.ticket import Ticket
from .flag import Flag
from .login import LiveLogin
from .logins import LiveLogins

if TYPE_CHECKING:
    from .async_flag import AsyncFlag


class Watch:
    """Watches the login of a request for as long as its connection is open.

    Say ``with visit.watch() as login:``, or ``async with`` in a coroutine. An adapter, which has
    no such block, says ``login = visit.watch().open()`` and ``login.close()``.

    :param judged_at: when the request's login was judged.
    :param is_alone: the ticket is the login; there is no session beside it.
    """

    __slots__ = ("_is_alone", "_judged_at", "_live", "_login", "_ticket")

    def __init__(
        self, live: LiveLogins, ticket: Ticket | None, judged_at: float, is_alone: bool = True
    ) -> None:
        self._live = live
        self._ticket = ticket
        self._judged_at = judged_at
        self._is_alone = is_alone
        self._login: LiveLogin[Any] | None = None

    def open(self) -> LiveLogin[Flag]:
        """Return the login, watched from now on."""
        return self._live.enter(self._ticket, self._judged_at, self._is_alone, Flag)

    def aopen(self) -> LiveLogin[AsyncFlag]:
        """Return the login, watched from now on for the event loop that is running."""
        from asyncio import get_running_loop  # only for who awaits

        from .async_flag import AsyncFlag

        loop = get_running_loop()
        return self._live.enter(self._ticket, self._judged_at, self._is_alone, AsyncFlag, loop)

    def __enter__(self) -> LiveLogin[Flag]:
        self._login = login = self.open()
        return login

    def __exit__(self, *given: object) -> None:
        if self._login is not None:
            self._login.close()

    async def __aenter__(self) -> LiveLogin[AsyncFlag]:
        self._login = login = self.aopen()
        return login

    async def __aexit__(self, *given: object) -> None:
        if self._login is not None:
            self._login.close()
