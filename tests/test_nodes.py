"""Two server processes behind a proxy that gives each a request in turn."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from browser import Browser
from node import SECRET
from processes import gunicorn, nginx
from redis_servers import redis_server

from session440 import Engine, Settings

pytestmark = pytest.mark.slow

NODES = ("north", "south")
#: The factories of tests/node.py, and the names of their ticket cookies.
APPS = {"flask_app": "session440", "wsgi_app": "login440"}


@pytest.fixture(params=APPS)
def app(request):
    return request.param


@pytest.fixture
def site(app, program, tmp_path):
    """Open the site: ``with site(SHARED=url) as browser``."""

    @contextmanager
    def open_site(**environment: str):
        proxy = program("nginx")
        serve = [
            gunicorn(f"node:{app}()", tmp_path / f"{node}.log", NODE=node, **environment)
            for node in NODES
        ]
        with serve[0] as north, serve[1] as south, nginx(proxy, tmp_path, [north, south]) as port:
            yield Browser(f"http://127.0.0.1:{port}")

    return open_site


def engine(app: str, node: str, store: str | None = None) -> Engine:
    """The engine of a node, or of an administrator's shell."""
    return Engine(Settings(secret_key=SECRET, node=node, store=store), APPS[app])


@pytest.mark.parametrize("app", ["flask_app"], indirect=True)
def test_session_of_one_process_is_lost_on_the_other_and_the_log_says_so(site, app, tmp_path):
    with site() as browser:
        assert browser.get("/login/alice").text in ("in", "hello alice")
        answer = browser.navigate("/")
        assert (answer.status, answer["Session440-Cause"]) == (440, "lost")
    logs = [(tmp_path / f"{node}.log").read_text() for node in NODES]
    (line,) = [each for each in "".join(logs).splitlines() if "cause=lost" in each]
    names = {engine(app, node).node for node in NODES}
    assert line.startswith("WARNING session440")
    assert {word.partition("=")[2] for word in line.split() if "node=" in word[:5]} < names
    assert all(name in line for name in names)
    assert "sticky sessions" in line
    assert "one session store" in line


def test_what_is_shared_never_fails(site, launch):
    shared = launch(redis_server)
    with site(SHARED=shared.url) as browser:
        for _ in range(5):
            browser.get("/login/alice")
            for _ in range(21):  # an odd number: the next login meets the other node
                assert browser.navigate("/").text == "hello alice"


def test_revoked_on_one_node_is_refused_on_both_at_the_next_request(site, app, launch):
    shared = launch(redis_server)
    with site(SHARED=shared.url) as browser:
        for skip in range(4):
            browser.get(f"/login/alice{skip}")
            for _ in range(skip):
                assert browser.navigate("/").status == 200
            shell = engine(app, "shell", shared.url)
            (login,) = shell.logins(f"alice{skip}")
            assert shell.revoke(login.id)
            answer = browser.navigate("/")
            assert (answer.status, answer["Session440-Cause"]) == (440, "revoked")


def test_logged_out_on_one_node_is_logged_out_on_both(site, app, launch):
    """Cookies copied before do not bring it back on the other."""
    shared = launch(redis_server)
    with site(SHARED=shared.url) as browser:
        browser.get("/login/alice")
        copies = [browser.copy() for _ in range(4)]
        engine(app, "shell", shared.url).revoke_all("alice")
        assert [each.navigate("/").status for each in copies] == [440] * 4
