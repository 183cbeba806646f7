"""A login again by the same person, in an app that only names its person in the session.

``session["user_id"] = "alice"`` changes nothing for alice, who is logged in already; but in the
answer to a form that was sent to a login page it is a login, and a proof. Not so in a hook that
runs before each view, as to read the person's name again: it does so with a wrong password, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

_KEY, _IS_SET, _IS_READ = "_session440_key", "_session440_again", "_session440_is_read"


def watch(session: Any, key: object, is_read: Callable[[], bool]) -> None:
    """Note whether *session* is told who is logged in, even if it says so already.

    :param key: under which it names the person; nothing is noted for another kind of key, or of
        session.
    :param is_read: whether the app only reads now who it is.
    """
    if isinstance(key, str) and isinstance(session, dict) and hasattr(session, "__dict__"):
        session.__dict__[_KEY] = key.partition(".")[0]
        session.__dict__[_IS_READ] = is_read
        session.__class__ = _watched(type(session))


def is_told_again(session: Any) -> bool:
    """Return whether the app has said once more who is logged in."""
    return _IS_SET in getattr(session, "__dict__", ())


@cache
def _watched(kind: type[Any]) -> type[Any]:
    def set_item(session: Any, key: Any, value: Any) -> None:
        _note(session, key)
        kind.__setitem__(session, key, value)

    def update(session: Any, *given: Any, **named: Any) -> None:
        for key in dict(*given, **named):
            _note(session, key)
        kind.update(session, *given, **named)

    return type(kind.__name__, (kind,), {"__setitem__": set_item, "update": update})


def _note(session: Any, key: object) -> None:
    if key == session.__dict__[_KEY] and not session.__dict__[_IS_READ]():
        session.__dict__[_IS_SET] = True
