"""What the README shows works as it is pasted."""

from __future__ import annotations

import re
from pathlib import Path

from asgi_servers import serving
from browser import Browser
from calling import Call
from clock import START
from django.test import Client, override_settings

README = (Path(__file__).parent.parent / "README.md").read_text()
FLASK, DJANGO, ASGI, WSGI = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(source: str) -> dict:
    names: dict = {"__name__": "readme"}
    exec(source, names)
    return names


def test_wsgi_snippet():
    app = run(WSGI)["app"]
    cookies = Call(app, "/login").cookies()
    assert Call(app, cookies=cookies).body().startswith(b"hello alice, until 20")


def test_asgi_snippet():
    with serving("uvicorn", run(ASGI)["app"]) as url:
        browser = Browser(url)
        browser.get("/login")
        assert browser.get("/").text.startswith('"hello alice, until 20')


def test_flask_snippet():
    client = run(FLASK)["app"].test_client()
    client.get("/login")
    assert client.get("/").text.startswith("hello alice, until 20")


def test_django_snippet(clock):
    names = run(DJANGO)
    options = names["SESSION440"] | {"CLOCK": clock}
    with override_settings(MIDDLEWARE=names["MIDDLEWARE"], SESSION440=options):
        client = Client()
        client.login(username="alice", password="wonderland")
        assert client.get("/show").content == b"shown to alice"
        clock.now = START + 1200
        assert client.get("/show").status_code == 440
