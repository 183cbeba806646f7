"""The nodes of a site, as they announce themselves in their store; every store, for real."""

from __future__ import annotations

import logging
import time

import pytest
from calling import Call
from sites import SECRET, TicketApp
from test_stores import NOW, record

from session440 import Cause, Engine, Settings
from session440.exceptions import StoreError
from session440.registry.nodes import Announcement
from session440.stores import MemoryStore
from session440.stores.nodes import NODE_STAYS, Node, keeps_nodes
from session440.version import __version__
from session440.wsgi import Session440Middleware

NORTH = Node("north", "1.0", "session440", ("abc", "def"), "default: idle 1200 s")
MOVED = NORTH._replace(place="path=/app domain=none")


def test_every_store_keeps_a_directory(store):
    assert keeps_nodes(store)
    assert store.nodes() == []


def test_a_store_has_a_clock_of_its_own(store):
    """Which is this machine's here, so that both can be compared."""
    before, told, after = time.time(), store.time(), time.time()
    assert before - 1 <= told <= after + 1


def test_a_node_is_kept_as_it_was_with_the_error_of_its_clock(store):
    before = store.time()
    store.announce(NORTH, before + 90)
    (node,), after = store.nodes(), store.time()
    assert node[:5] == NORTH[:5]
    assert before + 90 - after - 1 <= node.clock <= 90 + 1
    assert before - 1 <= node.since == node.heard_at <= after + 1


def test_since_stays_and_heard_at_moves(store, monkeypatch):
    moments = iter([NOW, NOW + 600])
    monkeypatch.setattr(store, "time", lambda: next(moments))
    store.announce(NORTH, NOW)
    store.announce(NORTH, NOW + 607)
    (node,) = store.nodes()
    assert (node.since, node.heard_at, node.clock) == (NOW, NOW + 600, 7)


def test_what_differs_in_more_than_its_clock_is_another_node(store):
    """Two workers of one host with keys of their own are two."""
    for each in (NORTH, NORTH._replace(keys=("xyz",)), NORTH._replace(version="2.0"), NORTH):
        store.announce(each, NOW)
    assert {each[:5] for each in store.nodes()} == {
        NORTH[:5],
        NORTH._replace(keys=("xyz",))[:5],
        NORTH._replace(version="2.0")[:5],
    }


def test_a_place_of_the_cookie_is_kept_and_makes_another_node(store):
    for each in (NORTH, MOVED, NORTH):
        store.announce(each, NOW)
    assert sorted(each.place for each in store.nodes()) == ["", "path=/app domain=none"]


def test_a_node_of_an_older_version_is_read():
    """It said nothing of its cookie's place."""
    words = '["north", "1.0", "session440", ["abc", "def"], "default: idle 1200 s", 3.0]'
    assert Node.parse(words, 1, 2) == NORTH._replace(clock=3.0, since=1.0, heard_at=2.0)
    assert Node.parse(MOVED.words, 0, 0) == MOVED


def test_the_first_that_was_heard_of_comes_first(store, monkeypatch):
    for number, node in enumerate(["c", "a", "b"]):
        monkeypatch.setattr(store, "time", lambda number=number: NOW + number)
        store.announce(NORTH._replace(node=node), NOW)
    assert [each.node for each in store.nodes()] == ["c", "a", "b"]


def test_who_is_silent_for_long_is_forgotten(store, monkeypatch):
    monkeypatch.setattr(store, "time", lambda: NOW)
    store.announce(NORTH._replace(node="gone"), NOW)
    monkeypatch.setattr(store, "time", lambda: NOW + NODE_STAYS + 1)
    store.announce(NORTH, NOW)
    assert [each.node for each in store.nodes()] == ["north"]


def test_names_may_be_anything(store):
    odd = NORTH._replace(node="n\x00rth \U0001f600 'é\\n", policies="ü" * 5000)
    store.announce(odd, NOW)
    (node,) = store.nodes()
    assert node[:5] == odd[:5]


def test_records_gives_live_ones_and_tombstones(store):
    for number in range(25):
        store.insert(record(str(number), f"subject {number}"))
    store.end(record("7").id, Cause.REVOKED, NOW)
    store.announce(NORTH, NOW)  # which is no record
    found = {each.id: each for each in store.records()}
    assert len(found) == 25
    assert found[record("7").id].cause is Cause.REVOKED
    assert found[record("8").id] == record("8", "subject 8")


def test_records_are_read_batch_by_batch(store):
    """More of them than any store reads at once."""
    for number in range(1100):
        store.insert(record(str(number), "alice"))
    assert len({each.id for each in store.records()}) == 1100


def test_what_is_no_node_is_logged_and_taken_for_none(caplog):
    with caplog.at_level(logging.WARNING):
        for words in ("", "[]", "{}", '["a"]', "[1, 2, 3, 4, 5, 6]", "null"):
            assert Node.parse(words, 0, 0) is None
    assert len(caplog.records) == 6


# --- when servers announce themselves


def engine(store, clock, **options) -> Engine:
    settings = {"secret_key": SECRET, "node": "north", "clock": clock, "store": store}
    return Engine(Settings(**{**settings, **options}), "login440")


def test_a_node_announces_itself_at_a_login_now_and_then(clock):
    store = MemoryStore()
    app = Session440Middleware(
        TicketApp(), secret_key=SECRET, clock=clock, store=store, node="north"
    )
    Call(app, "/plain")
    assert store.nodes() == []  # a visitor costs no call
    Call(app, "/callback")
    (node,) = store.nodes()
    assert (node.node, node.version, node.app) == ("north", __version__, "login440")
    first = node.heard_at
    Call(app, "/callback")
    assert store.nodes()[0].heard_at == first
    clock.advance(Announcement.INTERVAL)
    Call(app, "/callback")
    assert store.nodes()[0].heard_at > first


def test_a_node_that_could_not_announce_itself_tries_again_soon(clock):
    store, tries = MemoryStore(), []
    store.announce = lambda node, now: tries.append(now) or (_ for _ in ()).throw(StoreError("out"))
    announcement = Announcement(store, NORTH)
    for seconds in (0, Announcement.AGAIN - 1, 1):
        clock.advance(seconds)
        announcement.announce(clock())
    assert tries == [clock.now - Announcement.AGAIN, clock.now]


def test_what_a_server_says_of_itself_holds_no_secret(clock):
    words = engine(MemoryStore(), clock, secret_key_fallbacks=["another long secret"]).as_node.words
    assert SECRET not in words
    assert "another long secret" not in words
    assert len(engine(MemoryStore(), clock, secret_key_fallbacks=["b"]).as_node.keys) == 2


def test_the_same_settings_give_the_same_words_and_others_others(clock):
    words = engine(MemoryStore(), clock).as_node.words
    assert engine(MemoryStore(), clock).as_node.words == words
    for other in ({"secret_key": "another"}, {"idle_timeout": 60}, {"enforcement": "report"}):
        assert engine(MemoryStore(), clock, **other).as_node.words != words


@pytest.mark.parametrize("fault", [StoreError("its table is missing"), RuntimeError("a bug")])
def test_a_directory_that_fails_ends_no_login(clock, fault):
    class Broken(MemoryStore):
        def announce(self, node, now):
            raise fault

    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, store=Broken())
    assert Call(app, "/plain", Call(app, "/callback").cookies()).status == "200 OK"


def test_a_store_without_a_directory_is_a_store(clock):
    """One of somebody's own need not have it."""

    class Plain:
        def __init__(self):
            store = MemoryStore()
            for name in ("find", "insert", "touch", "end", "by_subject", "purge", "generation"):
                setattr(self, name, getattr(store, name))

    store = Plain()
    assert not keeps_nodes(store)
    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, store=store)
    assert Call(app, "/plain", Call(app, "/callback").cookies()).status == "200 OK"
    assert store.find(record("x").id) is None
