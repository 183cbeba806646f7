"""docs/recipes/polling.md: each mark, on a real server, and each script in a real browser."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import flask
import pytest
from django.test import override_settings
from django_logins import IDLE, logged_in
from serving import serve

from session440.flask import Session440

PAGE = (Path(__file__).parent.parent / "docs/recipes/polling.md").read_text()
BLOCKS = dict(re.findall(r"^With `?(\w+)[^\n]*:\n\n```\w+\n(.*?)\n```", PAGE, re.M | re.S))
FLASK, DJANGO = re.findall(r"```python\n(.*?)```", PAGE, re.S)
LIBRARIES = {"axios": "axios/dist/axios.js", "jQuery": "jquery/dist/jquery.js"}
LIBRARIES |= {"htmx": "htmx.org/dist/htmx.js"}


def test_every_block_is_run():
    assert list(BLOCKS) == ["fetch", "axios", "htmx", "jQuery"]
    assert PAGE.count("```") == 2 * (len(BLOCKS) + 2)


def run(source: str, name: str, **names) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(names)
    exec(source, vars(module))
    return module


def stays(clock, ask) -> bool:
    """Return whether *ask*, again and again, keeps somebody logged in."""
    for _ in range(3):
        clock.advance(IDLE / 3)
        status = ask()
    return status != 440


# --- on the server


@pytest.mark.parametrize(
    ("method", "page", "is_active"),
    [
        ("GET", "/unread", False),
        ("GET", "/job", False),
        ("POST", "/job", True),
        ("GET", "/dashboard", False),
    ],
)
def test_flask(clock, method, page, is_active):
    with_clock = 'app.config["SESSION440_CLOCK"] = clock\nSession440(app)'
    source = FLASK.replace("Session440(app)", with_clock)
    client = run(source, "polling_flask", clock=clock).app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = "alice"
    client.post("/job")
    assert stays(clock, lambda: client.open(page, method=method).status_code) is is_active


@pytest.mark.parametrize("page", ["/unread", "/messages"])
def test_django(clock, page):
    urls = run(DJANGO, "polling_django").__name__
    with override_settings(ROOT_URLCONF=urls, SESSION440={"CLOCK": clock}):
        client = logged_in()
        client.get(page)
        assert not stays(clock, lambda: client.get(page).status_code)


# --- in the script


@pytest.fixture
def site(clock, npm_packages):
    """A page with one of the scripts, and what it asks for."""
    app = flask.Flask(__name__)
    app.secret_key = "a long random text for this test"
    app.config["SESSION440_CLOCK"] = clock
    Session440(app)
    app.asked = []

    @app.get("/login")
    def login():
        flask.session["user_id"] = "alice"
        return "in"

    @app.get("/inbox")
    def inbox():
        app.asked.append(flask.request.headers.get("Session440-Passive"))
        return "3"

    @app.get("/library/<name>")
    def library(name):
        return flask.send_file(npm_packages / LIBRARIES[name])

    @app.get("/page/<name>")
    def page(name):
        block, library = BLOCKS[name], f'<script src="/library/{name}"></script>'
        script = block if name == "htmx" else f"<script>{block}</script>"
        return f"<!doctype html>{library if name in LIBRARIES else ''}<body>{script}</body>"

    with serve(app) as url:
        app.url = url
        yield app


def polled(page, site, times: int) -> None:
    """Let the page's own time pass until it has asked so many times more."""
    for _ in range(times):
        with page.expect_response("**/inbox"):
            page.clock.run_for(5000)


@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_a_script_that_polls(chromium, site, clock, name):
    context = chromium.new_context()
    context.clock.install()
    page = context.new_page()
    page.goto(f"{site.url}/login")
    page.goto(f"{site.url}/page/{name}")
    for _ in range(3):
        polled(page, site, 1)
        clock.advance(IDLE / 3)
    assert site.asked == ["?1"] * 3
    polled(page, site, 2)
    assert len(site.asked) == 3  # the 440 met the others
    answer = page.goto(f"{site.url}/page/{name}")
    assert (answer.status, answer.headers["session440-cause"]) == (440, "idle")
    context.close()
