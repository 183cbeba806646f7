"""``session440 explain``: what logs and stores tell of logins, and what follows from it."""

from __future__ import annotations

import gzip
import json
import logging
import random
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cachelib import SimpleCache
from calling import Call
from click.testing import CliRunner
from clock import START, FakeClock
from flask import Flask, session
from flask_session import Session
from redis_servers import redis_server
from sites import OPTIONS, SECRET, TicketApp

from session440 import Cause, Policy
from session440.cli import commands
from session440.events import REMEDY, Event, JSONFormatter, log
from session440.explain import Explanation, Sighting
from session440.explain.histogram import svg_picture, text_picture
from session440.explain.lines import parse_line
from session440.explain.sighting import read_moment, shown, span
from session440.explain.sources import LONGEST_LINE
from session440.explain.tally import OTHERS, Recent, Tally
from session440.flask import Session440
from session440.wsgi import Session440Middleware

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/screenshots/explain.svg"
PAGE = ROOT / "docs/explain.md"
TEXT = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
HOUR = 3600.0


@contextmanager
def logged(path, formatter=TEXT, level=logging.DEBUG):
    """Have the default listener's lines in a file."""
    logger, handler = logging.getLogger("session440"), logging.FileHandler(path)
    handler.setFormatter(formatter)
    before, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    try:
        yield path
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = propagate
        handler.close()


def explain(*arguments, code=0, **options):
    """Run the command; what it complains of is one line."""
    done = CliRunner().invoke(commands, ["explain", *map(str, arguments)], **options)
    assert done.exit_code == code, (done.output, done.exception)
    assert "Traceback" not in done.output
    return done


def told_of(*arguments, **options) -> dict:
    return json.loads(explain(*arguments, "--json", **options).stdout)


def site(clock, node="north", **options):
    options = {**OPTIONS, **options}
    return Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, node=node, **options)


class Visitor:
    """A browser with a person before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cookies: dict[str, str] = {}

    def visit(self, app, path="/plain", method="GET", body=b"") -> str:
        call = Call(app, path, dict(self.cookies), method, body)
        call.body()
        kept = {**self.cookies, **call.cookies()}
        self.cookies = {name: value for name, value in kept.items() if value}
        return call.status

    def log_in(self, app) -> None:
        status = self.visit(app, "/login", "POST", b"username=" + self.name.encode())
        assert status == "302 FOUND"

    def log_out(self, app) -> None:
        self.visit(app, "/logout")


def play(clock: FakeClock, steps) -> None:
    """Let each step happen in its time: (seconds since the start, call, app)."""
    for at, step, app in sorted(steps, key=lambda each: each[0]):
        clock.now = START + at
        step(app)


def a_day(app):
    """Of thirty people, twenty-five are idle for too long, four log out, one works on.

    Twelve come back after 21 minutes, eight after an hour; these log in again at once. Five
    come back after two hours, and leave. The one is at work when eight hours are over.
    """
    people = [Visitor(f"person-{number}") for number in range(30)]
    steps = [(10 * n, each.log_in, app) for n, each in enumerate(people)]
    for number, each in enumerate(people[:25]):
        away = 1260 if number < 12 else HOUR if number < 20 else 2 * HOUR
        steps.append((10 * number + away, each.visit, app))
        if number < 20:
            steps.append((10 * number + away + 20, each.log_in, app))
    steps += [(300 + n, each.log_out, app) for n, each in enumerate(people[25:29])]
    worker = people[29]
    steps += [(290 + 600.0 * n, worker.visit, app) for n in range(1, 49)]
    steps.append((290 + 8 * HOUR + 20, worker.log_in, app))
    return steps


CAUSES = {
    "idle": {"ended": 25, "share": 0.8333, "back": 20},
    "logout": {"ended": 4, "share": 0.1333, "back": None},
    "absolute": {"ended": 1, "share": 0.0333, "back": 1},
}
IDLE_TIMES = [(1200, 1500, 12, 12), (3600, 5400, 8, 8), (7200, 14400, 5, 0)]


def idle_times(told) -> list:
    rows = [tuple(row.values()) for row in told["idle_times"]]
    return [row for row in rows if row[2]]


# --- the whole way: an app, its log or its store, and the command


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
        "Most logins (83 %) end idle, after 21 min at the earliest. 48 % of those people had been "
        "away for less than 45 min and logged in again within 1 min: idle_timeout is too low for "
        "this site. 25 min would have spared at least half of them; and with client.js on a page, "
        "typing there counts (docs/browser.md)."
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
            visitor.log_in(site(clock, "north", store="memory:"))
            visitor.visit(site(clock, node, store="memory:"))
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
    app, visitor = site(clock), Visitor("alice")
    with logged(tmp_path / "log") as path:
        visitor.log_in(app)
        clock.advance(1300)
        for _ in range(6):
            Call(app, "/plain", visitor.cookies)
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
    path.write_text("")
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


# --- lines

EVENTS = [
    Event(
        "ended",
        START + 0.5,
        Cause.LOST,
        'o\'brien "x" \\ é\n\x1b[31m ticket=zz',
        "0123456789abcdef0123456789abcdef",
        "a policy='x'",
        1260.0,
        3600.0,
        "aaaaaaaa",
        "bbbbbbbb",
        "no record",
    ),
    Event("ended", START, Cause.IDLE, "login ended cause=lost here=zz", here="aa", enforced=False),
    Event("ended", START, subject="alice", here="aa", reason="logout"),
    Event("started", START, subject="", here="aa", reason="adopted"),
    Event("renewed", START, subject="\U0001f600\ud800", here="aa", idle=0.0),
    Event("refused", START, here="aa", reason="not authentic"),
    Event("revoked", START, Cause.REVOKED, "alice", here="aa"),
    Event("store_down", START, here="aa", reason="redis fails, or is too slow: TimeoutError"),
    Event("store_debt_lost", START, Cause.IDLE, "alice", here="aa", idle=5.0, age=9.0),
]

#: How a line looks when others have had it: %s is the event.
WRAPPERS = {
    "bare": "%s",
    "logging": "2026-11-24 16:40:00,123 INFO session440: %s",
    "syslog": "<14>Nov 24 16:40:00 web1 app[312]: session440: %s",
    "compose": "web-1  | INFO:session440:%s",
    "Kubernetes": "2026-11-24T16:40:00.123456789Z stderr F INFO session440 %s",
    "colour": "\x1b[32mINFO\x1b[0m session440 \x1b[1m%s\x1b[0m",
    "a brace": "{web} {1} %s",
}
JSON_WRAPPERS = {"Docker": "log", "journald": "MESSAGE", "structlog": "event", "others": "message"}


def line_of(event: Event, formatter=TEXT) -> str:
    record = logging.LogRecord("session440", 20, "", 0, "%s", (event,), None)
    record.session440 = event
    return formatter.format(record)


def assert_read(seen: Sighting | None, event: Event) -> None:
    """All that a line says of an event is read back."""
    assert seen is not None
    assert (seen.kind, seen.at, seen.enforced) == (event.kind, event.at, event.enforced)
    assert seen.cause == (event.cause or ("logout" if event.kind == "ended" else None))
    for name in ("policy", "idle", "age", "node", "here", "reason"):
        assert getattr(seen, name) == getattr(event, name), name
    assert (seen.subject or "") == (event.subject or "")
    assert (seen.ticket or "") == (event.ticket_id or "")[: len(seen.ticket or "")]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.headline)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_lines_are_read_whatever_stands_around_them(event, wrapper):
    assert_read(parse_line(WRAPPERS[wrapper] % event + "\n"), event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.headline)
@pytest.mark.parametrize("key", JSON_WRAPPERS.values(), ids=JSON_WRAPPERS)
@pytest.mark.parametrize("formatter", [TEXT, JSONFormatter()], ids=["text", "JSON"])
def test_lines_are_read_within_other_peoples_json(event, key, formatter):
    line = json.dumps({"stream": "stderr", key: line_of(event, formatter) + "\n"})
    assert_read(parse_line(line), event)
    assert_read(parse_line(json.dumps({"log": line})), event)
    assert_read(parse_line(f"web-1  | {line_of(event, JSONFormatter())}"), event)


@pytest.mark.parametrize(
    ("line", "at", "zoned"),
    [
        ("2026-11-24T16:40:00+01:00 login ended here=aa", 1795534800.0, True),
        ("2026-11-24T15:40:00.25Z x login ended here=aa", 1795534800.25, True),
        ("2026-11-24 15:40:00,250 INFO login ended here=aa", 1795534800.25, False),
        ("Nov 24 15:40:00 web1 login ended here=aa", None, True),
        ("2026-13-24 15:40:00 login ended here=aa", None, True),
        ("0001-01-01 00:00:00+14:00 login ended here=aa", None, True),
        ('{"log": "login ended here=aa", "time": "2026-11-24T15:40:00Z"}', 1795534800.0, True),
    ],
)
def test_older_lines_have_the_time_that_stands_before_them(line, at, zoned):
    seen = parse_line(line)
    assert (seen.at, seen.zoned) == (at, zoned)


def test_events_without_a_time_count_and_are_told(tmp_path):
    path = tmp_path / "log"
    path.write_text("login ended cause=idle subject='a' idle=1300s here=aa\n" * 3)
    told = told_of(path)
    assert (told["ended"], told["without_time"], told["period"]) == (3, 3, None)
    assert "3 events without a time" in explain(path).stdout
    assert told_of(path, "--since", "2026-01-01T00:00:00Z")["read"]["outside_period"] == 3


@pytest.mark.parametrize(
    "line",
    [
        "login ended",
        "the login started for alice",
        "login ended cause=idle subject='bob'",
        # A user agent in an access log.
        '1.2.3.4 "GET / HTTP/1.1" 200 5 "-" "login ended cause=lost here=zz"',
        json.dumps({"user_agent": "login ended cause=lost here=zz"}),
        json.dumps({"headline": "login ended", "kind": ["ended"], "at": "2026-11-24T15:40:00Z"}),
        json.dumps({"headline": "login ended", "kind": "born"}),
        json.dumps({"log": {"log": "login ended here=zz"}}),
        json.dumps(["login ended"]),
        '{"log": ' * 5000 + '"login ended"',
    ],
)
def test_other_words_are_no_events(line):
    assert parse_line(line) is None


def test_hostile_values_in_json_are_left_out():
    facts = {"headline": "login ended", "kind": "ended", "at": 7, "cause": "<b>", "subject": ["x"]}
    seen = parse_line(json.dumps({**facts, "idle": float("nan"), "age": 10**400, "here": True}))
    assert seen == Sighting("ended", cause="other")


# --- hostile logs


def test_no_log_breaks_it(tmp_path):
    """Random bytes, and lines in which bytes were changed, doubled and dropped."""
    chance = random.Random(440)
    lines = [line_of(event, each).encode("utf-8", "surrogatepass") for event in EVENTS
             for each in (TEXT, JSONFormatter())]  # fmt: skip
    path = tmp_path / "log"
    with path.open("wb") as file:
        for _ in range(3000):
            line = bytearray(chance.choice(lines))
            for _ in range(chance.randrange(6)):
                place = chance.randrange(len(line))
                some = chance.choice([b"", b"\x00", b"\xff", b"'", b'"', b"\\", b"{", b"\x1b[2J"])
                line[place : place + chance.randrange(3)] = some
            file.write(bytes(line) + b"\n" + chance.randbytes(chance.randrange(90)) + b"\n")
    told = told_of(path, "--subjects")
    assert told["ended"] > 100
    for arguments in (["--subjects"], ["--subject", "alice"]):
        output = explain(path, *arguments).stdout
        assert all(char.isprintable() or char in "\n\t" for char in output)


def test_lines_too_long_are_passed_over(tmp_path):
    path = tmp_path / "log"
    good = f"{EVENTS[2]}\n"
    long = f"{Event('ended', START, subject='x' * LONGEST_LINE, here='aa')}\n"
    path.write_text(good + long + good + "y" * (3 * LONGEST_LINE))
    told = told_of(path)
    assert told["read"] == {
        "lines": 4,
        "events": 2,
        "passed_over": 2,
        "too_long": 2,
        "damaged": [],
        "outside_period": 0,
    }


def test_nothing_in_a_log_reaches_the_terminal_as_it_is(tmp_path):
    evil = "\x1b]0;owned\x07\u202e\x00\r\n"
    with logged(tmp_path / "log") as path:
        for subject in (evil, "alice"):
            who = {"subject": subject, "policy": evil, "node": "aa", "here": "bb"}
            log(Event("ended", START, Cause.IDLE, idle=1300.0, reason="a\x1b[31m", **who))
    for arguments in (["--subjects"], ["--subject", evil], ["--json", "--subjects"]):
        output = explain(path, *arguments).stdout
        assert output.count("owned")
        assert not set(output) & {"\x1b", "\x07", "\u202e", "\x00", "\r"}


def test_nobody_is_named_unless_it_is_asked_for(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    picture = tmp_path / "idle.svg"
    assert "person-" not in explain(path, "--svg", picture).stdout
    assert "person-" not in explain(path, "--json").stdout
    assert "person-" not in picture.read_text()
    told = told_of(path, "--subjects")["subjects"]
    assert len(told) == 10
    assert told["person-0"] == {"ended": 1, "causes": {"idle": 1}}


def test_names_beyond_a_limit_are_counted_together():
    """A log with a million policies in it fills no memory."""
    tally = Tally(most=2)
    for name in ("a", "b", "a", "c", "d"):
        tally.add(name, "idle")
    assert {name: row.total() for name, row in tally.ranked()} == {OTHERS: 2, "a": 2, "b": 1}
    recent: Recent[int] = Recent(most=2)
    for number, name in enumerate("abc"):
        recent.note(name, number)
    assert [recent.get(name) for name in "abc"] == [None, 1, 2]


# --- one person


def test_a_persons_timeline(tmp_path, clock):
    app, visitor = site(clock), Visitor("alice")
    with logged(tmp_path / "log") as path:
        visitor.log_in(app)
        clock.advance(600)
        visitor.visit(app)
        clock.advance(1300)
        visitor.visit(app)
        Visitor("bob").log_in(app)
    here = app.engine.node
    assert explain(path, "--subject", "alice").stdout.splitlines() == [
        "When\tWhat\tWhy\tIdle\tAge\tNode\tPolicy",
        f"2027-01-15 08:00:00 UTC\tstarted\t\t0 s\t0 s\t{here}\tdefault",
        f"2027-01-15 08:10:00 UTC\trenewed\t\t10 min\t10 min\t{here}\tdefault",
        f"2027-01-15 08:31:40 UTC\tended\tidle\t21 min 40 s\t31 min 40 s\t{here}\tdefault",
    ]
    told = told_of(path, "--subject", "alice")
    assert told["count"] == 3
    assert told["events"][2]["cause"] == "idle"
    assert told["events"][2]["at"] == "2027-01-15T08:31:40.000+00:00"
    assert explain(path, "--subject", "eve").stdout == "Nothing is known about eve.\n"


def test_a_long_timeline_ends_with_what_came_last(tmp_path):
    path = tmp_path / "log"
    lines = [str(Event("renewed", START + n, subject="alice", here="aa")) for n in range(1005)]
    path.write_text("\n".join(lines))
    rows = explain(path, "--subject", "alice").stdout.splitlines()
    assert rows[0] == "The last 1000 of 1005 events:"
    assert rows[-1].startswith("2027-01-15 08:16:44 UTC\trenewed")


# --- the command


def test_a_period_is_asked_for(tmp_path, clock):
    """The ends are included, and a time without a zone is taken as UTC, which is said."""
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    told = told_of(path, "--since", "2027-01-15T09:00:00+01:00", "--until", "2027-01-15T08:21:10Z")
    assert told["causes"]["idle"]["ended"] == 2
    done = explain(path, "--since", "2027-01-15", "--until", "2027-01-15 08:22", "--json")
    assert json.loads(done.stdout)["causes"]["idle"]["ended"] == 7
    assert done.stderr.count("names no time zone; it is taken as UTC.") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give logs"),
        (["-", "--store", "redis://h"], "give logs"),
        (["-", "-"], "twice"),
        (["missing.log"], "does not exist"),
        (["-", "--since", "yesterday"], "'yesterday' is not a time"),
        (["-", "--since", "2027-01-02", "--until", "2027-01-01"], "later than --until"),
        (["-", "--within", "nan"], "give a positive"),
        (["-", "--within", "0"], "give a positive"),
        (["-", "--subject", "a", "--svg", "x.svg"], "leave out --subject"),
    ],
)
def test_bad_arguments_are_told_in_a_line(arguments, words):
    assert words in explain(*arguments, code=2).stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--store", "nosql://me:hunter2@h"], "no store has the scheme 'nosql'"),
        (["--store", "memory:"], "read its logs"),
        (["--store", "redis://:hunter2@127.0.0.1:1/0"], "the store cannot be read"),
        (["--store", "sqlite:////proc/none/me:hunter2.db"], "the store cannot be read"),
        (["--store", "postgresql+psycopg://me:hunter2@127.0.0.1:1/x"], "cannot be read"),
        (["-", "--svg", "/proc/none/x.svg"], "cannot write"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line_without_a_password(arguments, words):
    done = explain(*arguments, code=1, input="")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.output


def test_looking_at_a_store_makes_no_tables(tmp_path):
    """A URL may be mistyped."""
    path = tmp_path / "typo.db"
    assert "there is no table" in explain("--store", f"sqlite:///{path}", code=1).stderr
    assert b"session440" not in path.read_bytes()


def test_packed_logs_are_read(tmp_path, clock):
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    packed = gzip.compress(path.read_bytes())
    whole, cut = tmp_path / "log.1.gz", tmp_path / "log.2.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    assert told_of(whole)["causes"] == CAUSES
    told = told_of(cut)
    assert told["read"]["damaged"] == [str(cut)]
    assert 0 < told["ended"] < 30
    assert f"{cut} cannot be read to its end" in explain(cut).stdout
    whole.write_bytes(packed[:10] + b"\xff" * 90)
    assert told_of(whole)["read"]["damaged"] == [str(whole)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_it_reads_from_a_pipe(tmp_path, clock, pack):
    """As a process of its own, into a terminal that has ASCII alone."""
    with logged(tmp_path / "log") as path:
        play(
            clock,
            a_day(site(clock, choose_policy=lambda *_: "größer", policies={"größer": Policy()})),
        )
    done = subprocess.run(
        [sys.executable, "-m", "session440", "explain", "-"],
        input=pack(path.read_bytes()),
        capture_output=True,
        check=True,
        timeout=60,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )
    output = done.stdout.decode("ascii")
    assert done.stderr == b""
    assert output.startswith("Most logins (83 %) end idle")
    assert re.search(r"^ +20-25 min  #{40} 12$", output, re.MULTILINE)
    assert re.search(r"^ +2-4 h  ={17} 5$", output, re.MULTILINE)
    assert "gr\\xf6\\xdfer\t30" in output


# --- the picture


def test_the_picture_is_valid_and_says_what_it_shows(tmp_path, clock):
    picture = tmp_path / "idle.svg"
    with logged(tmp_path / "log") as path:
        play(clock, a_day(site(clock)))
    explain(path, "--svg", picture)
    root = ElementTree.fromstring(picture.read_text())
    tags = [each.tag.rpartition("}")[2] for each in root.iter()]
    texts = ["".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text")]
    assert tags[:3] == ["svg", "title", "desc"]
    assert root.attrib["role"] == "img"
    assert not {"script", "image", "a", "foreignObject"} & set(tags)
    assert "href" not in picture.read_text()
    assert "20\u201325 min" in texts
    assert "20 logged in again within 1 min" in texts
    assert "Policy default: none before 21 min" in texts
    assert "20-25 min: 12" in root[1].text


def test_a_hostile_policy_name_stays_text(tmp_path, clock):
    evil = '</text><script>alert(1)</script>&"\x1b\x00\ud800'
    app = site(clock, choose_policy=lambda *_: evil, policies={evil: Policy()})
    picture, visitor = tmp_path / "idle.svg", Visitor("alice")
    with logged(tmp_path / "log", JSONFormatter()) as path:
        visitor.log_in(app)
        clock.advance(1300)
        visitor.visit(app)
    explain(path, "--svg", picture)
    root = ElementTree.fromstring(picture.read_text())
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert any("Policy </text><script>" in (each.text or "") for each in root.iter())


def test_nothing_idle_is_said_in_the_picture_too():
    assert text_picture(Explanation(), "utf-8") == ["No login ended by the idle timeout."]
    root = ElementTree.fromstring(svg_picture(Explanation()))
    assert "No login ended by the idle timeout." in "".join(root.itertext())


def test_bars_are_to_scale_and_none_is_invisible():
    told = Explanation()
    for number in range(401):
        idle = 1260.0 if number < 400 else 7200.0
        told.add(Sighting("ended", START, "idle", f"s{number}", f"t{number}", idle=idle))
    lines = text_picture(told, "utf-8")
    assert lines[0] == f"{'20-25 min':>13}  {'█' * 40} 400"
    assert lines[-1] == f"{'2-4 h':>13}  █ 1"
    assert len(lines) == 7  # empty ones between them keep their places
    assert text_picture(told, "ascii")[0] == f"{'20-25 min':>13}  {'#' * 40} 400"
    assert text_picture(told, None) == text_picture(told, "ascii")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (1260, "21 min"), (5400, "1 h 30 min"), (90061, "1 d 1 h")],
)
def test_spans_are_told_in_two_units(seconds, words):
    assert span(seconds) == words


def test_words_that_are_shown_are_short_and_harmless():
    assert shown("größer") == "größer"
    assert shown("a\x1b[31m\n\u202e\ud800") == "a\\x1b[31m\\n\\u202e\\ud800"
    assert len(shown("x" * 500)) == 60
    assert read_moment("no time") is None


# --- the example in docs/explain.md

#: People of the example: how long they were away, in minutes, and how many of so many log in
#: again at once.
AWAY = {21: (44, 30), 23: (38, 24), 27: (29, 17), 34: (33, 16), 50: (24, 9), 75: (19, 6),
        130: (14, 3), 320: (9, 2), 700: (31, 12)}  # fmt: skip


def example(path: Path, clock: FakeClock) -> None:
    """Write the log of a site whose timeout of twenty minutes is too low."""
    app, steps = site(clock), []
    for minutes, (count, back) in AWAY.items():
        for number in range(count):
            visitor, at = Visitor(f"person-{minutes}-{number}"), 97.0 * number
            away = at + 60 * minutes
            steps += [(at, visitor.log_in, app), (away, visitor.visit, app)]
            steps += [(away + 25, visitor.log_in, app)] if number < back else []
    for number in range(60):
        visitor = Visitor(f"tidy-{number}")
        steps += [(61.0 * number, visitor.log_in, app), (61.0 * number + 300, visitor.log_out, app)]
    with logged(path):
        play(clock, steps)


def test_the_example_is_what_the_documentation_shows(tmp_path, clock):
    """``python tests/test_explain.py`` writes the picture anew."""
    example(tmp_path / "log", clock)
    picture = tmp_path / "explain.svg"
    output = explain(tmp_path / "log", "--svg", picture).stdout
    assert picture.read_text() == PICTURE.read_text()
    verdict_told, _, rest = output.partition("\n\n")
    page = PAGE.read_text()
    assert verdict_told in page.replace("\n", " ").replace("> ", "")
    assert rest.strip().expandtabs(16) in page  # as a terminal would show its tabs


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        example(Path(folder) / "log", FakeClock())
        print(explain(Path(folder) / "log", "--svg", PICTURE).stdout)
