"""A request is answered alike where what is remembered of its ticket is believed and where not.

Twin apps get the same requests: one remembers, the other lets the tables decide about each.
"""

from __future__ import annotations

import math
import re
import secrets
from typing import Any

import flask
import pytest
from calling import Call
from hypothesis import given
from hypothesis import strategies as st
from sites import SECRET
from writings import relaxed

from session440 import Cause, Policy, Ticket
from session440.core.reading import Reading
from session440.flask import Session440
from session440.wsgi import Session440Middleware

NOW = 1_800_000_000.0
IDLE, ABSOLUTE, RENEWAL = 1200.0, 28800.0, 60.0
POLICIES = {
    "short": Policy("10m", "30m"),
    "endless": Policy(idle_timeout=None, absolute_timeout=60),
}

#: About each limit, and anywhere.
ages = st.sampled_from(
    [limit + step for limit in (0.0, RENEWAL, 600.0, IDLE, 1800.0, ABSOLUTE) for step in (-1, 0, 1)]
) | st.floats(-100, 30000)


SIGNED = re.compile(r"^(session=[^.;]*)[^;]*")


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


def plainly(signer: Any) -> None:
    """Let nothing be believed that is remembered of a ticket."""
    read = signer.read

    def unremembered(value: str) -> Reading | None:
        reading = read(value)
        if reading is not None:
            reading = Reading(reading.ticket, signer._limits)
            reading.since, reading.until, reading.due = math.inf, -math.inf, -math.inf
        return reading

    signer.read = unremembered


def told(environ, start_response):
    """Answer with what the visit says."""
    visit = environ["session440"]
    facts = (visit.active, visit.subject, visit.cause, visit.expires_at, visit.remaining)
    headers = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/cached":
        headers.append(("Cache-Control", "public"))
    if environ["PATH_INFO"] == "/out":
        visit.logout()
    start_response("200 OK", headers)
    return [repr(facts).encode()]


def undated(starts):
    """Return what was answered; Flask's session also says when it was signed."""
    return [
        (
            status,
            [(name, re.sub(r"^(session=[^.;]*)[^;]*", r"\1", value)) for name, value in headers],
        )
        for status, headers in starts
    ]


@pytest.fixture(autouse=True)
def _same_ids(monkeypatch):
    """New logins have the same id in both apps."""
    monkeypatch.setattr(secrets, "token_urlsafe", lambda length: "fresh")


class Twins:
    """Two apps that are alike but for what they remember."""

    def __init__(self, make) -> None:
        self.clock, self.events = Clock(), ([], [])
        self.apps = [
            make(policies=POLICIES, clock=self.clock, on_event=each.append) for each in self.events
        ]
        self.engines = [each.engine for each in self.apps]
        plainly(self.engines[1].signer)

    def assert_alike(self, path, cookies, **environ) -> None:
        for events in self.events:
            events.clear()
        one, other = (Call(app, path, HTTP_COOKIE=cookies, **environ) for app in self.apps)
        assert undated(one.starts) == undated(other.starts)
        assert one.body() == other.body()
        assert self.events[0] == self.events[1]


def wsgi(**options):
    return Session440Middleware(told, secret_key=SECRET, idle_timeout=IDLE, **options)


def watched(**options):
    return wsgi(watch_cookie="sid", **options)


class FlaskApp:
    def __init__(self, **options) -> None:
        self.app = flask.Flask("twin")
        self.app.secret_key = SECRET
        self.app.config |= {f"SESSION440_{name.upper()}": value for name, value in options.items()}
        self.app.config["SESSION440_IDLE_TIMEOUT"] = IDLE
        extension = Session440(self.app)
        self.app.add_url_rule("/<path>", "page", self.page, methods=["GET", "POST"])
        self.app.add_url_rule("/", "index", self.page, methods=["GET", "POST"])
        with self.app.app_context():
            self.engine = extension.engine

    def page(self, path=""):
        visit = flask.request.session440
        if path == "out":
            flask.session.clear()
        return repr((visit.active, visit.subject, visit.cause, visit.expires_at))

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

    def session(self, content) -> str:
        interface = self.app.session_interface
        serializer = interface.get_signing_serializer(self.app)
        return f"session={serializer.dumps(content)}"


tickets = st.builds(
    lambda id, subject, issued, seen, policy, ended, told_at: Ticket(
        id,
        subject,
        NOW - max(issued, seen),
        NOW - seen,
        policy,
        node="here",
        ended=ended,
        not_after=NOW - seen if ended else None,
        told_at=told_at,
        path="/",
    ),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["alice", "bob@site.example"]),
    ages,
    ages,
    st.sampled_from(["default", "short", "endless", "forgotten"]),
    st.sampled_from([None, None, None, Cause.IDLE]),
    st.sampled_from([None, NOW - 5, NOW - 50]),
)
requests = st.fixed_dictionaries(
    {"path": st.sampled_from(["/", "/", "/cached", "/out", "/session440/status"])},
    optional={
        "method": st.sampled_from(["POST", "OPTIONS"]),
        "HTTP_ACCEPT": st.sampled_from(["text/html", "application/json"]),
        "HTTP_SEC_FETCH_MODE": st.sampled_from(["navigate", "cors"]),
        "HTTP_SESSION440_PASSIVE": st.just("?1"),
    },
)
#: What is done to a cookie on its way.
changes = st.sampled_from([str, str, str, str.swapcase, lambda value: value + "x", lambda _: ""])
beside = st.sampled_from(["", "theme=dark; ", "a=b;", " ; ", "login440; ", "xlogin440=1; "])


@pytest.mark.parametrize("make", [wsgi, watched])
def test_wsgi_answers_alike(make):
    twins = Twins(make)
    digest = twins.engines[0].signer.keyed_hash("watched", "v")

    @given(st.lists(st.tuples(tickets, changes), max_size=3), beside, requests, st.booleans())
    @relaxed
    def alike(carried, others, request, is_bound):
        cookies = []
        for ticket, change in carried:
            bound = ticket._replace(subject=f"{digest} path=%2F") if is_bound else ticket
            cookies.append(f"login440={change(twins.engines[0].signer.dumps(bound))}")
        header = others + "; ".join(["sid=v", *cookies])
        for wait in (0, 30, RENEWAL):
            twins.clock.now = NOW + wait
            twins.assert_alike(cookies=header, **request)

    alike()


def test_flask_answers_alike():
    twins = Twins(FlaskApp)

    @given(
        st.lists(st.tuples(tickets, changes), max_size=2),
        st.sampled_from([None, "alice", "bob@site.example"]),
        st.sampled_from(["its own", "none", "another", "odd"]),
        requests,
    )
    @relaxed
    def alike(carried, subject, bound, request):
        content = {"theme": "dark"} if subject is None else {"user_id": subject}
        if bound == "its own" and carried:
            content["_session440"] = carried[0][0].binding.as_list()
        elif bound != "none":
            content["_session440"] = ["three", NOW] if bound == "another" else ["odd"]
        dumps = twins.engines[0].signer.dumps
        cookies = [f"session440={change(dumps(ticket))}" for ticket, change in carried]
        header = "; ".join([twins.apps[0].session(content), *cookies])
        for wait in (0, 30, RENEWAL):
            twins.clock.now = NOW + wait
            twins.assert_alike(cookies=header, **request)

    alike()
