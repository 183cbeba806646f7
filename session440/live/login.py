"""A login as a connection that stays open sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..cause import Cause
from ..core.ended import Ended
from ..core.ticket import Ticket
from ..events import shielded
from ..moments import aware
from .flag import Turned
from .group import Group

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from .logins import LiveLogins

AnyFlag = TypeVar("AnyFlag", bound=Turned)
#: Runs a function away from whoever has found out that a login is over.
Run = Callable[..., object]


class LiveLogin(Generic[AnyFlag]):
    """The login of one connection, for as long as that is open.

    If nobody is logged in, it never ends, and ``subject`` is ``None``.
    """

    __slots__ = (
        "__weakref__",
        "_at_end",
        "_at_warning",
        "_ended",
        "_group",
        "_live",
        "_loop",
        "_make",
        "_warned",
    )

    def __init__(
        self,
        live: LiveLogins,
        group: Group,
        make: Callable[[bool], AnyFlag],
        loop: AbstractEventLoop | None = None,
    ) -> None:
        self._live = live
        self._group = group
        self._make = make
        self._loop = loop  # in which the connection is served, if it is one that awaits
        self._ended: AnyFlag | None = None  # made for who asks
        self._warned: AnyFlag | None = None
        self._at_end: list[Callable[[LiveLogin[AnyFlag]], object]] | None = None
        self._at_warning: list[Callable[[LiveLogin[AnyFlag]], object]] | None = None

    # What an app asks

    @property
    def ended(self) -> AnyFlag:
        """An event: the login is over."""
        if self._ended is None:
            with self._live.lock:
                self._ended = self._ended or self._make(self._group.ended is not None)
        return self._ended

    @property
    def warned(self) -> AnyFlag:
        """An event: the login ends in ``warn_before`` unless it is used; cleared once it is."""
        if self._warned is None:
            with self._live.lock:
                self._warned = self._warned or self._make(self._group.is_warned)
        return self._warned

    @property
    def is_over(self) -> bool:
        """Whether the login is over now, by the clock: ask this before each message is sent."""
        return self._live.is_over(self._group)

    @property
    def cause(self) -> Cause | None:
        """Why the login has ended; ``None`` while it lives, and after a logout."""
        ended = self._group.ended
        return None if ended is None else ended.cause

    @property
    def reason(self) -> str:
        """Why the login has ended, as text for a close frame: its cause, or ``logout``.

        It is empty while the login lives.
        """
        ended = self._group.ended
        return "" if ended is None else str(ended.cause or "logout")

    @property
    def deadline(self) -> datetime | None:
        """When the login ends if it is not used until then (aware, UTC)."""
        until = self._group.until
        return None if until == inf else aware(until)

    @property
    def subject(self) -> str | None:
        """Who is logged in."""
        ticket = self._group.ticket
        return None if ticket is None else ticket.subject

    # What an app does

    def touch(self) -> bool:
        """Count as activity of the person, as a request does; messages alone do not count.

        Return whether that is enough, because a store knows of it. If not, the page has to call
        the endpoint ``extend``: a connection cannot renew a cookie. It is not enough without a
        store, and in an app without a framework, where the cookie is the whole login.
        """
        return self._live.touch(self._group)

    async def atouch(self) -> bool:
        """Count as activity of the person; see :meth:`touch`."""
        return await self._live.atouch(self._group)

    def call(self, function: Callable[[LiveLogin[AnyFlag]], object]) -> None:
        """Call *function* with this login, once, when it is over.

        The thread that watches all logins calls it, or the event loop for ``async with``. It must
        not block. An error that it raises is logged.
        """
        with self._live.lock:
            is_over = self._group.ended is not None
            if not is_over:
                self._at_end = [*(self._at_end or ()), function]
        if is_over:
            self._run(self._live.soon, function)

    def call_at_warning(self, function: Callable[[LiveLogin[AnyFlag]], object]) -> None:
        """Call *function* with this login each time that its end comes near; see :meth:`call`.

        If the end is near already, the call comes soon: a connection may be opened in the last
        minutes of its login.
        """
        with self._live.lock:
            self._at_warning = [*(self._at_warning or ()), function]
            is_near = self._group.is_warned and self._group.ended is None
        if is_near:
            self._run(self._live.soon, function)

    def close(self) -> None:
        """Watch the login no longer: the connection is closed."""
        self._live.leave(self, self._group)
        self._at_end = self._at_warning = None
        self._in_place(self._wake)

    # What it is told

    @property
    def ticket(self) -> Ticket | None:
        """The ticket of the login, as far as this process knows it."""
        return self._group.ticket

    @property
    def end(self) -> Ended | None:
        """The login's end, once it is over."""
        return self._group.ended

    def follow(self, group: Group) -> None:
        """Go on with the login that has taken the place of the former one."""
        self._group = group

    def tell_end(self, run: Run) -> None:
        """Hear that the login is over.

        :param run: calls what the app wants to be called.
        """
        self._in_place(self._turn)
        functions, self._at_end = self._at_end, None
        for each in functions or ():
            self._run(run, each)

    def tell_warning(self, run: Run) -> None:
        """Hear that the end of the login is near, or no longer near."""
        self._in_place(self._turn)
        for each in (self._at_warning if self._group.is_warned else None) or ():
            self._run(run, each)

    def _turn(self) -> None:
        if self._ended is not None:
            self._ended.turn(self._group.ended is not None)
        if self._warned is not None:
            self._warned.turn(self._group.is_warned)

    def _wake(self) -> None:
        for each in (self._ended, self._warned):
            if each is not None:
                each.wake()

    def _in_place(self, function: Callable[[], object]) -> None:
        """Call *function* where who waits for the flags is."""
        if self._loop is None:
            function()
        elif self._ended is not None or self._warned is not None:
            self._post(function)

    def _run(self, run: Run, function: Callable[[LiveLogin[AnyFlag]], object]) -> None:
        if self._loop is None:
            run(shielded, function, self)
        else:
            self._post(shielded, function, self)

    def _post(self, function: Callable[..., object], *given: object) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(function, *given)
        except RuntimeError:  # the loop is closed, and so is the connection
            pass


AnyLogin = LiveLogin[Any]
