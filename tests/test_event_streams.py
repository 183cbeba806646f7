"""A stream of events ends with the login under which it was opened, and says why."""

from __future__ import annotations

import json
import queue
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread

import flask
import pytest
from calling import Call
from clock import START
from live_site import Still
from redis_servers import wait_until
from serving import serve
from wsgi_apps import IDLE, logged_in, wrap

from session440.flask import Session440
from session440.live import logins as live_logins
from session440.stores import MemoryStore
from session440.wsgi import visit_of

STREAM = ("Content-Type", "text/event-stream; charset=utf-8")


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


class Body:
    """What an app streams: each chunk once a test asks for it."""

    def __init__(self, chunks, before=lambda chunk: None):
        self.chunks, self.before = iter(chunks), before
        self.given, self.closed = [], 0

    def __iter__(self):
        return self

    def __next__(self):
        chunk = next(self.chunks)
        self.before(chunk)
        self.given.append(chunk)
        return chunk

    def close(self):
        self.closed += 1


class WSGIStream:
    """A WSGI app that streams *body*."""

    def __init__(self, clock, body, status="200 OK", headers=(STREAM,), **options):
        def app(environ, start_response):
            path = environ["PATH_INFO"]
            if path == "/login":
                visit_of(environ).login("alice")
            elif path == "/logout":
                visit_of(environ).logout()
            else:
                start_response(status, list(headers))
                return body
            start_response("200 OK", [])
            return []

        self.app = wrap(app, clock, **options)
        self.engine = self.app.engine
        self.cookies = logged_in(self.app)

    def stream(self, **environ):
        self.call = Call(self.app, "/stream", self.cookies, **environ)
        return self.call.iterable

    def log_out(self):
        Call(self.app, "/logout", self.cookies).body()


class FlaskStream:
    """A Flask app that streams *body*."""

    def __init__(self, clock, body, status="200 OK", headers=(STREAM,), **options):
        app = flask.Flask(__name__)
        app.config |= {"SECRET_KEY": "a long random text", "SESSION440_CLOCK": clock}
        app.config |= {f"SESSION440_{name.upper()}": value for name, value in options.items()}
        self.extension = Session440(app)

        @app.get("/login")
        def login():
            flask.session["user_id"] = "alice"
            return "in"

        @app.get("/logout")
        def logout():
            flask.session.clear()
            return "out"

        @app.get("/stream")
        def stream():
            return flask.Response(body, status, headers=list(headers))

        self.client = app.test_client()
        self.client.get("/login")
        self.app = app

    @property
    def engine(self):
        with self.app.app_context():
            return self.extension.engine

    def stream(self):
        return _Iterable(self.client.get("/stream", buffered=False))

    def log_out(self):
        self.client.get("/logout")


class _Iterable:
    def __init__(self, response):
        self.response, self.chunks = response, response.iter_encoded()

    def __iter__(self):
        return self.chunks

    def close(self):
        self.response.close()


@pytest.fixture(params=[WSGIStream, FlaskStream], ids=["wsgi", "flask"])
def kind(request):
    return request.param


def event_in(chunk: bytes):
    """Return what a browser reads of our event."""
    *_, event = chunk.decode().rstrip("\n").split("\n\n")
    name, data = event.split("\n")
    assert name == "event: session440"
    assert chunk.endswith(b"\n\n")
    return json.loads(data.removeprefix("data: "))


# --- the end


def test_nothing_of_the_apps_is_sent_after_the_end_and_the_last_event_says_why(kind, clock):
    body = Body([b"data: 1\n\n", b"data: 2\n\n", b"data: secret\n\n"])
    site = kind(clock, body)
    iterable = site.stream()
    chunks = iter(iterable)
    assert next(chunks) == b"data: 1\n\n"
    clock.advance(IDLE - 121)
    assert next(chunks) == b"data: 2\n\n"
    clock.advance(121)
    last = event_in(next(chunks))
    assert (last["status"], last["cause"], last["title"]) == (440, "idle", "Login Timeout")
    assert last["login_url"].startswith("/login")
    assert last["detail"] == "You were signed out after 20 minutes without activity."
    assert next(chunks, None) is None
    assert body.given == [b"data: 1\n\n", b"data: 2\n\n"]
    assert body.closed == 0
    iterable.close()
    assert body.closed == 1
    assert len(site.engine.live._table) == 0


def test_what_the_app_had_waited_for_beyond_the_end_is_not_sent(kind, clock):
    body = Body([b"data: late\n\n"], before=lambda chunk: clock.advance(IDLE))
    chunks = iter(kind(clock, body).stream())
    assert event_in(next(chunks))["cause"] == "idle"
    assert next(chunks, None) is None


def test_an_app_that_ends_because_its_login_has_ended_has_the_last_event_sent(kind, clock):
    chunks = iter(kind(clock, Body([b"data: 1\n\n"])).stream())
    next(chunks)
    clock.advance(IDLE)
    assert event_in(next(chunks))["cause"] == "idle"


def test_a_stream_that_ends_by_itself_ends_as_it_did(kind, clock):
    iterable = kind(clock, Body([b"data: 1\n\n"])).stream()
    assert list(iterable) == [b"data: 1\n\n"]
    iterable.close()


def test_a_logout_ends_the_stream_with_no_cause(kind, clock):
    site = kind(clock, Body([b"data: 1\n\n", b"data: 2\n\n"]))
    chunks = iter(site.stream())
    next(chunks)
    site.log_out()
    last = event_in(next(chunks))
    assert (last["status"], last.get("cause")) == (440, None)
    assert last["detail"] == "You have been signed out"


def test_a_revoked_login_ends_its_stream(kind, clock):
    site = kind(clock, Body([b"data: 1\n\n", b"data: 2\n\n"]), store=MemoryStore())
    chunks = iter(site.stream())
    next(chunks)
    site.engine.revoke_all("alice")
    assert event_in(next(chunks))["cause"] == "revoked"


def test_an_end_in_the_middle_of_an_event_is_an_event_of_its_own(kind, clock):
    chunks = iter(kind(clock, Body([b"data: half", b" and half\n\n"])).stream())
    assert next(chunks) == b"data: half"
    clock.advance(IDLE)
    last = next(chunks)
    assert last.startswith(b"\n\nevent: session440\n")
    assert event_in(last)["cause"] == "idle"


def test_a_stream_of_text_is_checked_too(clock):
    site = FlaskStream(clock, Body(["data: é\n\n", "data: 2\n\n"]))
    chunks = iter(site.stream())
    assert next(chunks) == "data: é\n\n".encode()
    clock.advance(IDLE)
    assert event_in(next(chunks))["cause"] == "idle"


# --- the warning


def test_the_warning_comes_once_with_the_next_chunk(kind, clock):
    body = Body([b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"])
    site = kind(clock, body)
    chunks = iter(site.stream())
    next(chunks)
    clock.advance(IDLE - 100)
    site.engine.live.tick(clock())
    chunk = next(chunks)
    warning, _, rest = chunk.partition(b"data: 2")
    state = event_in(warning)
    assert (state["state"], state["expires_in"], state["warn_before"]) == ("active", 100, 120)
    assert rest == b"\n\n"
    assert next(chunks) == b"data: 3\n\n"


def test_a_warning_never_stands_within_an_event(kind, clock):
    body = Body([b"data: half", b" and half\n\n", b"data: 2\n\n"])
    site = kind(clock, body)
    chunks = iter(site.stream())
    next(chunks)
    clock.advance(IDLE - 100)
    site.engine.live.tick(clock())
    assert next(chunks) == b" and half\n\n"
    assert event_in(next(chunks).partition(b"data: 2")[0])["state"] == "active"


# --- what is left as it is


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK", [("Content-Type", "text/plain")]),
        ("206 Partial Content", [STREAM]),
        ("200 OK", [STREAM, ("Content-Length", "27")]),
    ],
)
def test_other_answers_are_left_as_they_are(kind, clock, status, headers):
    chunks = [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
    site = kind(clock, Body(chunks, before=lambda chunk: clock.advance(IDLE)), status, headers)
    iterable = site.stream()
    assert list(iterable) == chunks
    iterable.close()
    assert not site.engine.live.is_watching


def test_a_visitors_stream_goes_on(kind, clock):
    body = Body([b"data: 1\n\n", b"data: 2\n\n"], before=lambda chunk: clock.advance(IDLE))
    site = kind(clock, body)
    site.log_out()
    site.cookies = {}
    assert list(site.stream()) == [b"data: 1\n\n", b"data: 2\n\n"]


def test_nothing_ends_in_report_mode(kind, clock):
    body = Body([b"data: 1\n\n", b"data: 2\n\n"], before=lambda chunk: clock.advance(IDLE))
    assert len(list(kind(clock, body, enforcement="report").stream())) == 2


def test_the_head_of_a_stream_is_not_watched(clock):
    site = WSGIStream(clock, Body([]))
    site.stream(REQUEST_METHOD="HEAD")
    assert not site.engine.live.is_watching


def test_a_compressed_stream_ends_without_a_word(kind, clock):
    """Nothing can be put into it."""
    headers = [STREAM, ("Content-Encoding", "gzip")]
    chunks = iter(kind(clock, Body([b"\x1f\x8b", b"secret"]), headers=headers).stream())
    next(chunks)
    clock.advance(IDLE)
    assert next(chunks, None) is None


# --- how an app may wait


def test_a_quiet_app_that_waits_for_the_end_ends_at_once(clock):
    waited = []

    def app(environ, start_response):
        visit = visit_of(environ)
        if environ["PATH_INFO"] == "/login":
            visit.login("alice")
        start_response("200 OK", [STREAM])

        def events():
            with visit.watch() as login:
                yield b": hello\n\n"
                while not login.ended.wait(60):
                    yield b": still here\n\n"
                waited.append(login.cause)

        return events()

    wrapped = wrap(app, clock)
    first = Call(wrapped, "/login")
    first.iterable.close()
    stream, read = Call(wrapped, "/stream", first.cookies()), queue.Queue()
    reader = Thread(target=lambda: [read.put(each) for each in stream.iterable])
    reader.start()
    assert read.get(timeout=60) == b": hello\n\n"
    clock.advance(IDLE)
    wrapped.engine.live.tick(START + IDLE)
    assert event_in(read.get(timeout=60))["cause"] == "idle"
    reader.join(60)
    stream.iterable.close()
    assert len(wrapped.engine.live._table) == 0


def test_an_app_that_writes_its_stream_is_checked_too(clock):
    """By the callable that start_response returns."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            visit_of(environ).login("alice")
        write = start_response("200 OK", [STREAM])
        if environ["PATH_INFO"] == "/stream":
            write(b"data: 1\n\n")
            clock.advance(IDLE)
            write(b"data: 2\n\n")
            write(b"data: 3\n\n")
        return []

    wrapped = wrap(app, clock)
    call = Call(wrapped, "/stream", logged_in(wrapped))
    first, last = call.written
    assert first == b"data: 1\n\n"
    assert event_in(last)["cause"] == "idle"
    assert list(call.iterable) == []


def test_an_app_that_only_writes_ends_after_its_login(clock):
    """What it writes is dropped for a while; for ever would keep a thread of the server."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            visit_of(environ).login("alice")
        write = start_response("200 OK", [STREAM])
        while environ["PATH_INFO"] == "/stream":
            write(b"data: 1\n\n")
            clock.advance(IDLE)
        return []

    wrapped = wrap(app, clock)
    with pytest.raises(BrokenPipeError):
        Call(wrapped, "/stream", logged_in(wrapped))


def test_an_app_that_begins_its_answer_late_is_checked_too(clock):
    """A generator runs to its start_response only while it is iterated."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            visit_of(environ).login("alice")
        start_response("200 OK", [STREAM])
        yield b"data: 1\n\n"
        clock.advance(IDLE)
        yield b"data: 2\n\n"

    wrapped = wrap(app, clock)
    first = Call(wrapped, "/login")
    next(iter(first.iterable))
    call = Call(wrapped, "/stream", first.cookies())
    chunks = list(call.iterable)
    assert chunks[0] == b"data: 1\n\n"
    assert event_in(chunks[1])["cause"] == "idle"
    assert len(chunks) == 2
    call.iterable.close()
    assert len(wrapped.engine.live._table) == 0


# --- on a real server


def quiet(visit_of_request):
    """Return a WSGI app whose stream says hello, and waits for the end of its login."""

    def app(environ, start_response):
        visit = visit_of_request(environ)
        if environ["PATH_INFO"] == "/login":
            visit.login("alice")
            start_response("200 OK", [])
            return [b"in"]
        start_response("200 OK", [STREAM])

        def events():
            with visit.watch() as login:
                yield b"data: hello\n\n"
                while not login.ended.wait(0.1):
                    yield b": still here\n\n"

        return events()

    return app


@contextmanager
def a_stream(clock):
    """Serve such an app, and open its stream."""
    wrapped = wrap(quiet(visit_of), clock)
    with serve(wrapped) as url:
        where = url.removeprefix("http://")
        asking = HTTPConnection(where, timeout=60)
        asking.request("GET", "/login")
        cookie = asking.getresponse().getheader("Set-Cookie").partition(";")[0]
        asking.close()
        asking = HTTPConnection(where, timeout=60)
        asking.request("GET", "/events", headers={"Cookie": cookie})
        answer = asking.getresponse()
        assert answer.readline() == b"data: hello\n"
        yield wrapped.engine, answer
        answer.close()
        asking.close()
        wait_until(lambda: len(wrapped.engine.live._table) == 0)


def test_a_stream_on_a_real_server_ends_with_its_login(clock):
    with a_stream(clock) as (engine, answer):
        clock.advance(IDLE)
        engine.live.tick(clock())
        *_, name, data = answer.read().decode().strip().split("\n")
        assert name == "event: session440"
        assert json.loads(data.removeprefix("data: "))["cause"] == "idle"


def test_a_stream_whose_reader_has_gone_is_forgotten(clock):
    """The server notices that once it writes."""
    with a_stream(clock) as (engine, _):
        assert len(engine.live._table) == 1


def test_a_login_page_that_cannot_be_told_breaks_no_stream(kind, clock, caplog):
    def login_url(request):
        raise RuntimeError("no such page")

    chunks = iter(kind(clock, Body([b"data: 1\n\n"]), login_url=login_url).stream())
    assert next(chunks) == b"data: 1\n\n"
    clock.advance(IDLE)
    assert event_in(next(chunks))["login_url"] == "/login"
    assert "no such page" in caplog.text
