"""What is remembered of a ticket says the same as the table, for any ticket, policy and clock."""

from __future__ import annotations

import gc
import weakref

import pytest
from calling import Call
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import SECRET, TicketApp

from session440 import Cause, LoginTimeout, Policy
from session440.core.decision import decide
from session440.core.facts import Facts, Rules
from session440.core.lifecycle import stand
from session440.core.limits import Limits
from session440.core.ports import Holding
from session440.core.reading import Reading
from session440.core.ticket import Ticket
from session440.wsgi import Session440Middleware

NOW = 1_800_000_000.0
#: Mostly so near to one another that nothing is due, and about each limit.
near = st.floats(-70, 70) | st.sampled_from([-1200.0, -600.0, -60.0, 0.0, 59.9995, 60.0, 61.0])
moments = (near | st.floats(-5000, 5000)).map(NOW.__add__)
policies = st.sampled_from(
    [
        Policy(idle_timeout=idle, absolute_timeout=absolute)
        for idle in (None, 600.0, 1200.0)
        for absolute in (None, 1800.0, 28800.0)
        if idle or absolute
    ]
)
tickets = st.builds(
    Ticket,
    st.sampled_from(["one", "two"]),
    st.sampled_from(["alice", "bob"]),
    moments,
    moments,
    st.sampled_from(["default", "forgotten"]),
    st.none() | moments,
    ended=st.sampled_from([None, Cause.IDLE, "of a later version"]),
)


def is_calm(reading: Reading, now: float, holding: Holding) -> bool:
    """What an exchange asks."""
    return reading.since <= now < reading.until and reading.is_held(holding)


@given(
    tickets,
    policies,
    moments,
    st.sampled_from([None, "alice", "bob"]),
    st.sampled_from(["its own", None, ["one", NOW], ["two", NOW, "default", None]]),
    st.sampled_from([None, True, False]),
)
@settings(max_examples=500)
def test_what_is_remembered_says_what_the_table_says(ticket, policy, now, subject, bound, carried):
    limits = Limits({"default": policy, "": policy}, evidence=86400.0)
    reading = Reading(ticket, limits)
    binding = ticket.binding.as_list() if bound == "its own" else bound
    holding = Holding(subject, binding, subject is None, carried)
    if not is_calm(reading, now, holding):
        return
    assert not ticket.is_future(now)
    assert not (now < reading.due and limits.is_due(ticket, now))
    facts = Facts(now, (ticket,), subject, binding, carried, holding.empty)
    decision = decide(facts, Rules(limits.expiry, limits.evidence, adopt_until=0.0))
    assert reading.decision == decision
    assert reading.step == stand(decision)


@given(tickets, policies, moments)
def test_between_its_limits_a_live_login_is_calm(ticket, policy, now):
    """So that what is quick is what happens."""
    limits = Limits({"default": policy, "": policy}, evidence=86400.0)
    is_live = not ticket.ended and now < limits.expiry(ticket).deadline - 1
    is_plain = is_live and not ticket.is_future(now - 1)
    reading = Reading(ticket, limits)
    assert now < reading.due or not is_plain or limits.is_due(ticket, now + 1)
    assert is_calm(reading, now, Holding(is_carried=None)) or not is_plain
    bound = Holding(ticket.subject, ticket.binding.as_list(), False)
    assert is_calm(reading, now, bound) or not is_plain


@pytest.mark.parametrize("time", ["issued_at", "seen_at"])
@pytest.mark.parametrize("ahead", [59.9, 60.0, 60.0005, 61.0, 1e6])
def test_what_a_clock_that_is_ahead_has_written_is_not_calm_before_its_time(time, ahead):
    ticket = Ticket("one", "alice", NOW, NOW)._replace(**{time: NOW + ahead})
    policy = Policy(idle_timeout=1e7, renew_interval=1e6)
    reading = Reading(ticket, Limits({"default": policy, "": policy}, evidence=86400.0))
    assert is_calm(reading, NOW, Holding(is_carried=None)) == (ahead < 60)


class Socket:
    """What a server keeps in an environ."""


def serve(app, environ) -> None:
    """Do as a server does, which holds its start_response elsewhere."""
    body = app(environ, lambda status, headers, exc_info=None: lambda data: None)
    for _ in body:
        pass
    if hasattr(body, "close"):
        body.close()


def answer_at_once(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def answer_later(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"hello"


@pytest.mark.parametrize("app", [answer_at_once, answer_later])
@pytest.mark.parametrize("cookie", [None, "live", "over", "watched"])
def test_a_request_leaves_no_circle_that_holds_the_servers_socket(app, cookie, clock):
    """gunicorn's would stay open until a collection."""
    watched = {"watch_cookie": "sessionid"} if cookie == "watched" else {}
    middleware = Session440Middleware(app, secret_key=SECRET, clock=clock, **watched)
    login = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock)
    cookies = Call(login, "/callback").cookies() if cookie else {}
    clock.advance(10**6 if cookie == "over" else 0)
    Call(middleware, "/", cookies).body()  # whatever is made at the first request
    gc.collect()
    gc.disable()
    try:
        environ = dict(Call(answer_at_once, "/", cookies).environ)
        environ["gunicorn.socket"] = Socket()
        held = weakref.ref(environ["gunicorn.socket"])
        serve(middleware, environ)
        del environ
        assert held() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("watched", [{}, {"watch_cookie": "login440x"}])
def test_an_answer_that_is_asked_for_too_late_is_one_all_the_same(watched, clock):
    """A framework may handle what a view raises while its answer is iterated."""
    told = []

    class Body(list):
        def __iter__(self):
            told.append(LoginTimeout().get_response(environ).status)
            return iter([b"hello"])

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()

    middleware = Session440Middleware(app, secret_key=SECRET, clock=clock, **watched)
    environ = Call(answer_at_once, "/", {"login440x": "1"}).environ
    serve(middleware, environ)
    assert told == ["440 Login Timeout"]


def test_what_a_visit_tells_stays_after_the_answer(clock):
    middleware = Session440Middleware(answer_at_once, secret_key=SECRET, clock=clock)
    login = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock)
    call = Call(middleware, "/", Call(login, "/callback").cookies())
    call.body()
    visit = call.environ["session440"]
    assert (visit.active, visit.subject) == (True, "alice")
    assert visit.remaining.total_seconds() == 1200
    with pytest.raises(RuntimeError, match="too late"):
        visit.logout()


@pytest.mark.parametrize("time", ["issued_at", "seen_at"])
def test_a_time_that_is_no_number_makes_no_login(time):
    """Only a holder of the key can have signed it."""
    site = TicketApp()
    ticket = Ticket("one", "alice", NOW, NOW)._replace(**{time: float("nan")})
    app = Session440Middleware(site, secret_key=SECRET, clock=lambda: NOW)
    call = Call(app, "/", {"login440": app.engine.signer.dumps(ticket)})
    assert not call.environ["session440"].active
