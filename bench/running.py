"""Runs a group, with the servers that it needs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from programs import MissingProgram
from redis_servers import redis_server
from sql_servers import postgresql_server

from .measuring import Plan, Results, measure
from .subject import Group
from .subjects import MODULES, group, memory
from .subjects.stores import URLS

NAMES = [*MODULES]
SERVERS: dict[str, Callable[[Path], AbstractContextManager[Any]]] = {
    "redis": redis_server,
    "postgresql": postgresql_server,
}


def run(name: str, plan: Plan, folder: Path) -> Results:
    """Measure a group; where a server is missing, leave out the subjects that need it."""
    env = {"TMPDIR": str(folder)}
    missing: dict[str, str] = {}
    if name == "memory":
        return memory.results(plan, env)
    one = group(name)
    with ExitStack() as stack:
        for server in dict.fromkeys(each.server for each in one.subjects if each.server):
            url = _started(server, stack)
            env[URLS[server]] = url or ""
            missing |= {} if url else {server: f"there is no {server} server"}
        return _without(missing, one, measure(name, _with(missing, one), plan, env))


def _started(name: str, stack: ExitStack) -> str | None:
    """Return the URL of a server that runs until the stack ends; ``None`` if it is missing."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="session440-bench-"))
    try:
        url: str = stack.enter_context(SERVERS[name](Path(folder))).url
    except MissingProgram:
        return None
    return url


def _with(missing: dict[str, str], one: Group) -> Group:
    return one._replace(subjects=[each for each in one.subjects if each.server not in missing])


def _without(missing: dict[str, str], one: Group, results: Results) -> Results:
    left_out = {each.name: missing[each.server] for each in one.subjects if each.server in missing}
    return results._replace(left_out=results.left_out | left_out)
