"""A Django session, of any backend, whose login is judged before the session is first read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from ..core.ports import Judging

_JUDGING = "_session440_judging"
#: How a session is read or written, and copied. To flush it clears it, and to save it reads it.
_METHODS = ("_get_session", "load", "clear", "create", "__reduce_ex__")
_COROUTINES = ("_aget_session", "aload", "acreate", "aflush")
#: Apps keep what belongs to a person under the session's key.
_ATTRIBUTES = ("_session", "session_key", "cache_key")


def judge_first(request: HttpRequest, judging: Judging) -> bool:
    """Let *judging* go before the session is read; return whether that is possible.

    It is too late if anything has read the session, or its user, already.
    """
    session: Any = request.session
    if not isinstance(session, SessionBase) or hasattr(session, "_session_cache"):
        return False
    if "_cached_user" in request.__dict__ or "_acached_user" in request.__dict__:
        return False
    session.__dict__[_JUDGING] = judging
    session.__class__ = _judged_first(type(session))
    return True


@cache
def _judged_first(store: Any) -> Any:
    """Return a session class whose login is judged before the session is read."""
    names: dict[str, Any] = {name: _method(store, name) for name in _METHODS}
    names |= {name: _coroutine(store, name) for name in _COROUTINES if hasattr(store, name)}
    names |= {name: _attribute(store, name) for name in _ATTRIBUTES if hasattr(store, name)}
    return type(store.__name__, (store,), {**names, "__module__": store.__module__})


def _method(store: Any, name: str) -> Callable[..., Any]:
    def method(session: Any, *given: Any, **named: Any) -> Any:
        _look(session, store)
        return getattr(store, name)(session, *given, **named)

    return method


def _coroutine(store: Any, name: str) -> Callable[..., Any]:
    async def method(session: Any, *given: Any, **named: Any) -> Any:
        await sync_to_async(_look)(session, store)
        return await getattr(store, name)(session, *given, **named)

    return method


def _attribute(store: Any, name: str) -> property:
    def attribute(session: Any) -> Any:
        _look(session, store)
        return getattr(store, name).__get__(session)

    return property(attribute)


def twin_of(session: Any) -> Any:
    """Return the session as an object of the project's own class that nobody else has.

    The judge reads this one: its backend may use other threads, which must not wait for the judge.
    """
    kind = type(session)
    twin: Any = object.__new__(kind.__mro__[1] if _JUDGING in session.__dict__ else kind)
    twin.__dict__.update(session.__dict__)
    twin.__dict__.pop(_JUDGING, None)
    return twin


def is_gated(session: Any) -> bool:
    """Return whether the session's login is still to be judged."""
    return _JUDGING in getattr(session, "__dict__", ())


def _look(session: Any, store: Any) -> None:
    """Judge the login, unless that has been done."""
    judging: Judging | None = session.__dict__.get(_JUDGING)
    if judging is not None:  # else another thread was quicker
        judging.look_first(partial(_unlock, session, store))


def _unlock(session: Any, store: Any) -> None:
    session.__dict__.pop(_JUDGING, None)
    session.__class__ = store
