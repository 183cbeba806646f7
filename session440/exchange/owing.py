"""What waits for the response: a new key, and what the store and open connections are told."""

from __future__ import annotations

from ..core.effects import Effect, OwedEffect, RenewKey
from ..engine import Engine


def parted(
    effects: tuple[Effect, ...], engine: Engine
) -> tuple[tuple[OwedEffect, ...], tuple[Effect, ...]]:
    """Return the effects that wait, without what nobody is there to be told, and the others."""
    is_told = engine.shared is not None or engine.live.is_watching
    waiting: tuple[OwedEffect, ...] = ()
    others: tuple[Effect, ...] = ()
    for each in effects:
        if not isinstance(each, OwedEffect):
            others += (each,)
        elif is_told or isinstance(each, RenewKey):
            waiting += (each,)
    return waiting, others
