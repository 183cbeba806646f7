"""``session440 explain`` on days when people log in again and again, and what it cannot read."""

from __future__ import annotations

import logging

import pytest
from clock import START
from visitors import TEXT, Visitor, explain, logged, play, site, told_of

from session440 import Cause
from session440.events import Event, JSONFormatter, log

AGAIN = "people logged in again and again"


class Forgetful(Visitor):
    """A browser that keeps no cookie: Secure on http, or of another domain."""

    def visit(self, app, *request) -> str:
        self.cookies = {}
        return super().visit(app, *request)


def loops(path) -> tuple[int, int]:
    told = told_of(path)["again_and_again"]
    return told["people"], told["logins"]


def tries(app, people, times, step=40):
    return [
        (300 * number + step * time, each.log_in, app)
        for number, each in enumerate(people)
        for time in range(times)
    ]


@pytest.mark.parametrize("formatter", [TEXT, JSONFormatter()], ids=["text", "JSON"])
def test_people_whose_browsers_keep_no_cookie_are_the_first_finding(tmp_path, clock, formatter):
    app, people = site(clock), [Forgetful(f"person-{number}") for number in range(8)]
    with logged(tmp_path / "log", formatter) as path:
        play(clock, tries(app, people, 4))
    assert loops(path) == (8, 32)
    (verdict,) = told_of(path)["verdict"]
    assert verdict.startswith(f"8 {AGAIN}, 32 times in all, and were never seen in between")
    assert "session440 probe" in verdict
    assert "two cookies of the same name" in verdict


@pytest.mark.parametrize(
    ("people", "times", "step"),
    [
        (20, 2, 40),  # a second device
        (2, 30, 40),  # programs that log in for each call
        (6, 3, 40),  # too few to tell
        (10, 4, 700),  # in the course of a day
    ],
)
def test_a_few_logins_more_are_no_loop(tmp_path, clock, people, times, step):
    app = site(clock)
    with logged(tmp_path / "log") as path:
        play(clock, tries(app, [Forgetful(f"person-{n}") for n in range(people)], times, step))
    assert AGAIN not in explain(path).stdout


def test_people_who_are_seen_between_their_logins_are_in_no_loop(tmp_path, clock):
    """They log out and in again, work for a while, or find their login of just now ended."""
    app, people = site(clock, idle_timeout=120), [Visitor(f"person-{n}") for n in range(30)]
    steps = []
    for number, each in enumerate(people):
        between = (each.log_out, each.visit, each.visit)[number % 3]
        wait = (30, 70, 130)[number % 3]  # seconds: a logout, a renewal, an idle end
        for time in range(5):
            at = 2000 * number + 200 * time
            steps += [(at, each.log_in, app), (at + wait, between, app)]
    with logged(tmp_path / "log") as path:
        play(clock, steps)
    assert loops(path) == (0, 0)


def started(number, time, ticket):
    log(Event("started", START + time, subject=f"p{number}", ticket_id=ticket, here="aa"))


def write_loops(with_scopes: bool) -> None:
    """Thirty people whose browsers send an old cookie first, which has ended."""
    for number in range(30):
        old = {"subject": f"p{number}", "ticket_id": f"{number:032x}", "here": "aa"}
        at = 1000 * number
        started(number, at, old["ticket_id"])
        log(Event("ended", START + at + 90, Cause.IDLE, idle=1300.0, policy="default", **old))
        for time in range(4):
            started(number, at + 100 + 40 * time, f"{number:016x}{time:016x}")
            if with_scopes:
                scope = "path=/app domain=example.org"
                log(Event("former_scope", START + at + 110 + 40 * time, reason=scope, **old))


def test_two_cookies_of_one_name_are_no_reason_for_another_timeout(tmp_path):
    """The login that ends again and again is the older one's, whose cookie comes first."""
    with logged(tmp_path / "log") as path:
        write_loops(with_scopes=False)
    text = " ".join(told_of(path)["verdict"])
    assert f"30 {AGAIN}" in text
    assert "idle_timeout is too low" not in text


def test_a_scope_that_was_changed_is_named(tmp_path):
    with logged(tmp_path / "log") as path:
        write_loops(with_scopes=True)
    told = told_of(path)
    assert "first set for path=/app domain=example.org: the path or domain of" in told["verdict"][0]
    assert told["former_scopes"] == {"path=/app domain=example.org": 120}
    assert "120 cookies of a former path or domain" in explain(path).stdout


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("overwritten", "Let that page write nothing to the session"),
        ("session protection", 'set SESSION_PROTECTION = "basic"'),
    ],
)
def test_ends_behind_the_apps_back_have_their_advice(tmp_path, reason, words):
    with logged(tmp_path / "log") as path:
        for number in range(20):
            ours = {"reason": reason} if number < 2 else {}
            log(Event("ended", START + number, subject=str(number), here="aa", **ours))
    verdict = told_of(path)["verdict"][-1]
    assert verdict.startswith("2 times ")
    assert words in verdict


# --- what cannot be read


LOGS = {
    "nothing": "",
    "an access log": '127.0.0.1 - - [25/Nov/2026 19:13:56] "GET / HTTP/1.1" 440 -\n' * 5,
    "another program's": '{"message": "login page shown"}\n',
}


@pytest.mark.parametrize("name", LOGS)
def test_a_log_without_our_lines_says_how_to_switch_them_on(tmp_path, name):
    path = tmp_path / "log"
    path.write_text(LOGS[name])
    (verdict,) = told_of(path)["verdict"]
    assert "no line of session440's" in verdict
    assert 'logging.getLogger("session440").setLevel("DEBUG")' in verdict
    assert "No login ended" not in explain(path).stdout


def test_what_it_says_to_switch_on_writes_lines_that_it_reads(tmp_path, clock, capsys):
    logger, root = logging.getLogger("session440"), logging.getLogger()
    before, handlers = logger.level, root.handlers[:]
    root.handlers = []
    try:
        logging.basicConfig()
        logging.getLogger("session440").setLevel("DEBUG")
        Visitor("alice").log_in(site(clock))
    finally:
        logger.setLevel(before)
        root.handlers = handlers
    (tmp_path / "log").write_text(capsys.readouterr().err)
    assert told_of(tmp_path / "log")["events"] == {"started": 1}
