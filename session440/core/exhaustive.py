"""A check that a ``match`` covers every case, for type checkers and at run time."""

from __future__ import annotations

from typing import NoReturn


def assert_never(value: NoReturn, /) -> NoReturn:
    """Raise AssertionError; a type checker reports every call that can be reached.

    ``typing.assert_never`` is only in Python 3.11 and newer.
    """
    raise AssertionError(f"unexpected: {value!r}")
