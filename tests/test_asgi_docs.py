"""What docs/asgi.md shows works as it is pasted."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType

from asgi_calling import ASGIBrowser

PAGE = (Path(__file__).parent.parent / "docs" / "asgi.md").read_text()
STARLETTE, FASTAPI, QUART, LITESTAR, FOLLOWED, BARE, MOUNTED = re.findall(
    r"```python\n(.*?)```", PAGE, re.DOTALL
)


def run(source: str) -> dict:
    module = sys.modules["asgi_page"] = ModuleType("asgi_page")  # Litestar looks for it there
    try:
        exec(source, vars(module))
    finally:
        del sys.modules["asgi_page"]
    return vars(module)


def logged_in(source: str, method: str = "POST") -> ASGIBrowser:
    browser = ASGIBrowser(run(source)["app"])
    assert browser.page("/login", method).status in (200, 201)
    assert browser.cookies
    status = browser.call("/session440/status")
    assert json.loads(status.body)["state"] == "active"
    return browser


def test_starlette():
    browser = logged_in(STARLETTE)
    assert set(browser.cookies) == {"session", "session440"}
    assert browser.page("/").body.startswith(b"hello alice, until 20")


def test_fastapi():
    browser = logged_in(FASTAPI)
    assert browser.call("/me").body == b'"hello alice"'
    assert browser.call("/vault").status == 200
    browser.cookies.clear()
    assert browser.call("/me").status == 401


def test_quart():
    assert set(logged_in(QUART).cookies) == {"login440"}


def test_litestar():
    assert set(logged_in(LITESTAR).cookies) == {"login440"}


def test_litestars_own_session():
    browser = logged_in(FOLLOWED)
    assert set(browser.cookies) == {"session", "session440"}


def test_a_bare_app():
    assert logged_in(BARE, "GET").page("/").body == b"hello alice"


def test_a_mounted_app():
    assert run(MOUNTED)["mounted"].exception_handlers
