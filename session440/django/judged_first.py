"""A Django session, of any backend, whose login is judged before the session is first read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest


def judge_first(request: HttpRequest, judge: Callable[[], object]) -> bool:
    """Have *judge* called before the session is first read; return whether that is possible.

    It is too late if anything has read the session, or its user, already.
    """
    session: Any = request.session
    if not isinstance(session, SessionBase) or hasattr(session, "_session_cache"):
        return False
    if "_cached_user" in request.__dict__ or "_acached_user" in request.__dict__:
        return False
    session.__dict__["_session440_judge"] = judge
    session.__class__ = _judged_first(type(session))
    return True


@cache
def _judged_first(store: Any) -> Any:
    """Return a session class whose login is judged before the session is first read."""

    class JudgedFirst(store):  # type: ignore[misc]  # the project's own class
        def _get_session(self, no_load: bool = False) -> Any:
            self._judge()
            return self._get_session(no_load)  # the project's own by now

        _session = property(_get_session)

        async def _aget_session(self, no_load: bool = False) -> Any:
            await sync_to_async(self._judge)()
            return await self._aget_session(no_load)

        def clear(self) -> None:  # it writes without reading; flush() calls it first
            self._judge()
            self.clear()

        async def aflush(self) -> None:
            await sync_to_async(self._judge)()
            await self.aflush()

        def _judge(self) -> None:
            self.__class__ = store  # once only: judging reads the session too
            self.__dict__.pop("_session440_judge")()

    return JudgedFirst
