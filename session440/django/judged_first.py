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


#: How a session is read or written: what it holds, and under what key. To flush it clears it.
_METHODS = ("_get_session", "load", "clear")
_COROUTINES = ("_aget_session", "aload", "aflush")


@cache
def _judged_first(store: Any) -> Any:
    """Return a session class whose login is judged before the session is first read."""
    names: dict[str, Any] = {name: _method(name) for name in _METHODS}
    names |= {name: _coroutine(name) for name in _COROUTINES}
    names["_session"] = property(names["_get_session"])
    names["session_key"] = property(_session_key)
    return type(store.__name__, (store,), names)


def _method(name: str) -> Callable[..., Any]:
    def method(session: Any, *given: Any, **named: Any) -> Any:
        _judge(session)
        return getattr(session, name)(*given, **named)

    return method


def _coroutine(name: str) -> Callable[..., Any]:
    async def method(session: Any, *given: Any, **named: Any) -> Any:
        await sync_to_async(_judge)(session)
        return await getattr(session, name)(*given, **named)

    return method


def _session_key(session: Any) -> Any:
    _judge(session)  # apps keep what belongs to a person under it
    return session.session_key


def _judge(session: Any) -> None:
    """Make *session* one of the project's own class again, and judge its login."""
    session.__class__ = type(session).__mro__[1]  # once only: judging reads the session too
    session.__dict__.pop("_session440_judge")()
