"""Functions that are written once, and await where they run for a coroutine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextvars import ContextVar

import pytest
from sqlalchemy.util import await_only as sqlalchemy_await_only
from turning import turn

from session440 import greenlets
from session440.greenlets import await_only, call_foreign, greenlet_spawn, is_spawned
from session440.stores.awaiting import to_thread

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def spawned(function, *given, **named):
    """What a coroutine gets that runs *function* in a greenlet."""
    return asyncio.run(greenlet_spawn(function, *given, in_thread=to_thread, **named))


async def later(value):
    await turn()
    return value


def test_a_function_gets_its_arguments_and_gives_its_result():
    assert spawned(lambda one, *, other: (one, other, is_spawned()), 1, other=2) == (1, 2, True)


def test_it_waits_for_what_it_awaits_as_often_as_it_likes():
    assert spawned(lambda: [await_only(later(each)) for each in range(5)]) == [0, 1, 2, 3, 4]


def test_the_dialects_of_sqlalchemy_await_in_it_too():
    assert spawned(lambda: sqlalchemy_await_only(later("rows"))) == "rows"


def test_other_coroutines_run_while_it_waits():
    async def scenario():
        event = asyncio.Event()
        waiting = greenlet_spawn(lambda: await_only(event.wait()), in_thread=to_thread)
        task = asyncio.ensure_future(waiting)
        await turn()
        assert not task.done()
        event.set()
        return await task

    assert asyncio.run(scenario()) is True


def test_what_it_raises_is_raised():
    def fail():
        await_only(later(1))
        raise LookupError("its own")

    with pytest.raises(LookupError, match="its own"):
        spawned(fail)


def test_what_an_awaitable_raises_is_raised_in_it():
    async def failing():
        raise LookupError("awaited")

    def catching():
        try:
            await_only(failing())
        except LookupError as error:
            return f"caught {error}, then {await_only(later('went on'))}"

    assert spawned(catching) == "caught awaited, then went on"


def test_a_cancellation_is_raised_where_it_waits_and_it_may_await_to_clean_up():
    seen = []

    def cleaning():
        try:
            await_only(asyncio.Event().wait())
        except asyncio.CancelledError:
            seen.append(await_only(later("cleaned up")))
            raise

    async def scenario():
        task = asyncio.ensure_future(greenlet_spawn(cleaning, in_thread=to_thread))
        await turn()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert seen == ["cleaned up"]


def test_it_cleans_up_if_its_coroutine_is_closed_and_waits_for_nothing_then():
    """As when a loop ends with tasks that nobody has awaited."""
    seen = []

    def cleaning():
        try:
            await_only(asyncio.Event().wait())
        finally:
            seen.append("cleaned up")
            await_only(later("never"))

    async def scenario():
        coroutine = greenlet_spawn(cleaning, in_thread=to_thread)
        coroutine.send(None)
        coroutine.close()

    asyncio.run(scenario())
    assert seen == ["cleaned up"]


def test_context_variables_are_those_of_the_coroutine():
    def change():
        seen = [VARIABLE.get(), await_only(to_thread(VARIABLE.get)), call_foreign(VARIABLE.get)]
        await_only(later(None))
        VARIABLE.set("changed inside")
        return seen

    async def scenario():
        VARIABLE.set("of the coroutine")
        seen = await greenlet_spawn(change, in_thread=to_thread)
        return seen, VARIABLE.get()

    assert asyncio.run(scenario()) == (["of the coroutine"] * 3, "changed inside")
    assert VARIABLE.get() == "unset"


def test_code_of_the_sites_own_runs_in_a_thread_there_and_else_in_place():
    here = threading.get_ident
    assert spawned(lambda: call_foreign(here)) != here()
    assert call_foreign(here) == here()
    assert spawned(lambda: call_foreign(is_spawned)) is False, "so it never awaits"


def test_what_code_of_the_sites_own_raises_is_raised_there():
    def fail():
        raise LookupError("foreign")

    with pytest.raises(LookupError, match="foreign"):
        spawned(call_foreign, fail)


def test_nothing_else_is_in_a_greenlet():
    """Neither a coroutine, nor what it calls, nor what a greenlet awaits."""

    async def scenario():
        return is_spawned(), await greenlet_spawn(awaiting, in_thread=to_thread), is_spawned()

    async def inside():
        return is_spawned()

    def awaiting():
        return await_only(inside()), is_spawned()

    assert asyncio.run(scenario()) == (False, (False, True), False)
    assert not is_spawned()


def test_awaiting_elsewhere_is_an_error_and_nobody_warns_of_a_coroutine():
    with pytest.raises(RuntimeError, match="outside of greenlet_spawn"):
        await_only(later(1))


@pytest.fixture
def without_greenlet(monkeypatch):
    greenlets._spawned.cache_clear()
    monkeypatch.setitem(sys.modules, "greenlet", None)
    yield
    greenlets._spawned.cache_clear()


@pytest.mark.usefixtures("without_greenlet")
def test_without_the_library_all_of_it_runs_in_a_thread():
    def where(one, *, other):
        return threading.get_ident(), call_foreign(threading.get_ident), one, other, is_spawned()

    thread, same, *given = spawned(where, 1, other=2)
    assert thread == same != threading.get_ident()
    assert given == [1, 2, False]


def test_whoever_awaits_nothing_imports_neither_greenlet_nor_asyncio_clients():
    code = (
        "import sys; from session440 import Engine, Settings;"
        "from session440.stores import RedisStore, SQLStore, MemoryStore, open_store;"
        "RedisStore('redis://'); SQLStore('sqlite://').find('');"
        "Engine(Settings(secret_key='x' * 32, store='memory:'), 'c').revoke('');"
        "print({'greenlet', 'session440.stores.redis_awaited', 'sqlalchemy.ext.asyncio'}"
        "      & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "set()\n"
