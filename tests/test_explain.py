"""``session440 explain``: what logs and stores tell of logins, and what follows from it."""

from __future__ import annotations

import logging
import re

import pytest
from cachelib import SimpleCache
from calling import Call
from clock import START
from flask import Flask, session
from flask_session import Session
from redis_servers import redis_server
from sites import SECRET
from visitors import CAUSES, TEXT, Visitor, a_day, explain, logged, play, site, told_of

from session440 import Cause
from session440.events import REMEDY, Event, JSONFormatter, log
from session440.flask import Session440
from session440.stores import MemoryStore

# --- the whole way: an app, its log or its store, and the command


IDLE_TIMES = [(1200, 1500, 12, 12), (3600, 5400, 8, 8), (7200, 14400, 5, 0)]


def idle_times(told) -> list:
    rows = [tuple(row.values()) for row in told["idle_times"]]
    return [row for row in rows if row[2]]


@pytest.mark.parametrize("formatter", [TEXT, JSONFormatter()], ids=["text", "JSON"])
def test_a_log_tells_who_was_logged_out_when_and_why(tmp_path, clock, formatter):
    app = site(clock)
    with logged(tmp_path / "log", formatter) as path:
        play(clock, a_day(app))
    told = told_of(path)
    here = app.engine.node
    assert told["causes"] == CAUSES
    assert told["ended"] == 30
    assert told["events"]["started"] == 51
    assert told["came_back"] == {"within": 60, "timed_out": 26, "back": 21, "share": 0.8077}
    assert told["nodes"][here]["causes"] == {"idle": 25, "logout": 4, "absolute": 1}
    assert told["policies"]["default"]["shortest_idle"] == 1260
    assert idle_times(told) == IDLE_TIMES
    assert told["period"]["from"] == "2027-01-15T08:00:00.000+00:00"
    assert told["period"]["to"] == "2027-01-15T16:05:10.000+00:00"
    assert told["read"]["passed_over"] == 0


def test_the_verdict_comes_first_and_names_the_change(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    lines = explain(path).stdout.splitlines()
    assert lines[0] == (
        "Most logins (83 %) end idle, after 21 minutes at the earliest. 48 % of those people had "
        "been away for less than 45 minutes and logged in again within 1 minute: idle_timeout is "
        "too low for this site. 25 minutes would have spared at least half of them; and with "
        "client.js on a page, typing there counts (docs/browser.md)."
    )
    assert "idle\t25\t83 %\t20 (80 %)" in lines
    assert any(re.fullmatch(r" +20-25 min  █{40} 12", each) for each in lines)
    assert any(re.fullmatch(r" +1-1.5 h  █{27} 8", each) for each in lines)
    assert any(re.fullmatch(r" +2-4 h  ░{17} 5", each) for each in lines)


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_the_tombstones_of_a_store_tell_the_same(tmp_path, clock, launch, kind):
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    if kind == "redis":
        server = launch(redis_server)
        server.command("FLUSHALL")
        url = server.url
    app = site(clock, store=url)
    play(clock, a_day(app))
    told = told_of("--store", url)
    assert told["causes"] == CAUSES
    assert told["events"] == {"started": 51, "ended": 30}
    assert told["nodes"][app.engine.node]["ended"] == 30
    assert idle_times(told) == IDLE_TIMES
    assert told_of("--store", url, "--within", "10")["came_back"]["back"] == 0
    output = explain("--store", url).stdout
    assert "idle_timeout is too low" in output
    assert "A store knows of no lost logins" in output
    rows = explain("--store", url, "--subject", "person-3").stdout.splitlines()
    assert [row.split("\t")[:3] for row in rows[1:]] == [
        ["2027-01-15 08:00:30 UTC", "started", ""],
        ["2027-01-15 08:21:30 UTC", "ended", "idle"],
        ["2027-01-15 08:21:50 UTC", "started", ""],
    ]


def test_a_store_in_any_order_gives_a_timeline_in_order(tmp_path, clock):
    """The first of two logins ends when the second has long begun."""
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    app, (one, other) = site(clock, store=url), (Visitor("alice"), Visitor("alice"))
    play(clock, [(0, one.log_in, app), (60, other.log_in, app), (90, one.log_out, app)])
    rows = explain("--store", url, "--subject", "alice").stdout.splitlines()[1:]
    assert [row.split("\t")[0][11:19] for row in rows] == ["08:00:00", "08:01:00", "08:01:30"]
    assert rows[2].split("\t")[1:3] == ["ended", "logout"]


def test_an_app_shows_its_store(tmp_path, clock, monkeypatch):
    """--app reads whatever store the app has."""
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    play(clock, a_day(site(clock, store=url)))
    (tmp_path / "shown_app.py").write_text(
        "from session440.wsgi import Session440Middleware\n"
        f"app = Session440Middleware(None, secret_key='x' * 40, store={url!r})\n"
        "bare = Session440Middleware(None, secret_key='x' * 40)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert told_of("--app", "shown_app:app")["causes"] == CAUSES
    assert "read its logs" in explain("--app", "shown_app:bare", code=1).output


def test_within_says_what_coming_back_is(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    assert told_of(path, "--within", "10")["came_back"]["back"] == 0
    assert told_of(path, "--within", "1m")["came_back"]["back"] == 21


def test_people_who_have_long_been_away_are_no_reason_for_another_timeout(tmp_path, clock):
    """All log in again at once: that is why they came back after five hours."""
    app, people = site(clock), [Visitor(f"person-{n}") for n in range(25)]
    steps = [(n, each.log_in, app) for n, each in enumerate(people)]
    steps += [(n + 1201 + 730 * n, each.visit, app) for n, each in enumerate(people)]
    steps += [(n + 1221 + 730 * n, each.log_in, app) for n, each in enumerate(people)]
    with logged(tmp_path / "log") as path:
        play(clock, steps)
    told = told_of(path)
    assert told["came_back"]["share"] == 1
    (sentence,) = told["verdict"]
    assert "the timeouts do what they are for" in sentence


# --- several nodes


def flask_node(clock, name, sessions):
    app = Flask("node")
    app.secret_key = SECRET
    app.config |= {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": sessions}
    app.config |= {"SESSION440_CLOCK": clock, "SESSION440_NODE": name}
    Session(app)
    Session440(app)

    @app.route("/login", methods=["POST"])
    def login():
        session["user_id"] = "alice"
        return "in", 302

    @app.get("/plain")
    def plain():
        return "plain"

    return app


def node_name(app) -> str:
    return app.extensions["session440"].engine.node


def test_lost_logins_are_told_by_pair_of_nodes(tmp_path, clock):
    """Sessions in each node's own memory, and a balancer that is not sticky."""
    north = flask_node(clock, "north", SimpleCache())
    south = flask_node(clock, "south", SimpleCache())
    with logged(tmp_path / "log", level=logging.INFO) as path:
        for number in range(24):
            visitor = Visitor("alice")
            visitor.log_in(north if number < 20 else south)
            visitor.visit(south if number < 20 else north)
    told = told_of(path)
    to_south = f"{node_name(north)} -> {node_name(south)}"
    assert told["lost"]["how"] == {"two nodes": 24}
    assert told["lost"]["pairs"][to_south]["ended"] == 20
    assert told["lost"]["pairs"][f"{node_name(south)} -> {node_name(north)}"]["ended"] == 4
    assert told["verdict"][0] == (
        "100 % of all logins that ended were lost, 100 % of them between two nodes "
        f"(most often {to_south}): {REMEDY}."
    )
    assert "WARNING" in told["verdict"][1]  # nothing but lost logins: perhaps that is all it shows


def test_a_node_that_loses_its_own_sessions_has_another_cure(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        for _ in range(20):
            visitor = Visitor("alice")
            visitor.log_in(flask_node(clock, "north", SimpleCache()))
            visitor.visit(flask_node(clock, "north", SimpleCache()))  # restarted
    told = told_of(path)
    assert told["lost"]["how"] == {"one node": 20}
    assert "by the node that had them" in told["verdict"][0]
    assert REMEDY not in told["verdict"][0]


class Evicting(MemoryStore):
    """One memory, which has lost its records each time that it is asked."""

    def generation(self, id):
        return "one"


@pytest.mark.parametrize(
    ("node", "how", "cure"),
    [
        ("south", "no record, two nodes", "one session440 store"),
        ("north", "no record, one node", "noeviction"),
    ],
)
def test_a_store_that_lacks_the_record(tmp_path, clock, node, how, cure):
    with logged(tmp_path / "log") as path:
        for number in range(20):
            visitor = Visitor(f"person-{number}")
            visitor.log_in(site(clock, "north", store=Evicting()))
            visitor.visit(site(clock, node, store=Evicting()))
    told = told_of(path)
    assert told["lost"]["how"] == {how: 20}
    assert told["reasons"]["no record"] == {"ended": 20}
    assert cure in told["verdict"][0]


def test_logs_of_several_nodes_are_read_in_the_order_of_time(tmp_path, clock):
    """The login ends on one node, and its person logs in again on the other."""
    logs = [tmp_path / name for name in ("north", "south")]
    north, south = (site(clock, each.name) for each in logs)
    for _ in range(30):
        visitor = Visitor("alice")
        with logged(logs[0]):
            visitor.log_in(north)
            clock.advance(1300)
            visitor.visit(north)
        clock.advance(30)
        with logged(logs[1]):
            visitor.log_in(south)
        clock.advance(500)
    for order in (logs, logs[::-1]):
        told = told_of(*order)
        assert told["came_back"]["back"] == 30
        assert list(told["nodes"]) == [north.engine.node]


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "exchanged"])
def test_lines_of_two_processes_may_change_places(tmp_path, step):
    who = {"subject": "alice", "here": "aa"}
    events = [
        Event("ended", START, Cause.IDLE, idle=1300.0, **who),
        Event("started", START + 9, **who),
    ]
    path = tmp_path / "log"
    path.write_text("\n".join(map(str, events[::step])))
    assert told_of(path)["came_back"]["back"] == 1


# --- what may mislead


def test_parallel_requests_of_one_page_are_one_login(tmp_path, clock):
    """Each of six workers tells the end once."""
    app, visitor = site(clock), Visitor("alice")
    with logged(tmp_path / "log") as path:
        visitor.log_in(app)
        clock.advance(1300)
        for _ in range(6):
            worker = site(clock)
            Call(worker, "/plain", visitor.cookies)
            Call(worker, "/plain", visitor.cookies)
    told = told_of(path)
    assert (told["ended"], told["told_again"]) == (1, 5)


@pytest.mark.parametrize("formatter", [TEXT, JSONFormatter()], ids=["text", "JSON"])
def test_report_mode_tells_what_would_have_ended_and_nobody_came_back(tmp_path, clock, formatter):
    app, visitor = site(clock, enforcement="report"), Visitor("alice")
    with logged(tmp_path / "log", formatter) as path:
        visitor.log_in(app)
        for _ in range(25):
            clock.advance(1300)
            visitor.visit(app)
    told = told_of(path)
    assert (told["ended"], told["would_have_ended"]) == (25, 25)
    assert told["came_back"] is None
    assert "25 of them would have ended: enforcement is 'report'." in told["verdict"]


def test_without_started_lines_nobody_is_said_to_have_come_back(tmp_path, clock):
    """INFO holds no logins that begin."""
    with logged(tmp_path / "log", level=logging.INFO) as path:
        play(clock, a_day(site(clock)))
    told = told_of(path)
    assert told["came_back"] is None
    assert told["causes"]["idle"] == {"ended": 25, "share": 0.8333, "back": None}
    assert "set logger session440 to DEBUG" in told["verdict"][-1]
    assert "logged in again" not in explain(path).stdout


def test_few_logins_are_too_few_to_tell(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock))[:40])
    assert told_of(path)["verdict"][0].startswith("Only ")


def test_where_all_logins_go_on_none_ended(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        Visitor("alice").log_in(site(clock))
    assert told_of(path)["verdict"] == ["No login ended."]
    assert explain(path).stdout.startswith("No login ended.\n")


def test_revoked_logins_are_counted_once(tmp_path, clock):
    """They are told of when they are revoked, and again when their persons meet it."""
    app = site(clock, store="memory:")
    with logged(tmp_path / "log") as path:
        for number in range(25):
            visitor = Visitor(f"person-{number}")
            visitor.log_in(app)
            app.engine.revoke_all(visitor.name)
            visitor.visit(app)
    told = told_of(path)
    assert told["causes"]["revoked"]["ended"] == told["ended"] == told["events"]["revoked"] == 25
    assert "were revoked: see who calls" in told["verdict"][0]


def test_refused_tickets_point_to_keys_and_clocks(tmp_path, clock):
    app, visitor = site(clock), Visitor("alice")
    with logged(tmp_path / "log") as path:
        for _ in range(25):
            Call(app, "/plain", {"login440": "forged.value"})
        visitor.log_in(app)
        clock.advance(-600)
        visitor.visit(app)
    told = told_of(path)
    assert told["reasons"] == {"not authentic": {"refused": 25}, "clock": {"refused": 1}}
    assert any("different keys" in each for each in told["verdict"])
    assert any("clocks by NTP" in each for each in told["verdict"])


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause.CREDENTIAL, "refresh it before it ends"),
        (Cause.DISPLACED, "max_logins is lower"),
        (Cause.ABSOLUTE, "were at work and logged in again"),
        (None, "Most logins (100 %) end by logout. Nothing here needs to be changed."),
    ],
)
def test_each_cause_has_its_advice(tmp_path, cause, words):
    with logged(tmp_path / "log") as path:
        for number in range(20):
            who = {"subject": str(number), "ticket_id": f"{number:032x}", "here": "aa"}
            log(Event("ended", START + number, cause, idle=30.0, policy="default", **who))
            log(Event("started", START + number + 5, policy="default", **who))
    assert words in told_of(path)["verdict"][0]


def test_outages_are_told(tmp_path):
    with logged(tmp_path / "log") as path:
        log(Event("store_down", START, here="aa", reason="Redis fails at=once here=zz"))
        log(Event("store_up", START + 60, here="aa"))
    told = told_of(path)
    assert told["events"] == {"store_down": 1, "store_up": 1}
    assert told["verdict"][-1].startswith("Once the store went out")
