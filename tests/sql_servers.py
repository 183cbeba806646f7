"""PostgreSQL and MariaDB on free loopback ports, each with its files in a folder of its own."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import programs
from freezing import freeze
from ports import free_port
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

#: Seconds until a server must answer, or be gone.
PATIENCE = 60.0
PAUSE = 0.02  # between two looks


@dataclass
class SQLServer:
    """A real server, and what may happen to one."""

    url: str
    port: int
    folder: Path
    command: list[str]
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Start it, or start it again, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_run_as(self.user),
            )
        self._wait_until_it_answers(self.process)

    def kill(self) -> None:
        """End all of its processes at once, without a good-bye."""
        if self.process is not None:
            self.freeze()  # so that it starts no further one
            children = _children(self.process.pid)
            self._signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None
            _wait_until_gone(children)

    def freeze(self) -> None:
        """Let it be silent, with its connections open."""
        for id in self._ids():
            freeze(id)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for id in self._ids():
            with suppress(ProcessLookupError):  # a connection's process may have just ended
                os.kill(id, number)

    def _ids(self) -> tuple[int, ...]:
        assert self.process is not None
        return (self.process.pid, *_children(self.process.pid))

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(int(PATIENCE / PAUSE)):
            if self._answers():
                return
            if process.poll() is not None:
                break
            threading.Event().wait(PAUSE)
        raise AssertionError(self.log.read_text()[-2000:])

    def _answers(self) -> bool:
        try:
            create_engine(self.url, poolclass=NullPool).connect().close()
        except DBAPIError:
            return False
        return True


@contextmanager
def postgresql_server(folder: Path) -> Iterator[SQLServer]:
    """Serve a PostgreSQL, whose log shows each statement that reaches it."""
    port, user = free_port(), _unprivileged()
    programs_folder = _reachable(Path(programs.find("initdb")).resolve().parent, user)
    with _owned(folder, user) as own:
        data = str(own / "data")
        make = [str(programs_folder / "initdb"), data, "--username=us", "--auth=trust"]
        make += ["--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(make, check=True, capture_output=True, timeout=PATIENCE, **_run_as(user))
        command = [str(programs_folder / "postgres"), "-D", data, "-p", str(port), "-F"]
        for option in (
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "log_statement=all",
        ):
            command += ["-c", option]
        url = f"postgresql+psycopg://us:s3cret@127.0.0.1:{port}/postgres"
        with _running(SQLServer(url, port, own, command, user)) as server:
            yield server


@contextmanager
def mariadb_server(folder: Path) -> Iterator[SQLServer]:
    """Serve a MariaDB."""
    daemon, port = programs.find("mariadbd"), free_port()
    options = ["--no-defaults", f"--datadir={folder / 'data'}"]
    options += ["--user=root"] if os.geteuid() == 0 else []
    make = [programs.find("mariadb-install-db"), *options]
    make += ["--auth-root-authentication-method=normal"]
    made = subprocess.run(make, capture_output=True, text=True, timeout=PATIENCE)
    if made.returncode:  # seen once, of some twenty times, with nothing said of the reason
        shutil.rmtree(folder / "data", ignore_errors=True)
        made = subprocess.run(make, capture_output=True, text=True, timeout=PATIENCE)
    assert made.returncode == 0, made.stdout + made.stderr
    # A socket's path may have 107 bytes; this one is in the folder of the data.
    command = [daemon, *options, f"--port={port}", "--bind-address=127.0.0.1", "--socket=socket"]
    # What is committed survives the server's end, and need not survive the machine's.
    command += ["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=16M"]
    url = f"mysql+pymysql://root@127.0.0.1:{port}/test"
    with _running(SQLServer(url, port, folder, command)) as server:
        yield server


@contextmanager
def _running(server: SQLServer) -> Iterator[SQLServer]:
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def _owned(folder: Path, user: str | None) -> Iterator[Path]:
    """Give *folder*, or one that *user* may reach: pytest's are their owner's alone."""
    if user is None:
        yield folder
        return
    own = Path(tempfile.mkdtemp(prefix="session440-"))
    try:
        shutil.chown(own, user)
        yield own
    finally:
        shutil.rmtree(own)


@cache
def _reachable(folder: Path, user: str | None) -> Path:
    """Return PostgreSQL's folder, or a copy that *user* may read: root's own folder may be shut."""
    if user is None or _runs(folder / "initdb", user):
        return folder
    copy = Path(tempfile.mkdtemp(prefix="session440-"))
    atexit.register(shutil.rmtree, copy)
    copy.chmod(0o755)
    package = folder.parent.parent  # its programs look for their libraries beside it
    for each in (folder.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(each, copy / each.relative_to(package.parent), symlinks=True)
    return copy / folder.relative_to(package.parent)


def _runs(program: Path, user: str) -> bool:
    command = [program, "--version"]
    try:
        return not subprocess.run(command, stdout=subprocess.DEVNULL, **_run_as(user)).returncode
    except PermissionError:
        return False


def _unprivileged() -> str | None:
    """Name a user for PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if _is_user(name))


def _is_user(name: str) -> bool:
    return any(each.pw_name == name for each in pwd.getpwall())


def _run_as(user: str | None) -> dict[str, object]:
    if user is None:
        return {}
    # "/", because it may not be allowed into the folder that the tests are run from.
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": [], "cwd": "/"}


def _children(id: int) -> list[int]:
    """PostgreSQL has a process for each connection, in a session of its own."""
    path = Path(f"/proc/{id}/task/{id}/children")
    return [int(each) for each in path.read_text().split()] if path.exists() else []


def _wait_until_gone(ids: list[int]) -> None:
    """PostgreSQL does not start while one of its former processes is still there."""
    for _ in range(int(PATIENCE / PAUSE)):
        if not any(map(_is_running, ids)):
            return
        threading.Event().wait(PAUSE)


def _is_running(id: int) -> bool:
    try:
        # The state is behind the name, which is in brackets; "Z" waits to be reaped by another.
        return Path(f"/proc/{id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
