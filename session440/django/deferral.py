"""A public page's login, judged no sooner than the page looks into the session.

Reading a session costs a query; a public page that never looks is spared it. One that does,
by ``request.user`` or in any other way, finds what a judged login has left there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from ..processing import enter
from ..visit import Visit


def defer(visit: Visit, request: HttpRequest) -> bool:
    """Leave the session unread; false where the ticket alone is not live."""
    if not visit.defer(lambda: enter(visit)):
        return False
    session: Any = request.session
    session._session440_visit = visit
    store: Any = type(session)
    session.__class__ = _judged_first(store)
    return True


@cache
def _judged_first(store: Any) -> Any:
    """Give a session class that has its login judged before it is first read."""

    class JudgedFirst(store):  # type: ignore[misc]  # whatever class the project has
        def _get_session(self, no_load: bool = False) -> Any:
            self._judge()
            return self._get_session(no_load)  # by now the project's own

        _session = property(_get_session)

        async def _aget_session(self, no_load: bool = False) -> Any:
            await sync_to_async(self._judge)()
            return await self._aget_session(no_load)

        def clear(self) -> None:  # it writes without a look, and flush() begins with it
            self._judge()
            self.clear()

        async def aflush(self) -> None:
            await sync_to_async(self._judge)()
            await self.aflush()

        def _judge(self) -> None:
            self.__class__ = store  # once, or judging would have to be judged
            _ = self._session440_visit.ticket

    return JudgedFirst
