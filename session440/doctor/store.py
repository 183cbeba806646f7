"""Finds memory that forgets logins, because it belongs to one process or evicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..exceptions import StoreError
from ..stores import MemoryStore
from ..stores.nodes import NodeDirectory, keeps_nodes
from .finding import Finding
from .site import Site


def examine(site: Site) -> Iterator[Finding]:
    """Yield what is wrong with the memory of logins, and whether all workers share it."""
    yield from _per_process(site)
    yield from _recycled(site)
    yield from _forgetful(site)
    yield from _unenforced(site)


def _per_process(site: Site) -> Iterator[Finding]:
    if site.workers is None or site.workers.number < 2:
        return
    yield from _in_memory(
        site,
        f"there are {site.workers.number} workers ({site.workers.source})",
        "session440.E040",
        "each worker knows only its own logins: a login that one worker has revoked or logged "
        "out goes on at the others, and max_logins counts for each",
        "session440.E041",
        "a person has no session on another worker: the login ends as lost",
    )


def _recycled(site: Site) -> Iterator[Finding]:
    """Yield a finding for the memory of a process that is replaced, though it is the only one."""
    if site.recycled is None or (site.workers and site.workers.number > 1):
        return
    yield from _in_memory(
        site,
        f"workers are replaced after a while ({site.recycled})",
        "session440.W047",
        "the new one does not know revocations and limits: a copied cookie of an ended login "
        "works again, and people's other logins are not listed",
        "session440.E048",
        "everybody's session is gone then: their logins end as lost",
    )


def _in_memory(
    site: Site, said: str, store_id: str, store_why: str, sessions_id: str, sessions_why: str
) -> Iterator[Finding]:
    """Yield the findings for a store, and for sessions, in the memory of one process."""
    if site.engine and isinstance(site.engine.store, MemoryStore):
        yield Finding(
            store_id,
            f"{site.option('store')} is the memory of one process, and {said}",
            store_why,
            f"set {site.option('store')} to a Redis or SQL database that all workers share",
        )
    if site.session and site.session.memory:
        yield Finding(
            sessions_id,
            f"sessions are kept in {site.session.memory}, the memory of one process, and {said}",
            sessions_why,
            "keep sessions in Redis or a database: SESSION_ENGINE and CACHES in Django, "
            "SESSION_TYPE in Flask-Session",
        )


def _forgetful(site: Site) -> Iterator[Finding]:
    """Yield what the store says about itself; a site's own kind of store need not answer."""
    store: Any = site.engine and site.engine.store
    try:
        if directory_of(site) is not None:
            store.time()
            store.nodes()  # these have their own table, which may be missing
        for facts in store.server_facts() if hasattr(store, "server_facts") else ():
            yield from _evicting(facts)
            yield from _unsaved(facts)
    except StoreError as error:
        yield Finding(
            "session440.E044",
            f"the store cannot be asked: {error}",
            "without it logins cannot be revoked, listed or limited, and with "
            "store_failure='refuse' nobody is let in",
            f"start it, give this user the rights that it needs, or correct {site.option('store')}",
        )


def directory_of(site: Site) -> NodeDirectory | None:
    """Return the site's directory of nodes if it exists: the doctor must not create it.

    :raises StoreError: if the store does not answer.
    """
    store: Any = site.engine and site.engine.store
    is_made = getattr(store, "is_made", lambda: True)
    return store if keeps_nodes(store) and is_made() else None


def _evicting(facts: Mapping[str, Any]) -> Iterator[Finding]:
    policy, limit = str(facts.get("maxmemory_policy", "noeviction")), facts.get("maxmemory")
    if policy == "noeviction":
        return
    yield Finding(
        "session440.E042" if limit else "session440.W042",
        f"Redis evicts: maxmemory-policy is {policy}, maxmemory "
        f"{facts.get('maxmemory_human', limit)}",
        "when its memory is full it forgets logins that are in use: they end as lost, at "
        "random" + ("" if limit else "; it has no limit yet, so this does not happen now"),
        "CONFIG SET maxmemory-policy noeviction, in redis.conf too; if another cache needs "
        "eviction, give tickets a Redis of their own",
    )


def _unsaved(facts: Mapping[str, Any]) -> Iterator[Finding]:
    if facts.get("aof_enabled") or facts.get("save", "unknown"):
        return
    yield Finding(
        "session440.W043",
        "Redis keeps nothing on disk: save is empty, appendonly no",
        "a restart forgets what was revoked: a person with a copied cookie is logged in again. "
        "(It logs nobody out.)",
        "CONFIG SET appendonly yes, in redis.conf too",
    )


def _unenforced(site: Site) -> Iterator[Finding]:
    has_store = site.engine is not None and site.engine.store is not None
    if (
        has_store
        or site.follows_another
        or (site.session is not None and not site.session.on_client)
    ):
        return
    yield Finding(
        "session440.W045",
        "there is no store, and the whole login is in its cookies",
        "a cookie that was copied before the logout works until the timeouts: a logout ends "
        "only the login in its own browser (OWASP ASVS 5.0, 7.4.1)",
        f"set {site.option('store')} to a Redis or SQL database",
    )
