"""Events, and what they become: log lines, JSON, OpenTelemetry's records; who is told of them."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue

import pytest
from calling import Call
from sites import OPTIONS, SECRET, TicketApp
from spying import SpyStore

from session440 import Cause
from session440.events import Event, JSONFormatter, log
from session440.wsgi import Session440Middleware

LOST = Event(
    "ended", 1_800_000_000, Cause.LOST, "alice", "0123456789", "kiosk", 3.5, 60.25, "aa", "bb"
)
HOSTILE = [
    "two\nlines",
    "a\r\nb",
    "\u2028\u2029\x85\x0b\x0c",
    '"}{',
    "\x00\x1b[2J",
    "\ud800",
    "é" * 9000,
]


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
    """Ended is INFO, lost WARNING, the rest DEBUG; the facts ride along."""
    with caplog.at_level(logging.DEBUG, logger="session440"):
        log(event)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("session440", level)
    assert text in record.getMessage()
    assert {each: vars(record)[each] for each in event.attributes} == event.attributes


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
    assert [event.idle for event in events] == [0, 60, 0]  # for how long it was not seen
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


def every_event(clock):
    """What a site tells in a login's life, a stranger's cookies and an outage included."""
    events, store = [], SpyStore()
    app = Session440Middleware(
        TicketApp(),
        secret_key=SECRET,
        clock=clock,
        on_event=events.append,
        store=store,
        **OPTIONS,
    )
    cookies = Call(app, "/callback").cookies()
    clock.advance(60)
    cookies |= Call(app, "/plain", cookies).cookies()
    app.engine.revoke(app.engine.logins("alice")[0].id)
    Call(app, "/plain", cookies | {"login440": "forged"})
    Call(app, "/plain", cookies)
    store.is_out = True
    cookies = Call(app, "/callback").cookies()
    store.is_out = False
    Call(app, "/plain", cookies)
    clock.advance(1200)
    Call(app, "/plain", cookies)
    assert {each.kind for each in events} == {
        *("started", "renewed", "ended", "revoked", "refused", "store_down", "store_up")
    }
    return events


# --- JSON


@pytest.fixture
def written():
    """What the logger writes as JSON."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JSONFormatter())
    with listening(handler):
        yield output


@contextmanager
def listening(handler):
    """Have *handler* hear of everything that session440 logs."""
    logger = logging.getLogger("session440")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)


def test_json_says_all_that_is_known(written):
    log(LOST)
    assert json.loads(written.getvalue()) == {
        "level": "WARNING",
        "logger": "session440",
        "headline": "login ended",
        "kind": "ended",
        "at": "2027-01-15T08:00:00.000+00:00",
        "cause": "lost",
        "subject": "alice",
        "ticket_id": "0123456789",
        "policy": "kiosk",
        "idle": 3.5,
        "age": 60.25,
        "node": "aa",
        "here": "bb",
        "enforced": True,
    }


def test_json_tells_every_event_of_a_site(written, clock):
    events = every_event(clock)
    for each in events:
        log(each)
    told = [json.loads(line) for line in written.getvalue().splitlines()]
    for event, line in zip(events, told, strict=True):
        assert event.facts.items() <= line.items()


@pytest.mark.parametrize("subject", HOSTILE, ids=ascii)
def test_json_is_one_line_whoever_logs_in(written, subject):
    log(Event("ended", 0, subject=subject, policy=subject))
    line = written.getvalue()
    assert len(line.splitlines()) == 1
    assert line.isascii()
    assert json.loads(line)["subject"] == subject


def test_json_of_other_records_has_their_message_and_exception(written):
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("session440.elsewhere").exception("it went %s", "wrong\nagain")
    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"]) == ("ERROR", "session440.elsewhere")
    assert told["message"].startswith("it went wrong\nagain\nTraceback")
    assert told["message"].endswith("ValueError: two\nlines")
    assert told["at"].endswith("+00:00")
    assert len(told["at"]) == len("2027-01-15T08:00:00.000+00:00")


def test_json_survives_a_queue(written):
    """A queue's handler makes text of a record's arguments, so that it can be sent on."""
    queue, output = SimpleQueue(), io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(JSONFormatter())
    listener = QueueListener(queue, handler)
    with listening(QueueHandler(queue)):
        listener.start()
        log(LOST)
        listener.stop()
    assert output.getvalue() == written.getvalue()


def test_json_is_set_up_by_a_dictionary(tmp_path):
    """As Django's LOGGING, and Flask's dictConfig, give it."""
    path = tmp_path / "events.jsonl"
    handler = {"class": "logging.FileHandler", "filename": path, "formatter": "json"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "session440.events.JSONFormatter"}},
            "handlers": {"events": handler},
            "loggers": {"session440": {"handlers": ["events"], "level": "INFO"}},
        }
    )
    logger = logging.getLogger("session440")
    try:
        log(LOST)
        log(Event("renewed", 0))  # DEBUG
    finally:
        logger.handlers.pop().close()
        logger.setLevel(logging.NOTSET)
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["cause"] == "lost"


# --- OpenTelemetry


def test_attributes_are_plain_values_in_one_namespace(clock):
    for event in [*every_event(clock), LOST]:
        for name, value in event.attributes.items():
            assert name.startswith("session440.")
            assert type(value) in (str, bool, int, float), name


def test_opentelemetry_takes_the_records_without_a_complaint(clock, caplog):
    """Its own handler and SDK; an attribute of another type would be logged as invalid."""
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

    exporter, provider = InMemoryLogRecordExporter(), LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    events = every_event(clock)
    with listening(LoggingHandler(logger_provider=provider)):
        for each in events:
            log(each)
    provider.shutdown()
    records = [each.log_record for each in exporter.get_finished_logs()]
    assert [each.body for each in records] == [str(each) for each in events]
    for event, record in zip(events, records, strict=True):
        assert {k: v for k, v in record.attributes.items() if "session440" in k} == event.attributes
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]


def test_a_span_takes_an_event_and_its_attributes(clock, caplog):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from opentelemetry.trace import get_current_span

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, **OPTIONS)
    app.engine.listen(lambda event: get_current_span().add_event(event.headline, event.attributes))
    with provider.get_tracer("a site").start_as_current_span("GET /callback"):
        Call(app, "/callback")
    provider.shutdown()
    (span,) = exporter.get_finished_spans()
    (told,) = span.events
    assert told.name == "login started"
    assert told.attributes["session440.subject"] == "alice"
    assert not [each for each in caplog.records if each.name.startswith("opentelemetry")]


# --- listeners


@pytest.fixture
def app(clock):
    return Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, **OPTIONS)


def test_listeners_hear_beside_the_log_and_each_other(app, caplog):
    first, second = [], []
    app.engine.listen(first.append)
    app.engine.listen(second.append)
    with caplog.at_level(logging.DEBUG, logger="session440"):
        Call(app, "/callback")
    assert [each.kind for each in first] == ["started"]
    assert first == second
    assert [record.getMessage() for record in caplog.records] == [str(first[0])]


def test_a_listener_that_raises_breaks_nothing(app, caplog):
    """Neither the request nor the listeners after it; the log says where."""
    heard = []
    app.engine.listen(lambda event: 1 / 0)
    app.engine.listen(heard.append)
    call = Call(app, "/callback")
    assert call.status == "302 FOUND"
    assert "login440" in call.cookies()
    assert len(heard) == 1
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("session440", "ERROR")
    assert "ZeroDivisionError" in record.exc_text
    assert not {name for name in vars(record) if name.startswith("session440")}


def test_what_on_event_raises_is_the_sites_own_affair(clock):
    """Who replaces the log may want an audit that fails loudly."""
    app = Session440Middleware(
        TicketApp(), secret_key=SECRET, clock=clock, on_event=lambda event: 1 / 0, **OPTIONS
    )
    with pytest.raises(ZeroDivisionError):
        Call(app, "/callback")
