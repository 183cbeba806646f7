"""FastAPI: dependencies on who is logged in, and the OpenAPI document."""

from __future__ import annotations

import json
from typing import Annotated

import pytest
from asgi_apps import SECRET
from asgi_calling import ASGIBrowser, ASGICall
from asgi_sockets import ASGISocketCall, Tab, run
from fastapi import BackgroundTasks, Depends, FastAPI, Request, WebSocket

from session440 import Visit
from session440.asgi import Session440Middleware, visit_of
from session440.exceptions import ConfigurationError
from session440.fastapi import current_login, recent_login, responses

Login = Annotated[Visit, Depends(current_login)]
DONE = []


def fastapi_app(clock, **options):
    app = FastAPI(responses=responses)
    app.add_middleware(Session440Middleware, secret_key=SECRET, clock=clock, **options)

    @app.get("/login")
    async def login(request: Request):
        visit_of(request).login("alice")
        return "in"

    @app.get("/me")
    async def me(login: Login):
        return login.subject

    @app.get("/open/me")
    def open_me(login: Login):
        return login.subject

    @app.get("/vault", dependencies=[Depends(recent_login("1m"))])
    async def vault():
        return "open"

    @app.get("/background")
    async def background(tasks: BackgroundTasks, login: Login):
        tasks.add_task(lambda: DONE.append(login.subject))
        return "soon"

    @app.websocket("/ws")
    async def ws(socket: WebSocket, login: Login):
        await socket.accept()
        await socket.send_text(login.subject)
        async for text in socket.iter_text():
            await socket.send_text(text)

    return app


@pytest.fixture
def browser(clock):
    return ASGIBrowser(fastapi_app(clock, public=["/open/*"]))


def test_who_is_logged_in_is_a_dependency(browser):
    browser.page("/login")
    assert json.loads(browser.call("/me").body) == "alice"


def test_a_visitor_is_answered_401(browser):
    call = browser.call("/me")
    assert (call.status, json.loads(call.body)) == (401, {"detail": "log in first"})


def test_a_login_that_has_ended_is_answered_440(browser, clock):
    browser.page("/login")
    clock.advance(1200)
    call = browser.call("/me")
    assert (call.status, call.header("content-type")) == (440, "application/problem+json")


def test_on_a_path_that_is_open_to_anyone_it_answers_as_to_a_visitor(browser, clock):
    """As a view in Flask or Django does that finds nobody there."""
    browser.page("/login")
    clock.advance(1200)
    call = browser.call("/open/me")
    assert (call.status, call.header("Session440-Cause")) == (401, None)


def test_a_recent_login_is_a_dependency(browser, clock):
    browser.page("/login")
    assert json.loads(browser.call("/vault").body) == "open"
    clock.advance(60)
    assert browser.call("/vault").status == 401
    assert json.loads(browser.call("/me").body) == "alice"


def test_a_duration_that_is_none_is_refused_at_the_start():
    with pytest.raises(ConfigurationError, match="within"):
        recent_login("soon")


def test_a_background_task_knows_who_it_was_for(browser):
    browser.page("/login")
    DONE.clear()
    browser.call("/background")
    assert DONE == ["alice"]


def test_the_document_says_what_a_440_is(browser):
    document = json.loads(browser.call("/openapi.json").body)
    answer = document["paths"]["/me"]["get"]["responses"]["440"]
    (kind,) = answer["content"]
    assert kind == "application/problem+json"


def test_the_document_is_what_is_answered(browser, clock):
    """Each member of the answer is described, and each that is required is there."""
    browser.page("/login")
    clock.advance(1200)
    problem = json.loads(browser.call("/me").body)
    (content,) = responses[440]["content"].values()
    schema = content["schema"]
    assert problem.keys() <= schema["properties"].keys() | {"relogin_url"}
    assert set(schema["required"]) <= problem.keys()


def test_a_socket_is_for_who_is_logged_in(clock):
    async def test():
        app = fastapi_app(clock)
        visitor = await ASGISocketCall(app).open()
        await visitor.done()
        assert visitor.types[-1] == "close"
        tab = Tab(app)
        await tab.ask("/login")
        socket = await ASGISocketCall(app, cookies=tab.cookies).open()
        await socket.until(lambda: len(socket.messages) == 2)
        assert socket.messages[1]["text"] == "alice"
        clock.advance(1200)
        socket.say("still there?")
        await socket.done()
        assert socket.closed == [(4440, "idle")]

    run(test)


def test_a_sync_endpoint_runs_in_a_thread_as_before(browser):
    browser.page("/login")
    assert json.loads(browser.call("/open/me").body) == "alice"


def test_without_the_middleware_the_error_says_so():
    app = FastAPI()

    @app.get("/me")
    async def me(login: Login):
        return login.subject

    with pytest.raises(RuntimeError, match="not wrapped in Session440Middleware"):
        ASGICall(app, "/me").run()
