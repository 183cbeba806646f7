"""The store that ``session440 logins`` looks at: whose it is, and from which process."""

from __future__ import annotations

import json
import os

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from flask.cli import ScriptInfo
from listed_app import APP, TESTS, Browser, create_app, listed, options, process, record, run
from ports import free_port
from redis_servers import redis_server

from session440.django.models import Login
from session440.stores import MemoryStore, Record, open_store, stored_id

PASSWORD = "pa55word"


@pytest.fixture(autouse=True)
def _fresh_options(clock):
    options.clear()
    options["clock"] = clock
    yield
    options.clear()


# --- which store


@pytest.fixture(params=["sqlite", "redis"])
def url(request, tmp_path):
    """An empty store, on disk or on a server."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'logins.db'}"
        open_store(url).find("")  # makes it
        return url
    server = request.getfixturevalue("launch")(redis_server)
    server.command("FLUSHALL")
    return server.url


def test_the_environment_names_the_store(url):
    open_store(url).insert(record("one"))
    env = {"SESSION440_STORE": url}
    assert len(listed("list", "alice", env=env)) == 1


def test_an_app_that_is_named_goes_before_the_environment(url, tmp_path):
    """The app may read that very variable, and knows its own policies."""
    options.update(store=url)
    Browser()
    env = {"SESSION440_STORE": f"sqlite:///{tmp_path / 'other.db'}"}
    assert listed(*APP, "list", "alice", env=env)[0]["state"] == "live"


def test_flasks_current_app_goes_before_the_environment(url, tmp_path):
    options.update(store=url)
    Browser()
    env = {"SESSION440_STORE": f"sqlite:///{tmp_path / 'other.db'}"}
    info = ScriptInfo(create_app=create_app)
    assert listed("list", "alice", env=env, obj=info)[0]["state"] == "live"


def test_two_stores_are_a_wrong_use(url):
    assert "leave out" in run(*APP, "--store", url, "list", "alice", code=2).output


def one_line(result) -> str:
    assert result.output.startswith("Error: "), result.output
    assert result.output.count("\n") == 1
    return result.output


def test_without_a_store_it_says_how_to_give_one():
    said = one_line(run("list", "alice", code=1))
    assert "--store redis://" in said
    assert "SESSION440_STORE" in said
    assert "--app" in said


def test_an_app_without_a_store_is_one_line():
    assert "no store" in one_line(run(*APP, "list", "alice", code=1))


@pytest.mark.parametrize(
    "args",
    [["list", "alice"], ["revoke", "x", "--yes"], ["revoke", "--everybody", "--yes"], ["purge"]],
)
def test_the_memory_of_another_process_is_one_line(args):
    options.update(store="memory:")
    assert "memory" in one_line(run(*APP, *args, code=1))
    assert "memory" in one_line(run("--store", "memory:", *args, code=1))


EVERY = [
    ["list", "alice"],
    ["list", "--all"],
    ["revoke", "x", "--yes"],
    ["revoke", "--subject", "alice", "--yes"],
    ["revoke", "--everybody", "--yes"],
    ["purge"],
]


@pytest.mark.parametrize("args", EVERY)
@pytest.mark.parametrize("scheme", ["redis", "postgresql+psycopg", "mysql+pymysql"])
@pytest.mark.parametrize("by", ["url", "environment", "app"])
def test_a_store_that_is_out_is_one_line_and_its_url_is_not_told(args, scheme, by):
    url = f"{scheme}://user:{PASSWORD}@127.0.0.1:{free_port()}/0"
    options.update(store=url)
    where = {"url": ["--store", url], "environment": [], "app": APP}[by]
    env = {"SESSION440_STORE": url if by == "environment" else None}
    said = one_line(run(*where, *args, code=1, env=env))
    for secret in (PASSWORD, "user", "127.0.0.1"):
        assert secret not in said


@pytest.mark.parametrize(
    "url",
    [
        f"nosuch://user:{PASSWORD}@host/0",
        f"redis://user:{PASSWORD}@host:port/0",
        f"postgresql+nosuch://user:{PASSWORD}@host/0",
        PASSWORD,
    ],
)
def test_a_url_that_is_none_is_one_line_and_is_not_told(url):
    assert PASSWORD not in one_line(run("--store", url, "list", "alice", code=1))


def test_a_mistyped_file_is_not_made(tmp_path):
    path = tmp_path / "login.db"
    one_line(run("--store", f"sqlite:///{path}", "list", "alice", code=1))
    assert not path.exists()


class Plain:
    """A store of somebody's own, with what the contract asks for and no more."""

    def __init__(self) -> None:
        behind = MemoryStore()
        for name in ("find", "insert", "touch", "end", "by_subject", "purge", "generation"):
            setattr(self, name, getattr(behind, name))


def test_a_store_that_cannot_list_all_lists_a_subjects():
    options.update(store=Plain())
    Browser()
    assert len(listed(*APP, "list", "alice")) == 1
    assert "name a subject" in one_line(run(*APP, "list", "--all", code=1))


def test_a_store_that_cannot_end_everybodys_logins_says_so():
    options.update(store=Plain())
    said = one_line(run(*APP, "revoke", "--everybody", "--yes", code=1))
    assert "session440.stores.notes.Notes" in said


class Repeating(Plain):
    """Gives records twice, as Redis may while it moves its keys."""

    def __init__(self) -> None:
        super().__init__()
        self.time = self.announce = self.nodes = None  # never asked
        self.kept: list[Record] = []

    def records(self):
        return iter(self.kept * 2)


def test_a_login_that_the_store_gives_twice_is_listed_once():
    options["store"] = Repeating()
    options["store"].kept = [record("one"), record("two")]
    assert len(listed(*APP, "list", "--all")) == 2


# --- processes of their own


def test_as_a_process_it_lists_what_is_in_a_file(tmp_path):
    options.update(store=f"sqlite:///{tmp_path / 'logins.db'}")
    browser = Browser()
    done = process("--store", options["store"], "list", "alice", DJANGO_SETTINGS_MODULE="")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith(f"{stored_id(browser.ticket.id)}\talice\t")


def test_as_a_process_it_tells_of_an_outage_in_one_line(tmp_path):
    url = f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0"
    done = process("revoke", "--subject", "alice", "--yes", SESSION440_STORE=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Redis fails: ConnectionError\n"


@pytest.fixture
def _no_logins():
    yield
    Login.objects.all().delete()


@pytest.mark.usefixtures("_no_logins")
def test_a_django_projects_login_is_revoked_by_another_process(tmp_path):
    """``DJANGO_SETTINGS_MODULE``, and the project's own database."""
    (tmp_path / "listed_settings.py").write_text(
        "from django_settings import *\nSESSION440 = {'STORE': 'django:'}\n"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "listed_settings",
        "SESSION440_TESTS_FOLDER": str(settings.FOLDER),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(TESTS)]),
    }
    subject = str(User.objects.get(username="alice").pk)
    with override_settings(SESSION440={"STORE": "django:"}):
        client = Client()
        client.login(username="alice", password="wonderland")
        assert client.get("/show").content == b"shown to alice"
        done = process("list", subject, "--json", **environment)
        assert (done.returncode, done.stderr) == (0, "")
        login = json.loads(done.stdout)["logins"][-1]
        assert login["state"] == "live"
        assert process("revoke", login["id"], "--yes", **environment).returncode == 0
        answer = client.get("/show")
    assert (answer.status_code, answer["Session440-Cause"]) == (440, "revoked")
