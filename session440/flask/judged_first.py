"""A Flask session whose login is judged before the session is first read.

With a store, judging costs a round trip, which a static file that asks for nobody need not pay.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from ..core.ports import Judging

#: How the content of a session is read or written, as of any ``dict``.
_METHODS = (
    "__getitem__",
    "__setitem__",
    "__delitem__",
    "__contains__",
    "__iter__",
    "__reversed__",
    "__len__",
    "__eq__",
    "__ne__",
    "__or__",
    "__ror__",
    "__ior__",
    "__repr__",
    "copy",
    "clear",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
)
_JUDGING = "_session440_judging"


def judge_first(session: Any, judging: Judging) -> bool:
    """Let *judging* go before *session* is read; return whether that is possible."""
    if not isinstance(session, dict) or not hasattr(session, "__dict__"):
        return False
    session.__dict__[_JUDGING] = judging
    session.__class__ = _judged_first(type(session))
    return True


def stop(session: Any) -> None:
    """Let *session* be read without judging: the response is on its way."""
    if _JUDGING in getattr(session, "__dict__", ()):
        del session.__dict__[_JUDGING]
        session.__class__ = type(session).__mro__[1]


@cache
def _judged_first(kind: type[Any]) -> type[Any]:
    return type(kind.__name__, (kind,), {name: _method(kind, name) for name in _METHODS})


def _method(kind: type[Any], name: str) -> Callable[..., Any]:
    def method(session: Any, *given: Any, **named: Any) -> Any:
        _look(session)
        return getattr(kind, name)(session, *given, **named)

    return method


def _look(session: Any) -> None:
    """Judge the login, unless that has been done."""
    judging: Judging | None = session.__dict__.get(_JUDGING)
    if judging is not None:
        judging.look_first(partial(stop, session))
