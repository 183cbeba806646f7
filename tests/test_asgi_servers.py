"""The servers that other tests use: what each of them says, and that they begin and end."""

from __future__ import annotations

import threading

import pytest
from asgi_clients import http2_browsers
from asgi_servers import SERVERS, served, serving
from browser import Browser


async def echo(scope, receive, send):
    """Answer with 440 and what was asked; each letter of a body comes back."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    text = f"{scope['method']} {scope['path']} {scope['http_version']} ".encode() + body
    length = str(len(text)).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 440, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Lives:
    """An app that writes down what it is told of its lifespan."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            return await echo(scope, receive, send)
        for _ in range(2):
            message = await receive()
            self.told.append(message["type"])
            await send({"type": f"{message['type']}.complete"})


@pytest.mark.parametrize(
    ("server", "phrase"), [("uvicorn", ""), ("hypercorn", ""), ("daphne", "Unknown Status")]
)
def test_no_server_sends_the_phrase_of_a_440(server, phrase):
    """ASGI passes none on, and their tables have none; docs/asgi.md says so."""
    with served(server, echo) as url:
        answer = Browser(url).request("POST", "/a%20b/../c", {}, b"body")
    assert (answer.version, answer.status, answer.reason) == (11, 440, phrase)
    assert answer.text == "POST /a b/../c 1.1 body"


def test_hypercorn_speaks_http_2_without_being_asked():
    with served("hypercorn", echo) as url, http2_browsers() as browser:
        answer = browser(url).request("POST", "/x", {"X-Name": "value"}, b"body")
    assert (answer.version, answer.status, answer.text) == (20, 440, "POST /x 2 body")


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_a_server_of_its_own_tells_an_app_of_its_lifespan(server):
    """Daphne does not know it."""
    app = Lives()
    with serving(server, app) as url:
        assert Browser(url).get("/").status == 440
        assert app.told == ["lifespan.startup"]
    assert app.told == ["lifespan.startup", "lifespan.shutdown"]


@pytest.mark.parametrize("server", SERVERS)
def test_a_server_that_has_ended_leaves_no_thread(server):
    with serving(server, echo):
        pass  # Twisted's reactor stays
    before = set(threading.enumerate())
    with serving(server, echo) as url:
        assert Browser(url).get("/").status == 440
    assert set(threading.enumerate()) == before


@pytest.mark.parametrize("server", SERVERS)
def test_two_apps_are_served_at_once_and_servers_are_used_again(server):
    with served(server, echo) as one, served(server, echo) as two:
        assert one != two
        assert [Browser(url).get("/").status for url in (one, two)] == [440, 440]
    with served(server, echo) as again:
        assert again in (one, two)
