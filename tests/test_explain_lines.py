"""Lines of logs: read in any wrapping, and harmless whatever stands in them."""

from __future__ import annotations

import json
import logging
import random

import pytest
from clock import START
from visitors import TEXT, a_day, explain, logged, play, site, told_of

from session440 import Cause
from session440.events import Event, JSONFormatter, log
from session440.explain import Sighting
from session440.explain.lines import parse_line
from session440.explain.sources import LONGEST_LINE
from session440.explain.tally import OTHERS, Recent, Tally

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


def line_of(event: Event, formatter=TEXT) -> str:
    record = logging.LogRecord("session440", 20, "", 0, "%s", (event,), None)
    record.session440 = event
    return formatter.format(record)


# --- lines


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


JSON_WRAPPERS = {"Docker": "log", "journald": "MESSAGE", "structlog": "event", "others": "message"}


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
