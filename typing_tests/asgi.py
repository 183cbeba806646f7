"""The ASGI middleware and FastAPI's dependencies, as strict type checkers see them. Never run."""

# pyright: strict

from typing import Annotated, Any

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    Scope,
)
from fastapi import Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import ASGIApp
from typing_extensions import assert_type

from session440 import Engine, Visit
from session440.asgi import Session440Middleware, answer, visit_of
from session440.exceptions import Answered
from session440.fastapi import current_login, recent_login, responses
from session440.options import ASGIOptions

KEY = "a long random text"


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Answer nothing."""


async def typed(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Answer nothing."""


# Apps of each library are taken, and the middleware is one of each

wrapped = Session440Middleware(bare, secret_key=KEY)
assert_type(wrapped.engine, Engine)
Session440Middleware(typed, secret_key=KEY)
Session440Middleware(Starlette(), secret_key=KEY, watch_cookie="sid", cookie_secure=True)
Session440Middleware(FastAPI(), secret_key=KEY, subject_key="user.sub", session_cookie="sid")
Session440Middleware(bare, secret_key=KEY, subject_key=lambda session: session.get("user"))
for_starlette: ASGIApp = wrapped
for_asgiref: ASGI3Application = wrapped

for_asgi: ASGIOptions = {"secret_key": KEY, "enforcement": "report"}
Session440Middleware(bare, **for_asgi, cookie_domain="example.org")

Starlette(middleware=[Middleware(Session440Middleware, secret_key=KEY, subject_key="user")])
Starlette().add_middleware(Session440Middleware, secret_key=KEY, idle_timeout="20m")
FastAPI(responses=responses).add_middleware(Session440Middleware, secret_key=KEY)
Starlette().add_exception_handler(Answered, answer)
Starlette(exception_handlers={Answered: answer})


async def view(request: Request) -> None:
    """Find the visit of a request."""
    assert_type(visit_of(request), Visit)


async def socket(socket: WebSocket, login: Annotated[Visit, Depends(current_login)]) -> None:
    """Find the visit of a socket, and of its scope."""
    assert_type(visit_of(socket), Visit)
    assert_type(visit_of(socket.scope), Visit)
    async with login.watch() as live:
        assert_type(live.subject, str | None)
        await live.ended.wait()


recent_login("10m")

# What is wrong is named

Session440Middleware(bare)  # error: secret_key
Session440Middleware(bare, secret_key=KEY, idle_timout=5)  # error: idle_timout
Session440Middleware(bare, secret_key=KEY, subject_key=5)  # error: subject_key
recent_login(None)  # error: None
visit_of(wrapped).login()  # error: subject
