"""What ``session440 explain`` is asked, and one person's timeline."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys

import pytest
from clock import START
from visitors import CAUSES, Visitor, a_day, explain, logged, play, site, told_of

from session440 import Policy
from session440.events import Event

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
        f"2027-01-15 08:00:00 UTC\tstarted\t\t0 seconds\t0 seconds\t{here}\tdefault",
        f"2027-01-15 08:10:00 UTC\trenewed\t\t10 minutes\t10 minutes\t{here}\tdefault",
        f"2027-01-15 08:31:40 UTC\tended\tidle\t21 minutes 40 seconds\t"
        f"31 minutes 40 seconds\t{here}\tdefault",
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
