"""Real proxies on free loopback ports, configured as the recipes show it.

Each takes what a recipe shows, in which addresses and files are already the test's, and adds what
a distribution's own configuration brings: modules, folders, who it runs as.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from processes import configured_nginx, running

#: A program's path, a folder to write into, the port that it listens on, and its configuration.
Proxy = Callable[[str, Path, int, str], AbstractContextManager[None]]

#: Debian's.
APACHE_MODULES = Path("/usr/lib/apache2/modules")
LOADED = "authz_core socache_shmcb ssl headers proxy proxy_http alias"
APACHE = """
ServerName 127.0.0.1
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Mutex file:{folder} default
Listen 127.0.0.1:{port}
# As root its workers must be somebody else.
{user}
{modules}
{config}
"""
CADDY = """{{
	admin off
	auto_https off
	default_sni 127.0.0.1
}}

{config}
"""


@contextmanager
def apache(program: str, folder: Path, port: int, config: str, loaded: str = LOADED) -> Iterator:
    is_root = os.geteuid() == 0
    modules = "\n".join(
        f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so"
        for name in ["mpm_event", *loaded.split()]
    )
    user = "User www-data\nGroup www-data" if is_root else ""
    text = APACHE.format(folder=folder, port=port, user=user, modules=modules, config=config)
    (folder / "apache.conf").write_text(text)
    command = [program, "-d", str(folder), "-f", str(folder / "apache.conf"), "-DFOREGROUND"]
    with running(command, port, folder / "apache.log"):
        yield


@contextmanager
def haproxy(program: str, folder: Path, port: int, config: str) -> Iterator[None]:
    (folder / "haproxy.cfg").write_text(config)
    command = [program, "-db", "-f", str(folder / "haproxy.cfg")]
    with running(command, port, folder / "haproxy.log"):
        yield


@contextmanager
def caddy(program: str, folder: Path, port: int, config: str) -> Iterator[None]:
    (folder / "Caddyfile").write_text(CADDY.format(config=config))
    command = [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    homes = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with running(command, port, folder / "caddy.log", **homes):
        yield


@contextmanager
def nginx(program: str, folder: Path, port: int, config: str) -> Iterator[None]:
    with configured_nginx(program, folder, port, config):
        yield


#: Each by its program, as ``programs.PACKAGES`` names it.
PROXIES: dict[str, Proxy] = {
    "nginx": nginx,
    "apache2": apache,
    "haproxy": haproxy,
    "caddy": caddy,
}
