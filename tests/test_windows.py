"""What users load works where Python has no POSIX: on Windows."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import session440

#: https://docs.python.org/3/library/unix.html, and what `os` has on POSIX alone.
POSIX = ["fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios"]
OF_OS = ["fork", "register_at_fork", "getuid", "geteuid", "getpgid", "setsid", "mkfifo"]
#: Loads what is named, with all of that gone once the standard library is loaded.
WITHOUT = """
import asyncio, importlib, os, subprocess, sys, tempfile, uuid
import django.conf, flask, starlette, sqlalchemy.ext.asyncio, redis.asyncio
for name in {of_os}: vars(os).pop(name, None)  # on Windows they are gone already
for name in {posix}: sys.modules[name] = None
django.conf.settings.configure(SECRET_KEY="k", INSTALLED_APPS=[
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.admin", "django.contrib.messages", "session440.django"])
django.setup()
for name in {names}: importlib.import_module(name)
print(len({names}))
"""


def modules() -> list[str]:
    found = pkgutil.walk_packages(session440.__path__, "session440.")
    return [
        each.name
        for each in found
        if not each.name.endswith("__main__") and "migrations" not in each.name
    ]


def test_every_module_loads_without_posix():
    names = modules()
    source = WITHOUT.format(of_os=OF_OS, posix=POSIX, names=names)
    environ = {**os.environ, "PYTHONPATH": str(Path(session440.__file__).parent.parent)}
    answer = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, env=environ, timeout=100
    )
    assert answer.stdout.strip() == str(len(names)), answer.stderr[-2000:]
    assert len(names) > 200
