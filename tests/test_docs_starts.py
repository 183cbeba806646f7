"""The five-minute starts, followed to the letter: each ends in a 440 whose link works."""

from __future__ import annotations

import html
import json
import re
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from following import (
    ROOT,
    STEP,
    checkout,
    commands,
    first_terminal,
    is_as_printed,
    parse,
    second_terminal,
)
from ports import free_port

pytestmark = pytest.mark.slow

STARTS = ROOT / "docs/start"
NAMES = ["wsgi", "flask", "django", "asgi"]
AGAIN = "## The same in Starlette"


def test_each_page_is_followed():
    assert sorted(path.stem for path in STARTS.glob("*.md") if path.stem != "index") == sorted(
        NAMES
    )


@pytest.fixture(scope="module")
def followed(program, tmp_path_factory) -> Iterator[dict[str, Future]]:
    """All pages at once, since each waits for ten seconds."""
    program("curl")
    with ThreadPoolExecutor() as pool:
        ports = {name: free_port() for name in NAMES}
        yield {
            name: pool.submit(follow, name, tmp_path_factory.mktemp(name), ports[name])
            for name in NAMES
        }


@pytest.mark.parametrize("name", NAMES)
def test_a_start_ends_in_a_440_whose_link_leads_to_a_login_page(followed, name):
    """From an empty folder, with the commands and files of the page, printing what it prints."""
    followed[name].result()


def follow(name: str, folder: Path, port: int) -> None:
    """Do what a page says; then what it says of another framework, in the same folder."""
    (folder / "checkout").mkdir()
    (folder / "empty").mkdir()
    text = (STARTS / f"{name}.md").read_text().replace("8000", str(port))
    text = text.replace("/path/to/checkout", str(checkout(folder / "checkout")))
    text, _, again = text.partition(AGAIN)
    see_a_login_end(text, folder / "empty", port)
    if again:
        see_a_login_end(instead(text, again), folder / "empty", port)


def see_a_login_end(text: str, folder: Path, port: int) -> None:
    page = parse(text)
    with first_terminal(page.first, folder, port):
        outputs = second_terminal(page.second, folder)
        for command, output in zip(page.second, outputs, strict=True):
            assert not command.printed or is_as_printed(output, command.printed), (command, output)
        for link in links("\n".join(outputs)):
            is_a_login_page(f"http://127.0.0.1:{port}{link}")


def instead(text: str, again: str) -> str:
    """The page once more with another app, in the environment that is there by now."""
    run = text.index("## Run it")
    file = next(STEP.finditer(again))
    return f"```console\n$ . .venv/bin/activate\n```\n\n{file[0]}\n\n{text[run:]}"


def links(output: str) -> set[str]:
    """The ways to log in again that the 440s offered, to a program and to a person."""
    problem = json.loads(re.findall(r"^\{.*\}$", output, re.MULTILINE)[0])
    assert (problem["status"], problem["cause"]) == (440, "idle")
    (href,) = re.findall(r'class="login" href="([^"]+)"', output)
    assert html.unescape(href) == problem["login_url"]
    return {problem["login_url"]}


def is_a_login_page(url: str) -> None:
    with urllib.request.urlopen(url, timeout=60) as answer:
        assert answer.status == 200
        text = answer.read().decode()
    assert re.search(r"<form\b", text)
    assert re.search(r'type="password"', text)


def test_what_is_printed_is_compared():
    """A page that says otherwise is found out."""
    assert is_as_printed("HTTP/1.1 440 \r\nVary: Cookie\n", "HTTP/1.1 440\n...\n")
    assert not is_as_printed("404 NOT FOUND\n", "200 OK\n")
    assert commands("$ a\n$ b\nc\n") == [("a", ""), ("b", "c\n")]
