"""What it takes to import session440: in a new process each time."""

from __future__ import annotations

import resource
import subprocess
import sys
from functools import partial

from ..subject import Group, Subject, Work, must

NOTHING, FLASK, DJANGO = "nothing", "flask", "Django, set up with its auth"
LIBRARIES = "werkzeug.wrappers, itsdangerous"
SET_UP = """
import django
from django.conf import settings
apps = ["auth", "contenttypes", "sessions", "messages"]
settings.configure(SECRET_KEY="k" * 50, INSTALLED_APPS=["django.contrib." + a for a in apps])
django.setup()
import django.core.handlers.wsgi, django.contrib.auth.middleware
import django.contrib.sessions.middleware, django.middleware.csrf
"""


def importing(code: str) -> Work:
    """Return the work of a process that runs *code*; its CPU time is counted whole."""

    def run() -> str:
        command = [sys.executable, "-c", f"{code}\nprint('imported')"]
        return subprocess.run(  # noqa: S603  # code of our own
            command, check=True, capture_output=True, text=True
        ).stdout

    def serve(calls: int) -> None:
        for _ in range(calls):
            run()

    def check() -> str:
        must(run() == "imported\n", "not imported")
        return "imported"

    return Work(serve, check, clock=_seconds_of_children)


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _alone(name: str, code: str, over: str = NOTHING) -> Subject:
    return Subject(name, partial(importing, code), over)


def _ours(name: str, code: str, over: str) -> Subject:
    return Subject(name, partial(importing, code), over, "ours")


WSGI = "import session440.wsgi"
STORE = "from session440.stores import"
IMPORTS = [
    Subject(NOTHING, partial(importing, "pass")),
    _alone(LIBRARIES, "import werkzeug.wrappers, itsdangerous"),
    _ours("session440.wsgi", WSGI, NOTHING),
    _ours("session440.wsgi and RedisStore", f"{WSGI}\n{STORE} RedisStore", NOTHING),
    _ours("session440.wsgi and SQLStore", f"{WSGI}\n{STORE} SQLStore", NOTHING),
    _alone(FLASK, "import flask"),
    _ours("session440.flask", "import flask, session440.flask", FLASK),
    _alone(DJANGO, SET_UP),
    _ours("session440.django", f"{SET_UP}\nimport session440.django", DJANGO),
]
GROUPS = {
    "imports": Group("Imports", IMPORTS, unit="ms", copies=1, rounds=6),
}
