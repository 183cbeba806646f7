"""Who is told that a login is over, or goes on as another one."""

from __future__ import annotations

from ..core.effects import Close, MoveEnd, OwedEffect
from ..registry.logins import Logins
from ..registry.successors import keep_successor
from .exchange import Exchange


def owed(exchange: Exchange) -> tuple[OwedEffect, ...]:
    """Return what has waited; no end of a login can be lost from now on, whatever happens here."""
    effects, shared = exchange.owed(), exchange.engine.shared
    # Connections go on with the new login first: who looks into the store meanwhile finds an end.
    _tell_connections(exchange, [each for each in _closes(effects) if _goes_on(each)])
    if shared is not None:
        for effect in _closes(effects):
            shared.owe(effect.ticket, effect.cause, exchange.now)
    return effects


def tell(shared: Logins, effect: Close | MoveEnd, now: float) -> None:
    """Tell the store of an end; if it is out, it is told later."""
    if isinstance(effect, MoveEnd):
        shared.move_end(effect.ticket)
        return
    if effect.successor is not None:  # first, for who sees the end looks for it
        keep_successor(shared, effect.ticket, effect.successor, now)
    shared.pay()


def tell_connections(exchange: Exchange, effects: tuple[OwedEffect, ...]) -> None:
    """Tell the connections of this process of ends, after the store.

    A page that hears of one asks how its login stands, and any server of the site may answer.
    """
    _tell_connections(exchange, [each for each in _closes(effects) if not _goes_on(each)])


def _tell_connections(exchange: Exchange, closes: list[Close]) -> None:
    live = exchange.engine.live
    for effect in closes if live.is_watching else ():
        live.note_closed(effect.ticket, effect.cause, effect.successor, exchange.now)


def _closes(effects: tuple[OwedEffect, ...]) -> list[Close]:
    return [each for each in effects if isinstance(each, Close)]


def _goes_on(effect: Close) -> bool:
    """Return whether another login of the same person takes this one's place."""
    return effect.successor is not None and effect.successor.subject == effect.ticket.subject
