"""What is special about logins in Django's database; tests/test_stores.py has the contract."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from sql_servers import mariadb_server, postgresql_server

from session440 import Cause, ConfigurationError, Ticket
from session440.django.models import Generation, Login
from session440.django.store import DjangoStore
from session440.exceptions import StoreError
from session440.stores import Record, stored_id

NOW = 1_800_000_000.0
APP = "session440.django"
ROOT = Path(__file__).parent.parent
ADMIN = "/admin/session440/login/"


def record(id: str = "one", subject: str = "alice", **changes) -> Record:
    ticket = Ticket(id, subject, NOW, NOW, "default", None, "n0de")
    return Record.of(ticket, NOW + 100)._replace(**changes)


ONE = record()


@pytest.fixture
def store():
    for each in (Login, Generation):  # other tests have left theirs
        each.objects.all().delete()
    yield DjangoStore()
    Login.objects.all().delete()
    Generation.objects.all().delete()


class Router:
    """Reads logins from one database, and writes them to another."""

    def __init__(self, read: str, write: str) -> None:
        self.db_for_read = lambda model, **hints: self._of(model, read)
        self.db_for_write = lambda model, **hints: self._of(model, write)

    def _of(self, model, alias):
        return alias if model._meta.app_label == "session440" else None


OTHER = Router("other", "other")


@contextmanager
def database(path: Path | str, **more):
    """One more database, "other": SQLite's at *path* unless *more* says otherwise."""
    connections.settings["other"] = {**connections.settings["default"], "NAME": path, **more}
    try:
        yield connections["other"]
    finally:
        connections["other"].close()
        del connections["other"], connections.settings["other"]


def options_of(url: str) -> dict[str, object]:
    """Django's options for the database at *url*."""
    parts = urlsplit(url)
    return {
        "ENGINE": f"django.db.backends.{parts.scheme.partition('+')[0]}",
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "path": parts.path[1:],
        "OPTIONS": {},
    }


def at_once(call):
    """What several threads get that make the same call."""

    def calling(_):
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(calling, range(8)))


def run(script: str, **environ: str) -> None:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": paths, **environ},
    )


# --- queries and transactions


@pytest.mark.parametrize(
    ("method", "arguments", "queries"),
    [
        ("find", [ONE.id], 1),
        ("insert", [record("two")], 1),
        ("touch", [ONE.id, NOW + 1, NOW + 101], 1),
        ("end", [ONE.id, Cause.REVOKED, NOW], 1),
        ("by_subject", ["alice"], 1),
        ("generation", [ONE.id], 1),
        ("purge", [NOW], 1),
        ("purge", [NOW + 100], 4),  # two, and the second in a transaction
    ],
)
def test_queries_are_few(store, method, arguments, queries):
    store.insert(ONE)
    store.generation(ONE.id)
    with CaptureQueriesContext(connection) as captured:
        getattr(store, method)(*arguments)
    assert len(captured) == queries


def test_a_known_id_leaves_the_projects_transaction_whole(store):
    with transaction.atomic():
        assert store.insert(ONE)
        assert not store.insert(ONE)
        assert store.touch(ONE.id, NOW + 1, NOW + 101)
    assert store.find(ONE.id).seen_at == NOW + 1


def test_what_is_rolled_back_was_not(store):
    store.insert(ONE)
    with transaction.atomic():
        store.end(ONE.id, Cause.REVOKED, NOW)
        transaction.set_rollback(True)
    assert store.find(ONE.id) == ONE


def test_one_of_many_callers_inserts_and_one_ends(store):
    assert at_once(lambda: store.insert(ONE)).count(True) == 1
    assert at_once(lambda: store.end(ONE.id, None, NOW)).count(True) == 1


def test_a_generation_is_made_once_and_lasts_until_a_flush(store):
    (generation,) = set(at_once(lambda: store.generation(ONE.id)))
    Generation.objects.all().delete()
    assert store.generation(ONE.id) != generation


# --- databases


def test_reads_go_where_writes_go(store, tmp_path):
    """The database for reading has no tables here: it lags as far as can be."""
    with (
        database(tmp_path / "lags"),
        override_settings(DATABASE_ROUTERS=[Router("other", "default")]),
    ):
        assert store.insert(ONE)
        assert store.touch(ONE.id, NOW, NOW)
        assert store.end(ONE.id, None, NOW)
        assert store.find(ONE.id).ended_at == NOW
        assert store.by_subject("alice") == []
        assert store.generation(ONE.id)
        assert store.purge(NOW + 100) == 1


def test_a_database_of_its_own(store, tmp_path):
    with database(tmp_path / "own"), override_settings(DATABASE_ROUTERS=[OTHER]):
        call_command("migrate", database="other", verbosity=0)
        assert store.insert(ONE)
        assert not store.insert(ONE)
        assert store.generation(ONE.id) == store.generation(ONE.id)
    assert store.find(ONE.id) is None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("empty", "has manage.py migrate been run?"),
        ("no/such/folder", "'other' fails .OperationalError.$"),
    ],
)
def test_a_failing_database_is_a_store_error(store, tmp_path, path, message):
    with database(tmp_path / path), override_settings(DATABASE_ROUTERS=[OTHER]):
        for call in (
            lambda: store.find(ONE.id),
            lambda: store.insert(ONE),
            lambda: store.touch(ONE.id, NOW, NOW),
            lambda: store.end(ONE.id, None, NOW),
            lambda: store.by_subject("alice"),
            lambda: store.generation(ONE.id),
            lambda: store.purge(NOW),
        ):
            with pytest.raises(StoreError, match=message):
                call()


def test_a_broken_connection_fails_once(store, tmp_path, monkeypatch):
    with (
        database(tmp_path / "own") as own,
        override_settings(DATABASE_ROUTERS=[OTHER]),
    ):
        call_command("migrate", database="other", verbosity=0)
        monkeypatch.setattr(own, "is_usable", lambda: False)
        own.connection.close()  # as a server does that restarts
        with pytest.raises(StoreError):
            store.find(ONE.id)
        assert store.find(ONE.id) is None


@pytest.mark.parametrize("server", [postgresql_server, mariadb_server])
def test_a_server_of_the_projects(store, launch, server):
    """What SQLite is more patient with; and an outage is over when it is over."""
    pymysql.install_as_MySQLdb()  # Django knows only its ancestor's name
    running = launch(server)
    with database(**options_of(running.url)), override_settings(DATABASE_ROUTERS=[OTHER]):
        with pytest.raises(StoreError, match="migrate been run"):
            store.find(ONE.id)
        call_command("migrate", database="other", verbosity=0)
        with transaction.atomic(using="other"):
            assert store.insert(ONE)
            assert not store.insert(ONE)
            assert store.find(ONE.id) == ONE
        running.kill()
        with pytest.raises(StoreError, match="'other' fails"):
            store.find(ONE.id)
        running.start()
        store.find(ONE.id)  # which this server may have lost: it is set up to be fast


@pytest.mark.parametrize("server", [postgresql_server, mariadb_server])
def test_what_a_store_can_do_in_addition_on_a_server_of_the_projects(store, launch, server):
    """Within a transaction of the project's, too, and for eight who do it at once."""
    pymysql.install_as_MySQLdb()
    running = launch(server)
    with database(**options_of(running.url)), override_settings(DATABASE_ROUTERS=[OTHER]):
        call_command("migrate", database="other", verbosity=0)
        call_command("flush", database="other", interactive=False, verbosity=0)
        with transaction.atomic(using="other"):
            assert store.note("jti:1", "seen", NOW + 60, NOW)
            assert not store.note("jti:1", "seen", NOW + 60, NOW)
            assert store.notes("jti:1", NOW) == ["seen"]
        assert at_once(lambda: store.note("jti:2", "seen", NOW + 60, NOW)).count(True) == 1
        assert at_once(lambda: store.note("jti:1", "seen", NOW + 90, NOW + 60)).count(True) == 1
        assert store.insert(ONE)
        assert not store.insert(ONE)
        assert store.move_end(ONE.id, NOW + 30, NOW + 300)
        assert store.find(ONE.id) == ONE._replace(not_after=NOW + 30, keep_until=NOW + 300)
        assert store.end_everybody(NOW + 0.1234567) == 1
        assert store.generation("").endswith(f"@{NOW + 0.1234567!r}")
        assert store.insert(record("late"))
        assert not store.find(stored_id("late")).is_live
        assert DjangoStore().insert(record("next", issued_at=NOW + 1))
        assert store.find(stored_id("next")).is_live


@pytest.mark.parametrize("server", [postgresql_server, mariadb_server])
def test_an_insert_that_is_under_way_holds_up_who_revokes_everybody(store, launch, server):
    """So that it is seen, and ended."""
    pymysql.install_as_MySQLdb()
    running = launch(server)
    with (
        database(**options_of(running.url)),
        override_settings(DATABASE_ROUTERS=[OTHER]),
        ThreadPoolExecutor(1) as pool,
    ):
        call_command("migrate", database="other", verbosity=0)
        call_command("flush", database="other", interactive=False, verbosity=0)
        store.generation("")  # makes it

        def revoke() -> int:
            try:
                return store.end_everybody(NOW + 1)
            finally:
                connections.close_all()

        with transaction.atomic(using="other"):
            assert store.insert(ONE)
            revoking = pool.submit(revoke)
            wait([revoking], timeout=0.5)  # if nothing holds it up, it is done by then
        assert revoking.result(60) == 1
        assert not store.find(ONE.id).is_live


def test_a_project_that_has_not_migrated_works_on_without_notes(store, tmp_path):
    """It is told so when a note is written."""
    with database(tmp_path / "former"), override_settings(DATABASE_ROUTERS=[OTHER]):
        call_command("migrate", "session440", "0002", database="other", verbosity=0)
        assert store.insert(ONE)
        assert store.move_end(ONE.id, NOW + 30, NOW + 300)
        assert store.end_everybody(NOW + 1) == 1
        for call in (
            lambda: store.note("sid:1", "one", NOW + 60, NOW),
            lambda: store.notes("sid:1", NOW),
        ):
            with pytest.raises(StoreError, match=r"has manage\.py migrate been run"):
                call()
        call_command("migrate", "session440", database="other", verbosity=0)
        assert store.note("sid:1", "one", NOW + 60, NOW)


@pytest.mark.parametrize(
    "changes", [{"subject": "%ff"}, {"cause": "boredom"}, {"cause": "idle"}, {"seen_at": "now"}]
)
def test_a_row_that_is_no_record_is_not_found_and_logged(store, caplog, changes):
    store.insert(ONE)
    columns = ", ".join(f"{name} = %s" for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE session440_login SET {columns}", list(changes.values()))
    assert store.find(ONE.id) is None
    assert store.by_subject("alice") == []
    assert "holds no record" in caplog.text


# --- the app


def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", "session440", verbosity=0)


def test_the_app_is_optional():
    run(
        "from django.conf import settings; settings.configure(); import django; django.setup()\n"
        "import session440.django\n"
        "from django.apps import apps; assert not list(apps.get_models())",
    )


def test_without_its_app_the_store_says_so(store):
    apps = [each for each in settings.INSTALLED_APPS if each != APP]
    with override_settings(INSTALLED_APPS=apps):
        with pytest.raises(ConfigurationError, match="to INSTALLED_APPS"):
            store.insert(ONE)


def test_settings_may_make_a_store(tmp_path):
    (tmp_path / "made.py").write_text(
        "from session440.django.store import DjangoStore\n"
        "STORE = DjangoStore()\n"
        "from django_settings import *\n"
    )
    sys_path = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    run(
        sys_path + "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "assert settings.STORE.find('0' * 32) is None\n"
        "from django.db import connections; connections.close_all()",
        DJANGO_SETTINGS_MODULE="made",
    )


# --- the admin


@pytest.fixture
def admin(store):
    """A superuser's client."""
    root = User.objects.create_superuser("root")
    client = Client()
    client.force_login(root)
    Login.objects.all().delete()
    yield client
    root.delete()


@pytest.fixture
def revoked(monkeypatch):
    """What the project's engine is asked to revoke."""
    asked: list[str] = []

    class Engine:
        def revoke(self, id: str) -> bool:
            if len(asked) == 2:
                raise StoreError("out")
            asked.append(id)
            return True

    monkeypatch.setattr("session440.django.admin.get_engine", Engine)
    return asked


def page(client: Client, query: str = "") -> str:
    answer = client.get(ADMIN + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_names_people_and_no_tickets(admin, store):
    store.insert(record("one", str(User.objects.get(username="alice").pk)))
    store.insert(record("two", "somebody else", cause=Cause.IDLE, ended_at=NOW + 1))
    store.insert(record("three", "99", not_after=1e300, node="\x00"))
    shown = page(admin)
    for text in ("alice", "somebody else", ">99<", "idle", "n0de", "Jan. 15, 2027"):
        assert text in shown
    assert stored_id("one") not in shown


def test_the_list_asks_no_query_for_a_row(admin, store):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(admin)
        return len(captured)

    store.insert(record("first", "1"))
    page(admin)  # binds the session
    before = queries()
    for number in range(20):
        store.insert(record(f"{number}", f"{number}"))
    assert queries() == before


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"alice", "ann", "ben", "cat"}),
        ("?state=live", {"ann"}),
        ("?state=logout", {"ben"}),
        ("?state=displaced", {"cat"}),
        ("?q=ben", {"ben"}),
        ("?q=be", set()),
        ("?q=lic", {"alice"}),
    ],
)
def test_logins_are_filtered_and_searched(admin, store, query, found):
    alice = str(User.objects.get(username="alice").pk)
    store.insert(record("1", "ann"))
    store.insert(record("2", "ben", ended_at=NOW))
    store.insert(record("3", "cat", cause=Cause.DISPLACED, ended_at=NOW))
    store.insert(record("4", alice, cause=Cause.IDLE, ended_at=NOW))
    shown = page(admin, query)
    assert {name for name in ("alice", "ann", "ben", "cat") if f">{name}<" in shown} == found


def test_a_login_is_viewed_and_not_edited(admin, store):
    store.insert(record("one", str(User.objects.get(username="alice").pk)))
    path = f"{Login.objects.get().pk}/"
    assert "alice" in page(admin, f"{path}change/")
    assert admin.post(f"{ADMIN}{path}change/", {"subject": "bob"}).status_code == 403
    assert admin.get(f"{ADMIN}{path}delete/").status_code == 403
    assert admin.get(f"{ADMIN}add/").status_code == 403


def revoke(client: Client) -> str:
    chosen = {"action": "revoke", "_selected_action": Login.objects.values_list("pk", flat=True)}
    return client.post(ADMIN, chosen, follow=True).content.decode()


def test_revoking_is_the_engines(admin, store, revoked):
    store.insert(ONE)
    store.insert(record("two"))
    assert "Logins revoked: 2" in revoke(admin)
    assert set(revoked) == {ONE.id, stored_id("two")}
    assert "Not all were revoked: out" in revoke(admin)


def test_revoking_takes_the_permission_to_change(admin, store, revoked):
    store.insert(ONE)
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_login"))
    client = Client()
    client.force_login(viewer)
    assert "alice" in page(client)
    revoke(client)
    assert revoked == []
    viewer.delete()
