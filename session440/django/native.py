"""Whether a session backend may be awaited.

Django's own backends have a coroutine for each method. One that was made before there were any
has only methods; where it extends one of Django's, the coroutines that it inherits do not know
what it does in another way, such as decrypting what it loads.
"""

from __future__ import annotations

from functools import cache

#: How a session is read and written, and the coroutine for each.
_PAIRS = {
    **{name: f"a{name}" for name in ("load", "save", "create", "delete", "exists")},
    **{name: f"a{name}" for name in ("get", "keys", "update", "flush", "cycle_key")},
    "_get_session": "_aget_session",
    "__setitem__": "aset",
}


@cache
def is_native(store: type) -> bool:
    """Return whether the coroutines of a class of sessions do what its methods do."""
    return all(
        _distance(store, coroutine) <= _distance(store, method)
        for method, coroutine in _PAIRS.items()
    )


def _distance(store: type, name: str) -> int:
    """Return how far up in the class's ancestors *name* is defined."""
    lines = [name in vars(each) for each in store.__mro__]
    return lines.index(True) if True in lines else len(lines)
