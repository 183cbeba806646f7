"""How a coroutine runs functions that are written once, for threads too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from ..greenlets import greenlet_spawn
from ..stores.awaiting import awaited
from .exchange import Exchange

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def spawn(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run a function that calls what is the site's own by ``call_foreign()`` alone.

    If the site has nothing there, no thread is needed.
    """
    if exchange.in_thread is None:
        return function(exchange, *given, **named)
    return await greenlet_spawn(function, exchange, *given, in_thread=exchange.in_thread, **named)


async def spawn_for_store(
    exchange: Exchange,
    function: Callable[Concatenate[Exchange, Given], Result],
    *given: Given.args,
    **named: Given.kwargs,
) -> Result:
    """Run such a function that asks the store, too."""
    if exchange.in_thread is None:
        return function(exchange, *given, **named)
    store = exchange.engine.store
    return await awaited(store, function, exchange, *given, in_thread=exchange.in_thread, **named)
