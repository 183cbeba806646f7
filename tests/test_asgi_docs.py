"""What docs/asgi.md shows works as it is pasted."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from asgi_calling import ASGIBrowser
from asgi_sockets import ASGISocketCall
from clock import FakeClock

PAGE = (Path(__file__).parent.parent / "docs" / "asgi.md").read_text()
STARLETTE, FASTAPI, QUART, LITESTAR, FOLLOWED, BARE, MOUNTED, SOCKET = re.findall(
    r"```python\n(.*?)```", PAGE, re.DOTALL
)
KEY = 'secret_key="a long random text"'


def run(source: str, clock: FakeClock) -> dict:
    """Run an example as it is, but that a test may move its clock."""
    assert source.count(KEY) == 1
    module = sys.modules["asgi_page"] = ModuleType("asgi_page")  # Litestar looks for it there
    vars(module)["clock"] = clock
    try:
        exec(source.replace(KEY, f"{KEY}, clock=clock"), vars(module))
    finally:
        del sys.modules["asgi_page"]
    return vars(module)


def logged_in(source: str, clock: FakeClock, status: int = 303) -> ASGIBrowser:
    browser = ASGIBrowser(run(source, clock)["app"])
    assert browser.page("/login", "POST").status == status
    assert browser.cookies
    told = browser.call("/session440/status")
    assert json.loads(told.body)["state"] == "active"
    return browser


EXAMPLES = {
    "Starlette": (STARLETTE, "/"),
    "FastAPI": (FASTAPI, "/me"),
    "Quart": (QUART, "/"),
    "Litestar": (LITESTAR, "/"),
    "Litestar's session": (FOLLOWED, "/"),
    "bare": (BARE, "/"),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_440_leads_to_a_login_page_and_back(example, clock):
    """People follow the link that the 440 shows, so that it must not be answered 404 or 405."""
    source, page = EXAMPLES[example]
    browser = logged_in(source, clock)
    clock.advance(3600)
    ended = browser.call(page)
    assert ended.status == 440
    link = json.loads(ended.body)["login_url"]
    form = browser.page(link)
    assert (form.status, b"<form method=post>" in form.body) == (200, True)
    assert "text/html" in form.header("content-type")
    back = browser.page(link, "POST")
    assert (back.status, back.header("location")) == (303, page)
    assert b"hello alice" in browser.page(page).body


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/news?page=2", "/news?page=2"),
        ("//evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("/%09/evil.example", "/"),
        ("https://evil.example", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_leads_to_no_other_site(target, found, clock):
    browser = ASGIBrowser(run(STARLETTE, clock)["app"])
    link = f"/login?next={target.replace('?', '%3F')}"
    assert browser.page(link, "POST").header("location") == found


def test_starlette(clock):
    browser = logged_in(STARLETTE, clock)
    assert set(browser.cookies) == {"session", "session440"}
    assert browser.page("/").body.startswith(b"hello alice, until 20")


def test_fastapi(clock):
    browser = logged_in(FASTAPI, clock)
    assert browser.call("/me").body == b'"hello alice"'
    assert browser.call("/vault").status == 200
    browser.cookies.clear()
    assert browser.call("/me").status == 401


def test_quart(clock):
    assert set(logged_in(QUART, clock).cookies) == {"login440"}


def test_litestar(clock):
    assert set(logged_in(LITESTAR, clock).cookies) == {"login440"}


def test_litestars_own_session(clock):
    browser = logged_in(FOLLOWED, clock)
    assert set(browser.cookies) == {"session", "session440"}


def test_a_bare_app(clock):
    assert logged_in(BARE, clock).page("/").body == b"hello alice"


def test_a_mounted_app():
    made: dict = {}
    exec(MOUNTED, made)
    assert made["mounted"].exception_handlers


def test_a_socket_hears_who_types(clock):
    browser = logged_in(SOCKET, clock, 200)

    async def typed():
        call = await ASGISocketCall(browser.app, "/typing", browser.cookies).open()
        call.say("good morning")
        await call.until(lambda: len(call.messages) == 2)
        call.leave()
        await call.task
        return json.loads(call.messages[1]["text"])

    assert asyncio.run(typed()) == {"text": "good morning", "extend": True}


def test_a_socket_of_a_visitor_is_refused(clock):
    app = run(SOCKET, clock)["app"]

    async def refused():
        call = await ASGISocketCall(app, "/typing").open()
        return call.messages[0]["type"]

    assert asyncio.run(refused()) == "websocket.close"
