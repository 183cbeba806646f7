"""The doctor looks at what a site runs on: its store, its nodes and its workers."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from cachelib import SimpleCache
from examined_sites import HEALTHY_DJANGO, flask_app, ids, project
from flask_session import Session
from redis_servers import redis_cluster, redis_server
from test_store_nodes import NORTH

from session440 import Engine, Settings
from session440.doctor import examination, nodes, workers
from session440.doctor.site import Site, Workers
from session440.flask.inspection import site_of as site_of_flask
from session440.stores import MemoryStore, SQLStore

# --- a real Redis


def on_redis(url: str) -> Site:
    return site_of_flask(flask_app(SESSION440_STORE=url))


REDIS_FAULTS = {
    "E042": {"maxmemory_policy": "allkeys-lru", "maxmemory": "64mb", "appendonly": "yes"},
    "W042": {"maxmemory_policy": "volatile-ttl", "appendonly": "yes"},
    "W043": {},
}


@pytest.mark.parametrize("id", REDIS_FAULTS)
def test_a_redis_that_forgets_is_named(id, tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, **REDIS_FAULTS[id]) as server:
        assert ids(on_redis(server.url)) == [id]


def test_a_redis_as_it_should_be_is_not(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, maxmemory="64mb", appendonly="yes") as server:
        assert ids(on_redis(server.url)) == []


def test_a_redis_that_saves_now_and_then_is_not(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, save="60 1") as server:
        assert ids(on_redis(server.url)) == []


def test_a_managed_redis_that_refuses_config_is_believed(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path, rename_command='CONFIG ""') as server:
        assert ids(on_redis(server.url)) == []


def test_each_node_of_a_cluster_is_asked(tmp_path, program):
    program("redis-server")
    with redis_cluster(tmp_path) as cluster:
        assert ids(on_redis(cluster.url)) == ["W043"] * 3


def test_a_store_that_is_out_is_named(tmp_path, program):
    program("redis-server")
    with redis_server(tmp_path) as server:
        site = on_redis(server.url)
    assert ids(site) == ["E044"]


# --- databases


def test_a_database_that_is_out_is_named(tmp_path):
    app = flask_app(SESSION440_STORE=f"sqlite:///{tmp_path}/missing/logins.db")
    assert ids(site_of_flask(app)) == ["E044"]


def test_to_look_at_a_database_that_is_not_made_yet_makes_nothing(tmp_path):
    """Its file would be the doctor's own, and closed to the site."""
    app = flask_app(SESSION440_STORE=f"sqlite:///{tmp_path}/logins.db")
    assert ids(site_of_flask(app)) == []
    assert [*tmp_path.iterdir()] == []


def test_tables_that_nobody_makes_are_named(tmp_path):
    store = SQLStore(f"sqlite:///{tmp_path}/logins.db", create=False)
    (tmp_path / "logins.db").touch()
    (finding,) = examination.examine(site_of_flask(flask_app(SESSION440_STORE=store)))
    assert finding.id == "session440.E044"
    assert "SQLStore.create_tables() creates them" in finding.found


def test_a_table_that_is_missing_is_named():
    """Of a project that was upgraded and not migrated."""
    from django.db import connection

    from session440.django.models import Member

    with project(SESSION440={**HEALTHY_DJANGO["SESSION440"], "STORE": "django:"}) as site:
        with connection.schema_editor() as editor:
            editor.delete_model(Member)
        try:
            (finding,) = examination.examine(site)
        finally:
            with connection.schema_editor() as editor:
                editor.create_model(Member)
    assert finding.id == "session440.E044"
    assert "has manage.py migrate been run?" in finding.found


# --- the nodes, from what they say; tests/test_doctor_nodes.py has real ones


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("E050", {"keys": ("other",)}),
        ("W051", {"policies": "default: idle 900 s"}),
        ("E052", {"clock": 61.5}),
        ("E052", {"clock": -61.5}),
        ("W052", {"clock": 6}),
        ("W053", {"version": "2.0"}),
        ("W052", {"clock": 60}),
        (None, {"clock": 5}),
        (None, {"keys": ("def", "abc")}),  # in the middle of a rotation: each verifies the other's
    ],
)
def test_nodes_that_are_unlike_are_named(id, other):
    found = [*nodes.compare([NORTH, NORTH._replace(node="south", **other)])]
    assert [each.id for each in found] == ([f"session440.{id}"] if id else [])


def test_a_rotation_that_began_with_the_new_key_on_one_node_is_named():
    """Its tickets are refused by those who do not know the new key yet."""
    rotated = NORTH._replace(node="south", keys=("new", *NORTH.keys))
    (finding,) = nodes.compare([NORTH, rotated])
    assert "south signs with the key new, which is unknown to north" in finding.found


def test_how_far_clocks_are_apart_is_told_with_what_comes_of_it():
    for ahead, said, comes in (
        (61.04, "1 minute 1 second", "beyond 1 minute a ticket of one is not believed"),
        (6.55, "6.5 seconds", "end early on one of them"),
    ):
        (finding,) = nodes.compare([NORTH, NORTH._replace(node="south", clock=ahead)])
        assert f"clock of south is {said} ahead of that of north" in finding.found
        assert comes in finding.why


HOUR, DAY = nodes.HEARD, 86400.0


def test_a_node_that_was_restarted_speaks_for_its_former_self():
    before = NORTH._replace(version="0.9", since=0, heard_at=900)
    after = NORTH._replace(since=1000, heard_at=1000)
    assert nodes.present([before, after], 1100) == [after]
    other_worker = before._replace(heard_at=1050)
    assert nodes.present([other_worker, after], 1100) == [other_worker, after]
    assert nodes.present([after], 1000 + HOUR) == []
    # Rolled back: the other has not been heard of for two times ten minutes.
    first = NORTH._replace(since=0, heard_at=3000)
    tried = NORTH._replace(version="2.0", since=1000, heard_at=1500)
    assert nodes.present([first, tried], 3100) == [first]
    assert nodes.present([first, tried._replace(heard_at=1900)], 3100) != [first]


def test_adopting_is_named_once_no_session_from_before_can_be_left(clock, monkeypatch):
    store = MemoryStore()
    monkeypatch.setattr(store, "time", clock)
    app = flask_app(SESSION440_STORE=store, SESSION440_ADOPT=True, SESSION440_CLOCK=clock)
    site = site_of_flask(app)
    assert ids(site) == []  # nobody knows for how long it has been there
    store.announce(site.engine.as_node, clock())
    clock.advance(31 * 86400)
    assert ids(site) == []
    clock.advance(1)
    assert ids(site) == ["W046"]
    (finding,) = examination.examine(site)
    assert "since 2027-01-15, for longer than any session lasts (31 days)" in finding.found
    app = flask_app(SESSION440_STORE=store, SESSION440_ADOPT="2026-01-01", SESSION440_CLOCK=clock)
    assert ids(site_of_flask(app)) == []


# --- workers


FORMER, MOVED = "path=/ domain=none", "path=/ domain=example.org"


@pytest.mark.parametrize(
    ("own", "other", "ago", "is_named"),
    [
        (MOVED, FORMER, 600, True),
        (MOVED, FORMER, 8 * HOUR + DAY - 1, True),  # absolute timeout and evidence
        (MOVED, FORMER, 8 * HOUR + DAY + 1, False),  # no browser holds it any more
        (MOVED, MOVED, 600, False),
        (MOVED, "", 600, False),  # of an older version, or a cookie that is followed
        ("", FORMER, 600, False),
    ],
)
def test_a_former_place_of_the_cookie_is_named(own, other, ago, is_named):
    """As long as a browser may hold both, and be answered 440 for the former one."""
    now = 1_800_000_000.0
    there = NORTH._replace(node="south", place=other, heard_at=now - ago)
    kept = nodes._longest_kept(Site("WSGI", str, Engine(Settings(secret_key="k"), "session440")))
    found = [*nodes._former_place(NORTH._replace(place=own), [there], now, kept)]
    assert [each.id for each in found] == (["session440.W054"] if is_named else [])
    if found:
        assert f"has {MOVED}, and had {FORMER} on south, last seen" in found[0].found


@pytest.mark.parametrize(
    ("environment", "files", "count"),
    [
        ({}, {}, None),
        ({"WEB_CONCURRENCY": "3"}, {}, 3),
        ({"WEB_CONCURRENCY": "many"}, {}, None),
        ({"GUNICORN_CMD_ARGS": "--workers=4 --timeout 9"}, {}, 4),
        ({"GUNICORN_CMD_ARGS": "-w 5"}, {}, 5),
        ({"GUNICORN_CMD_ARGS": "--bind 'x"}, {}, None),
        ({}, {"gunicorn.conf.py": "bind = 'x'\nworkers = 6\n"}, 6),
        ({}, {"gunicorn.conf.py": "workers = multiprocessing.cpu_count() * 2 + 1\n"}, 2),
        ({}, {"gunicorn.conf.py": "workers: int = 5"}, 5),
        ({}, {"gunicorn.conf.py": "if True:\n    workers = 5"}, 5),
        ({}, {"gunicorn.conf.py": "workers = int(os.environ.get('W', '1'))"}, None),
        ({"GUNICORN_CMD_ARGS": "-w 1"}, {"gunicorn.conf.py": "workers = 4"}, 1),
        ({"WEB_CONCURRENCY": "\u00b2"}, {}, None),
        ({}, {"gunicorn.conf.py": "raise SystemExit('not to be run')\n"}, None),
        ({}, {"gunicorn.conf.py": "workers ="}, None),
        ({}, {"uwsgi.ini": "[uwsgi]\nprocesses = 7\nhttp = :8000\nset-ph = x=%(y)\n"}, 7),
        ({}, {"uwsgi.ini": "no ini"}, None),
        ({"WEB_CONCURRENCY": "2"}, {"my-uwsgi.ini": "[uwsgi]\nworkers = 8\n"}, 8),
    ],
)
def test_workers_are_counted_by_what_says_how_many(tmp_path, environment, files, count):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = workers.find_workers(environment, tmp_path)
    assert (found and found.number) == count


def test_workers_of_uwsgi_are_told_by_uwsgi(tmp_path, monkeypatch):
    """Which brings a module of its own along."""
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace(numproc=9))
    assert workers.find_workers({}, tmp_path) == Workers(9, "uWSGI")


def test_files_are_looked_for_where_the_command_runs(tmp_path, monkeypatch):
    (tmp_path / "gunicorn.conf.py").write_text("workers = 3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    assert workers.counted(Site("WSGI", str)).workers == Workers(3, "gunicorn.conf.py")


@pytest.mark.parametrize(
    ("environment", "files", "source"),
    [
        ({}, {}, None),
        ({"GUNICORN_CMD_ARGS": "--max-requests 1000"}, {}, "GUNICORN_CMD_ARGS"),
        ({"GUNICORN_CMD_ARGS": "--max-requests=1000"}, {}, "GUNICORN_CMD_ARGS"),
        ({"GUNICORN_CMD_ARGS": "--max-requests 0"}, {}, None),
        ({"GUNICORN_CMD_ARGS": "--max-requests-jitter 50"}, {}, None),
        ({}, {"gunicorn.conf.py": "max_requests = 500"}, "gunicorn.conf.py"),
        ({}, {"gunicorn.conf.py": "workers = 4"}, None),
        ({}, {"uwsgi.ini": "[uwsgi]\nmax-requests = 5000\n"}, "uwsgi.ini"),
        ({}, {"uwsgi.ini": "[uwsgi]\nmax-worker-lifetime = 3600\n"}, "uwsgi.ini"),
    ],
)
def test_workers_that_are_replaced_are_told_by_what_says_so(tmp_path, environment, files, source):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert workers.find_recycling(environment, tmp_path) == source


@pytest.mark.parametrize(("count", "found"), [(None, ["W047"]), (1, ["W047"]), (2, ["E040"])])
def test_the_memory_of_a_worker_that_is_replaced_forgets(count, found):
    """It is no store for one worker either, where that is replaced every thousand requests."""
    site = replace(site_of_flask(flask_app()), recycled="gunicorn.conf.py")
    site = replace(site, workers=count and Workers(count, "--workers"))
    assert ids(site) == found
    assert ids(replace(site, recycled=None, workers=None)) == []


def test_sessions_in_the_memory_of_a_worker_that_is_replaced_are_lost():
    app = flask_app(SESSION440_STORE=None, SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    Session(app)
    assert "E048" in ids(replace(site_of_flask(app), recycled="gunicorn.conf.py"))
    memory = "django.contrib.sessions.backends.cache"
    with project(SESSION_ENGINE=memory) as site:
        assert "E048" in ids(replace(site, recycled="uwsgi.ini"))
