"""The public names and their types, as strict type checkers see them. Never run."""

# pyright: strict

from datetime import datetime, timedelta
from typing import Literal

from django.http import HttpRequest, HttpResponse
from flask import Flask
from typing_extensions import assert_type

import session440.django
import session440.flask
from session440 import (
    Cause,
    ConfigurationError,
    Engine,
    LoginTimeout,
    Policy,
    Settings,
    Ticket,
    Visit,
)
from session440.django import Session440Request, get_engine
from session440.django.store import DjangoStore
from session440.events import Event
from session440.flask import Session440, current_visit
from session440.metrics import Metrics
from session440.stores import MemoryStore, Record, RedisStore, SQLStore, TicketStore, open_store
from session440.wsgi import Session440Middleware, visit_of
from typing_tests.site import app, environ

# What every request carries

visit = visit_of(environ)
assert_type(visit, Visit)
assert_type(visit.active, bool)
assert_type(visit.subject, str | None)
assert_type(visit.ticket, Ticket | None)
assert_type(visit.cause, Cause | None)
assert_type(visit.expires_at, datetime | None)
assert_type(visit.remaining, timedelta | None)
assert_type(visit.login_id, str | None)
visit.login("alice")
visit.login(5, policy="remember", not_after=1.8e9)
visit.logout()

# WSGI

wrapped = Session440Middleware(app, secret_key="a long random text")
assert_type(wrapped.engine, Engine)

# What is kept

settings = Settings(secret_key=b"32 random bytes")
assert_type(settings.policy, Policy)
assert_type(settings.idle_timeout, float | None)
assert_type(settings.evidence, float)
assert_type(settings.revalidate_interval, float)
assert_type(settings.public, tuple[str, ...])
assert_type(settings.adopt, bool | datetime)
assert_type(settings.enforcement, Literal["strict", "challenge", "report"])
assert_type(settings.max_logins, int | None)
assert_type(settings.store_debts, int)
assert_type(settings.store, TicketStore | str | None)
assert_type(Policy("20m").idle_timeout, float | None)

# Logins from elsewhere

engine = Engine(settings, "login440")
assert_type(engine.logins("alice"), list[Record])
assert_type(engine.revoke("id"), bool)
assert_type(engine.revoke_all("alice", keep=visit.login_id), int)
assert_type(engine.revoke_everybody(), int)
assert_type(engine.purge(), int)


def tell(event: Event) -> None:
    assert_type(event.cause, Cause | None)
    assert_type(event.at, float)


engine.listen(tell)
Metrics().watch(engine)

stores: list[TicketStore] = [
    MemoryStore(),
    SQLStore("sqlite:///logins.db"),
    RedisStore("redis://localhost"),
    DjangoStore(),
    open_store("memory:"),
]

# Flask

site = Flask(__name__)
extension = Session440(site)
assert_type(extension.engine, Engine)
assert_type(current_visit.subject, str | None)


@site.get("/help")
@session440.flask.public
def show_help() -> str:
    raise LoginTimeout(cause="credential", description=None)


@site.get("/news")
@session440.flask.passive
def poll() -> str:
    raise LoginTimeout(Cause.REVOKED)


# Django

assert_type(get_engine(), Engine)


@session440.django.public
def claim(request: Session440Request) -> HttpResponse:
    assert_type(request.session440, Visit)
    as_any_other: HttpRequest = request
    return HttpResponse(as_any_other.path)


@session440.django.passive
async def news(request: Session440Request) -> HttpResponse:
    return HttpResponse(request.session440.subject)


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


session440.django.Session440Middleware(answer)

try:
    Settings(enforcement="strict")
except ConfigurationError as error:
    assert_type(str(error), str)
