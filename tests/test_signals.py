"""Signals of what happens to logins: Blinker's in Flask, Django's own in Django."""

from __future__ import annotations

import gc
import logging
import weakref
from contextlib import ExitStack, contextmanager

import flask
import pytest
from browser import Browser
from clock import FakeClock
from django.test import Client, override_settings
from sites import SECRET, DjangoSite, FlaskSite, flask_app
from spying import SpyStore

from session440 import Engine
from session440.django import events as django_signals
from session440.django import get_engine
from session440.flask import Session440
from session440.flask import signals as flask_signals

NAMES = {
    "started": "login_started",
    "confirmed": "login_confirmed",
    "renewed": "login_renewed",
    "ended": "login_ended",
    "revoked": "login_revoked",
    "refused": "ticket_refused",
    "step_up": "step_up_asked",
    "store_down": "store_down",
    "store_up": "store_up",
    "store_debt_lost": "store_debt_lost",
    "former_scope": "former_scope",
}
MODULES = {"flask": flask_signals, "django": django_signals}


@pytest.fixture(params=[FlaskSite, DjangoSite], ids=lambda kind: kind.name)
def kind(request):
    return request.param


@contextmanager
def connected(signal, receiver):
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


@pytest.fixture
def connect():
    """Connect a receiver until the end of the test: ``connect(signal, receiver)``."""
    with ExitStack() as stack:
        yield lambda signal, receiver: stack.enter_context(connected(signal, receiver))


@pytest.fixture
def heard(kind, connect):
    """What each signal of the site's framework was sent with: its name, the sender, the event."""
    told = []

    def listen(name):
        def receive(sender, event, **kwargs):
            told.append((name, sender, event))

        connect(getattr(MODULES[kind.name], name), receive)

    for name in NAMES.values():
        listen(name)
    return told


def live(site, spy):
    """Have everything happen to a login that can."""
    browser = site.logged_in()
    site.clock.advance(60)
    browser.navigate("/")
    browser.request("GET", "/", cookie=f"{site.ticket}=forged")
    site.clock.advance(540)
    browser.get("/vault")
    browser.post("/confirm")
    (login,) = site.engine.logins(site.subject_of("alice"))
    site.engine.revoke(login.id)
    browser.navigate("/")
    site.log_in(browser)
    browser.post("/logout")
    spy.is_out = True
    for _ in range(2):
        site.log_in(browser)
        browser.post("/logout")
    site.log_in(browser)
    spy.is_out = False
    browser.navigate("/")
    signer = site.engine.signer
    ticket = signer.loads(browser.cookies[site.ticket])
    browser.cookies[site.ticket] = signer.dumps(ticket._replace(path="/former"))
    site.clock.advance(1200)
    browser.navigate("/")


def test_each_kind_of_event_has_its_signal(open_site, kind, heard):
    spy = SpyStore()
    site = open_site(kind, store=spy, renew_interval=60, store_debts=1)
    live(site, spy)
    assert {each.kind for each in site.events} == set(NAMES)
    assert [(name, event) for name, _, event in heard] == [
        (NAMES[each.kind], each) for each in site.events
    ]
    sender = site.app if kind is FlaskSite else Engine
    assert {sender for _, sender, _ in heard} == {sender}


def test_signals_are_called_the_same_in_both():
    for module in MODULES.values():
        assert {kind: getattr(module, name) for kind, name in NAMES.items()} == module.SIGNALS


def test_a_signal_comes_beside_the_log(open_site, kind, heard, caplog):
    from session440.events import log

    site = open_site(kind, on_event=log)
    with caplog.at_level(logging.DEBUG, logger="session440"):
        site.logged_in()
    assert [record.getMessage() for record in caplog.records if record.name == "session440"] == [
        str(event) for _, _, event in heard
    ]


def test_a_receiver_that_raises_breaks_no_request(open_site, kind, connect, caplog):
    def fail(sender, **kwargs):
        raise RuntimeError("the receiver's own fault")

    connect(MODULES[kind.name].login_started, fail)
    site = open_site(kind)
    browser = site.logged_in()
    assert browser.navigate("/").status == 200
    assert [each.kind for each in site.events] == ["started"]
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.name == {"flask": "session440", "django": "django.dispatch"}[kind.name]
    assert "the receiver's own fault" in record.exc_text


# --- Flask


def test_a_receiver_sees_the_requests_own_context(clock, connect):
    app = flask_app(clock, [])
    app.before_request(lambda: setattr(flask.g, "mark", "of this request"))
    seen = []

    connect(
        flask_signals.login_started,
        lambda sender, event: seen.append((flask.request.path, flask.g.mark)),
    )
    app.test_client().get("/callback")
    assert seen == [("/callback", "of this request")]


def test_a_receiver_has_the_app_outside_of_requests(clock, connect):
    """A revocation in a script, or in a thread of its own."""
    app = flask_app(clock, [], store="memory:")
    seen = []
    connect(flask_signals.login_revoked, lambda sender, event: seen.append(flask.current_app.name))
    app.test_client().get("/callback")
    assert not flask.has_app_context()
    assert app.extensions["session440"].engine.revoke_all("alice") == 1
    assert seen == [app.name]
    with flask.Flask("another").app_context():
        app.test_client().get("/callback")
        app.extensions["session440"]._engine(app).revoke_all("alice")
        assert flask.current_app.name == "another"
    assert seen == [app.name] * 2


def test_a_receiver_may_listen_to_one_app_of_several():
    extension, told = Session440(), []
    apps = [flask.Flask(name) for name in ("one", "two")]
    for app in apps:
        app.secret_key = SECRET
        extension.init_app(app)
        app.add_url_rule("/in", "in", lambda: flask.session.update(user_id="alice") or "in")

    def receive(sender, event):
        told.append((sender.name, event.kind))

    flask_signals.login_started.connect(receive, apps[1])
    for app in apps:
        app.test_client().get("/in")
    assert told == [("two", "started")]


def test_where_nobody_listens_there_is_nothing_to_do(clock, connect):
    """No context is pushed to send a signal that nobody hears."""
    app, pushed = flask_app(clock, [], store="memory:"), []
    engine = app.extensions["session440"].engine
    app.test_client().get("/callback")

    def push(sender):
        pushed.append(sender)

    with flask.appcontext_pushed.connected_to(push, app):
        engine.revoke_all("alice")
        assert pushed == []
        app.test_client().get("/callback")
        pushed.clear()
        connect(flask_signals.login_revoked, lambda sender, event: None)
        engine.revoke_all("alice")
        assert pushed == [app]


def test_an_app_that_sends_signals_is_freed_with_its_last_reference(connect):
    connect(flask_signals.login_started, lambda sender, event: None)

    def run():
        app = flask_app(FakeClock(), [])
        app.test_client().get("/callback")
        return app.extensions["session440"], weakref.ref(app)

    run()  # what is imported on the way stays
    gc.collect()
    gc.disable()
    try:
        extension, app = run()
        assert app() is None
    finally:
        gc.enable()
    assert extension is not None


# --- Django


def test_override_settings_keeps_the_signals(connect, clock):
    """It builds the engine anew, and the new one sends them too."""
    told = []
    connect(django_signals.login_started, lambda sender, event, **kwargs: told.append(event))
    for policy in ({"IDLE_TIMEOUT": 600}, {"IDLE_TIMEOUT": 60}):
        with override_settings(SESSION440={"CLOCK": clock, **policy}):
            engine = get_engine()
            Client().get("/callback")
        assert get_engine() is not engine
    assert [each.subject for each in told] == [DjangoSite.subject_of(None, "alice")] * 2


def test_djangos_receivers_hear_of_an_event_though_one_of_them_raises(connect, clock):
    told = []

    def fail(sender, **kwargs):
        raise RuntimeError

    def hear(sender, signal, event, **kwargs):
        told.append((signal, event.kind))

    connect(django_signals.login_started, fail)
    connect(django_signals.login_started, hear)
    with override_settings(SESSION440={"CLOCK": clock}):
        Client().get("/callback")
    assert told == [(django_signals.login_started, "started")]


def test_a_receiver_may_write_to_the_database(open_site, connect):
    """An audit in the project's own tables."""
    from django.contrib.sessions.models import Session

    def keep(sender, event, **kwargs):
        Session.objects.create(
            session_key=f"audit-{event.ticket_id[:8]}",
            session_data=event.cause.value,
            expire_date="2027-01-15T08:00:00Z",
        )

    connect(django_signals.login_ended, keep)
    site = open_site(DjangoSite)
    browser = site.logged_in()
    site.clock.advance(1200)
    assert browser.navigate("/").status == 440
    kept = Session.objects.filter(session_key__startswith="audit-")
    assert [each.session_data for each in kept] == ["idle"]
    kept.delete()


def test_an_asynchronous_receiver_hears_too(open_site, connect):
    told = []

    async def hear(sender, event, **kwargs):
        told.append(event.kind)

    connect(django_signals.login_started, hear)
    open_site(DjangoSite).logged_in()
    assert told == ["started"]


def test_nothing_is_told_of_a_visitor(open_site, kind, heard):
    """There is no login for anything to happen to."""
    site = open_site(kind)
    Browser(site.url).navigate("/public")
    assert heard == []
