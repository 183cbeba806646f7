"""The load balancers of docs/sticky-sessions.md, before two servers that share no sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask
import pytest
from browser import Browser
from cachelib import SimpleCache
from flask_session import Session
from ports import free_port
from processes import configured_nginx, running
from serving import serve
from sites import SECRET

from session440.flask import Session440

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parent.parent / "docs/sticky-sessions.md").read_text()
#: In which language each program's block is marked.
BLOCKS = {"nginx": "nginx", "haproxy": "cfg"}
PEOPLE = 12
BALANCERS = ("route=", "SERVERID=")


def block(program: str) -> str:
    (text,) = re.findall(rf"^```{BLOCKS[program]}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return text


def node(name: str) -> flask.Flask:
    """A server that keeps its sessions in its own memory."""
    app = flask.Flask("node")
    app.secret_key = SECRET
    app.config |= {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": SimpleCache()}
    app.config["SESSION440_NODE"] = name
    Session(app)
    Session440(app)

    @app.post("/login")
    def login():
        flask.session["user_id"] = flask.request.form["username"]
        return name

    @app.get("/")
    def index():
        return name if "user_id" in flask.session else ("log in", 401)

    return app


@contextmanager
def balanced(program: str, folder: Path, config: str) -> Iterator[str]:
    """Put nginx or HAProxy, as configured, before two servers; gives its URL."""
    port = free_port()
    with serve(node("one")) as one, serve(node("two")) as two:
        ours = {"8001": one.rpartition(":")[2], "8002": two.rpartition(":")[2]}
        for theirs, our in ours.items():
            config = config.replace(f"127.0.0.1:{theirs}", f"127.0.0.1:{our}")
        config = re.sub(r"(listen |bind :)80\b", rf"\g<1>{port}", config)
        if "nginx" in program:
            with configured_nginx(program, folder, port, config):
                yield f"http://127.0.0.1:{port}"
        else:
            (folder / "haproxy.cfg").write_text(config)
            command = [program, "-db", "-f", str(folder / "haproxy.cfg")]
            with running(command, port, folder / "haproxy.log"):
                yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("name", BLOCKS)
def test_each_person_stays_on_one_server(name, program, tmp_path):
    """The cookie lasts as long as the browser is open, and no login is lost."""
    with balanced(program(name), tmp_path, block(name)) as url:
        used = [visits(url) for _ in range(PEOPLE)]
    assert all(len(servers) == 1 for servers in used)
    assert set.union(*used) == {"one", "two"}


def visits(url: str) -> set[str]:
    """Log in, look around; return the servers that answered."""
    browser = Browser(url)
    answers = [browser.post("/login", {"username": "alice"}), *(browser.get("/") for _ in range(4))]
    assert [each.status for each in answers] == [200] * 5
    (sticky,) = [each for each in answers[0].all("Set-Cookie") if each.startswith(BALANCERS)]
    assert not re.search(r"max-age|expires", sticky, re.IGNORECASE)
    return {each.text for each in answers}


#: What makes the blocks sticky.
STICKY = re.compile(r"^ *hash .*\n|^ *cookie SERVERID.*\n| cookie (one|two)$", re.MULTILINE)


@pytest.mark.parametrize("name", BLOCKS)
def test_without_it_logins_are_lost(name, program, tmp_path):
    """What the block is for: the next server knows of no login, and says so."""
    with balanced(program(name), tmp_path, STICKY.sub("", block(name))) as url:
        browser = Browser(url)
        browser.post("/login", {"username": "alice"})
        answers = [browser.get("/") for _ in range(2)]
    assert (440, "lost") in [(each.status, each["Session440-Cause"]) for each in answers]
