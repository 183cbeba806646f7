"""A ``match`` that forgets no case: type checkers hold it, and so does the run."""

from __future__ import annotations

from typing import NoReturn


def assert_never(value: NoReturn, /) -> NoReturn:
    """Raise AssertionError; a type checker complains where this can be reached.

    ``typing.assert_never`` is only in Python 3.11 and newer.
    """
    raise AssertionError(f"unexpected: {value!r}")
