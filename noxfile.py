"""The tests on each version that is supported, of those that this machine has: ``nox``.

``nox --list`` names the sessions. What runs on the newest versions with nothing left out is
``make test``; these are the tests of the adapters, without what is slow or wants a server.
"""

from __future__ import annotations

import re
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["matrix", "oldest", "newest", "extras"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
#: Each with the Python versions that it supports: https://docs.djangoproject.com/en/6.0/faq/install/
DJANGOS = {
    "4.2": ("3.10", "3.11", "3.12"),
    "5.2": ("3.10", "3.11", "3.12", "3.13", "3.14"),
    "6.0": ("3.12", "3.13", "3.14"),
}
FLASKS = ["3.0", "3.1"]
#: What is imported of each extra, once it is installed alone.
IMPORTS = {
    "flask": "session440.flask",
    "django": "session440.django",
    "fastapi": "session440.fastapi",
    "redis": "session440.stores.redis",
    "sql": "session440.stores.sql",
    "asgi": "session440.asgi",
    "channels": "channels",  # session440.django.channels wants a project's settings, too
    "cli": "session440.cli",
    "metrics": "session440.metrics",
    "oidc": "session440.oidc",
}
TESTS = [
    *("django", "flask", "wsgi", "login_pages", "parity_answers", "parity_logins"),
    *(
        "parity_outcomes",
        "asgi.py",
        "decision",
        "lifecycle",
        "wire",
        "signing",
        "policy",
        "windows",
    ),
]
#: They want other frameworks, and extensions that need a later Flask than session440 does.
LEFT_OUT = ["test_flask_extensions.py", "test_wsgi_frameworks.py"]
PAIRS = [
    nox.param(python, flask, django, id=f"py{python}-flask{flask}-django{django}")
    for django, pythons in DJANGOS.items()
    for python in pythons
    for flask in FLASKS
]


@nox.session
@nox.parametrize("python,flask,django", PAIRS)
def matrix(session: nox.Session, flask: str, django: str) -> None:
    """Run the adapters' tests on one Python, Flask and Django."""
    session.install(
        "--editable", ".[flask,django,cli,redis,sql,asgi,metrics,oidc]", f"flask~={flask}.0",
        f"django~={django}.0", *nox.project.dependency_groups(PYPROJECT, "matrix"),
    )  # fmt: skip
    is_old = flask == FLASKS[0] or django == min(DJANGOS)
    _test(session, "not slow and not race" + (" and not newest" if is_old else ""))


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """Run them on the oldest version of each dependency that pyproject.toml names."""
    named = [EXTRAS[name] for name in EXTRAS if name not in ("fastapi", "channels")]
    extras = {each for group in named for each in group}
    pinned = [_lowest(each) for each in [*PYPROJECT["project"]["dependencies"], *sorted(extras)]]
    session.install(*pinned, *nox.project.dependency_groups(PYPROJECT, "matrix"))
    session.install("--no-deps", "--editable", ".")
    _test(session, "not slow and not race and not newest")


@nox.session(python=PYTHONS[-1])
def newest(session: nox.Session) -> None:
    """Run them on what the next releases will be: pre-releases are installed, too."""
    session.install("--pre", "--editable", ".[flask,django,cli,redis,sql,asgi,metrics,oidc]")
    session.install("--pre", *nox.project.dependency_groups(PYPROJECT, "matrix"))
    _test(session, "not slow and not race")


@nox.session
@nox.parametrize("extra", sorted(EXTRAS))
def extras(session: nox.Session, extra: str) -> None:
    """Install the wheel with one extra into an empty environment, and import what it is for."""
    folder = session.create_tmp()
    session.run("python", "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", folder, ".")
    wheel = max(Path(folder).glob("session440-*.whl"))
    session.install(f"{wheel}[{extra}]")
    session.run("python", "-c", f"import {IMPORTS[extra]}")


def _test(session: nox.Session, marks: str) -> None:
    found = (path for each in TESTS for path in sorted((ROOT / "tests").glob(f"test_{each}*")))
    files = [str(path) for path in found if path.name not in LEFT_OUT]
    session.run("python", "-m", "pytest", "-q", "-m", marks, *files, *session.posargs)


def _lowest(requirement: str) -> str:
    """Return ``name==2.1`` for ``name>=2.1``."""
    return re.sub(r">=\s*", "==", requirement, count=1)
