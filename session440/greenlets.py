"""Awaiting inside of functions that are written once, for threads and for coroutines.

``await greenlet_spawn(function, ...)`` runs a function in a greenlet: where it calls
:func:`await_only` its coroutine waits, and the function goes on with the result. So what is
decided about a login stands once, whether its store is asked by a thread or by a coroutine.
SQLAlchemy does the same, and its asynchronous dialects await in these greenlets, too:
https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#synopsis-core

Without the library greenlet such a function runs in a thread.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, ParamSpec, TypeVar, cast

Given = ParamSpec("Given")
Result = TypeVar("Result")

#: Run a function that may block, away from the event loop: ``await in_thread(function, ...)``.
InThread = Callable[..., Any]


async def greenlet_spawn(
    function: Callable[..., Result], *given: Any, in_thread: InThread, **named: Any
) -> Result:
    """Return the result of *function*, which may call the functions below.

    What it raises is raised, and what an awaitable raises is raised in it, a cancellation too.
    It sees the context variables of the coroutine, and may set them.

    :param in_thread: runs what may block, and all of it if greenlet is not installed.
    """
    kind = _spawned()
    if kind is None:
        return cast(Result, await in_thread(function, *given, **named))
    spawned = kind(function, in_thread)
    awaited = spawned.switch(*given, **named)
    while not spawned.dead:
        awaited = await _step(spawned, awaited)
    return cast(Result, awaited)


async def _step(spawned: Any, awaited: Awaitable[Any]) -> Any:
    """Wait for what the greenlet waits for; return what it waits for next, or its result."""
    try:
        result = await awaited
    except GeneratorExit:  # the coroutine is closed, and cannot wait any more
        _leave(spawned)
        raise
    except BaseException:
        return spawned.throw(*sys.exc_info())
    return spawned.switch(result)


def is_spawned() -> bool:
    """Return whether the caller runs in such a greenlet, where :func:`await_only` works."""
    return _in_thread() is not None


def await_only(awaitable: Awaitable[Result]) -> Result:
    """Return what *awaitable* returns; the coroutine waits for it, and others run meanwhile.

    :raises RuntimeError: if the caller does not run in such a greenlet.
    """
    if not is_spawned():
        _discard(awaitable)
        raise RuntimeError("await_only() is called outside of greenlet_spawn()")
    return cast(Result, sys.modules["greenlet"].getcurrent().parent.switch(awaitable))


def call_foreign(
    function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
) -> Result:
    """Return the result of a function of the site's own, which may block.

    In a coroutine's greenlet it runs in a thread, and the coroutine waits; otherwise in place.
    """
    # As _in_thread() does, in one call less: this is called for each event.
    get_current = getattr(sys.modules.get("greenlet"), "getcurrent", None)
    in_thread = get_current and getattr(get_current(), "session440_in_thread", None)
    if in_thread is None:
        return function(*given, **named)
    return cast(Result, await_only(in_thread(function, *given, **named)))


def _in_thread() -> InThread | None:
    # Who never awaits never imports the library.
    get_current = getattr(sys.modules.get("greenlet"), "getcurrent", None)
    return get_current and getattr(get_current(), "session440_in_thread", None)


@lru_cache(maxsize=1)
def _spawned() -> Any:
    """Return the class of the greenlets; ``None`` without the library."""
    try:
        library: Any = import_module("greenlet")  # it comes without types
    except ImportError:
        return None

    class Spawned(library.greenlet):  # type: ignore[misc]
        __sqlalchemy_greenlet_provider__ = True  # SQLAlchemy looks for this name

        def __init__(self, function: Callable[..., Any], in_thread: InThread) -> None:
            driver = library.getcurrent()
            super().__init__(function, driver)
            self.gr_context = driver.gr_context
            self.session440_in_thread = in_thread

    return Spawned


def _leave(spawned: Any) -> None:
    """Let the function clean up; what it wants to wait for then does not happen."""
    try:
        while not spawned.dead:
            _discard(spawned.throw(GeneratorExit))
    except GeneratorExit:
        pass


def _discard(awaitable: Any) -> None:
    """Close a coroutine that is never going to run, or Python warns of it."""
    close = getattr(awaitable, "close", None)
    if close is not None:
        close()
