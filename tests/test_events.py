"""Events, and the log lines that they become."""

from __future__ import annotations

import logging

import pytest
from calling import Call
from sites import OPTIONS, SECRET, TicketApp

from session440 import Cause
from session440.events import Event, log
from session440.wsgi import Session440Middleware


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (Event("started", 0, subject="alice"), logging.DEBUG, "login started subject='alice'"),
        (Event("renewed", 0), logging.DEBUG, "login renewed"),
        (Event("refused", 0, reason="not authentic"), logging.DEBUG, "reason=not authentic"),
        (Event("ended", 0, cause=Cause.IDLE, idle=1260.4), logging.INFO, "cause=idle idle=1260s"),
        (
            Event("ended", 0, ticket_id="0123456789", age=3600.4),
            logging.INFO,
            "ticket=01234567 age=3600s",
        ),
        (Event("ended", 0, reason="logout"), logging.INFO, "login ended reason=logout"),
        (
            Event("ended", 0, cause=Cause.LOST, node="aa", here="bb"),
            logging.WARNING,
            "cause=lost node=aa here=bb",
        ),
        (Event("ended", 0, enforced=False), logging.INFO, "login would have ended"),
    ],
)
def test_each_event_is_one_log_line(caplog, event, level, text):
    """Ended is INFO, lost WARNING, the rest DEBUG; the event itself rides along."""
    with caplog.at_level(logging.DEBUG, logger="session440"):
        log(event)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("session440", level)
    assert text in record.getMessage()
    assert record.session440 is event


def test_log_lines_hold_no_more_than_a_line(caplog):
    """A subject with line breaks in it forges no second line."""
    with caplog.at_level(logging.DEBUG, logger="session440"):
        log(Event("ended", 0, subject="eve\nlogin started subject='admin'", policy="p\r\nq"))
    assert caplog.records[0].getMessage().splitlines() == [caplog.records[0].getMessage()]


def test_no_secret_is_logged(caplog, clock):
    """Neither a key nor a whole ticket id nor a cookie."""
    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, **OPTIONS)
    with caplog.at_level(logging.DEBUG):
        cookies = Call(app, "/callback").cookies()
        clock.advance(1200)
        Call(app, "/plain", cookies)
        Call(app, "/plain", {"login440": "forged.value"})
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert text.count("\n") == 2
    ticket = app.engine.signer.loads(cookies["login440"])
    for secret in (SECRET, ticket.id, cookies["login440"], "forged.value"):
        assert secret not in text


def test_listener_gets_every_event(clock):
    events = []
    app = Session440Middleware(
        TicketApp(), secret_key=SECRET, clock=clock, on_event=events.append, **OPTIONS
    )
    cookies = Call(app, "/callback").cookies()
    clock.advance(60)
    cookies |= Call(app, "/plain", cookies).cookies()
    Call(app, "/logout", cookies)
    assert [event.kind for event in events] == ["started", "renewed", "ended"]
    assert [event.at for event in events] == [clock.now - 60, clock.now, clock.now]
    assert {event.subject for event in events} == {"alice"}
    assert len({event.ticket_id for event in events}) == 1
    with pytest.raises(AttributeError):
        events[0].kind = "other"


def test_events_tell_all_that_is_known(clock):
    """Whose login, under which policy, how idle and how old, and on which host."""
    events = []
    app = Session440Middleware(
        TicketApp(), secret_key=SECRET, clock=clock, on_event=events.append, **OPTIONS
    )
    cookies = Call(app, "/callback").cookies()
    clock.advance(1200)
    Call(app, "/plain", cookies)
    Call(app, "/plain", {"login440": "forged"})
    _, ended, refused = events
    here = app.engine.node
    assert (ended.cause, ended.policy, ended.idle, ended.age) == ("idle", "default", 1200, 1200)
    assert (ended.node, ended.here, ended.enforced) == (here, here, True)
    assert (refused.kind, refused.here, refused.reason) == ("refused", here, "not authentic")
