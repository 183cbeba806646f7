"""Coroutines that give way to others, without any time passing."""

from __future__ import annotations

import types
from collections.abc import Callable, Generator

#: After how many turns what a test waits for should have happened.
TURNS = 100_000


@types.coroutine
def turn() -> Generator[None]:
    """Let every other coroutine that can run do so once."""
    yield


async def turns_until(happens: Callable[[], object]) -> None:
    """Give way until something has happened."""
    for _ in range(TURNS):
        if happens():
            return
        await turn()
    raise TimeoutError(f"did not happen within {TURNS} turns")
