"""Which cookies are verified if there are more of the ticket's name than any browser's user has."""

from __future__ import annotations

from collections.abc import Callable

from .wire import SEPARATOR, SEPARATORS

#: How many tickets are verified at most: a flood of them must not cost more and more.
MOST_CANDIDATES = 32


def likeliest(
    values: list[str], start: str | None, may_be_bound: Callable[[str], bool]
) -> list[str]:
    """Return the values to verify, those first that look like the ticket that counts.

    :param start: how the text of the bound ticket begins, if that is known.
    :param may_be_bound: returns whether a value looks bound to the session's cookie.
    """
    ranked = sorted(
        values,
        key=lambda value: (
            start is None or not value.startswith(start),
            not may_be_bound(value),
            value.count(SEPARATOR) < SEPARATORS,
        ),
    )
    return ranked[:MOST_CANDIDATES]
