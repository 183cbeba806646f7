"""``LoginTimeout`` under WSGI frameworks that catch what their views raise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Call
from werkzeug.test import Client
from wsgi_apps import wrap

from session440 import LoginTimeout

PAGE = (Path(__file__).parent.parent / "docs" / "frameworks.md").read_text()
SNIPPETS = dict(re.findall(r"^## (\S+)\n.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))

#: Serves the snippet's app behind session440 and asks it as a person who is logged in. In a
#: process of its own: CherryPy takes signals and the log for itself.
ASK = """
from calling import Call
from session440.wsgi import Session440Middleware

def site(environ, start_response):
    if environ["PATH_INFO"] != "/in":
        return app(environ, start_response)
    environ["session440"].login("alice")
    start_response("200 OK", [])
    return [b""]

site = Session440Middleware(site, secret_key="a long random text for the tests")
call = Call(site, "/report", Call(site, "/in").cookies())
body = call.body()
print(call.status, call.header("Session440-Cause"), call.header("Cache-Control"))
print(call.cookies(), b"urn:problem:session440:login-timeout" in body)
"""


def last_lines(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.splitlines()[-2:] or [done.stderr]


@pytest.mark.parametrize("name", SNIPPETS)
def test_frameworks_answer_the_440_as_the_docs_say(name):
    assert last_lines(SNIPPETS[name] + ASK) == [
        "440 Login Timeout credential no-store",
        "{'login440': ''} True",
    ]


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_recent_login_is_asked_for_in_the_same_way(name):
    """With the other exception in the place of this one."""
    other = "from session440.exceptions import StepUpRequired as LoginTimeout"
    code = SNIPPETS[name].replace("from session440 import LoginTimeout", other)
    code = code.replace('LoginTimeout("credential")', "LoginTimeout(600)")
    asked = ASK.replace("login-timeout", "step-up")
    assert last_lines(code + asked) == ["401 Unauthorized None no-store", "{} True"]


def test_docs_name_four_frameworks():
    assert set(SNIPPETS) == {"Falcon", "Bottle", "CherryPy", "web.py"}


def raises_at_once(environ, start_response):
    raise LoginTimeout("credential")


def raises_after_its_status(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise LoginTimeout("credential")


def raises_later(environ, start_response):
    def stream():
        raise LoginTimeout("credential")
        yield b""

    return stream()


@pytest.mark.parametrize("app", [raises_at_once, raises_after_its_status, raises_later])
def test_exception_is_handed_to_the_server_only_in_place_of_an_answer(clock, app):
    """A test client raises what start_response is given, unless it replaces something."""
    site = wrap(app, clock)
    assert Client(wrap(raises_at_once, clock)).get("/").status == "440 Login Timeout"
    call = Call(site)
    assert b"login-timeout" in call.body()
    assert call.status == "440 Login Timeout"
