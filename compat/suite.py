"""Fetches a project's source, installs it, and runs its tests."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from .outcomes import read
from .projects import Project

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "compat"
#: Seconds for one run.
_PATIENCE = 1800


class SuiteError(Exception):
    """A project cannot be fetched or installed, or its tests do not run; the message says why."""


def fetched(project: Project) -> Path:
    """Return the folder with the source of a project's release, fetched if it is not there.

    :raises SuiteError: if there is no such release.
    """
    there = FOLDER / project.name / "source"
    if project.sdist is None:
        raise SuiteError(
            "no release on PyPI has its tests; --source names a folder with its source"
        )
    if not there.exists():
        _call(
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--dest",
            str(there.parent),
            project.sdist,
        )
        (archive,) = there.parent.glob("*.tar.gz")
        _unpack(archive, there)
    return there


def _unpack(archive: Path, there: Path) -> None:
    unpacked = there.with_name("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    next(unpacked.iterdir()).rename(there)


def installed(project: Project, source: Path) -> Path:
    """Return the Python of an environment with the project, what its tests need, and session440.

    :raises SuiteError: if something cannot be installed.
    """
    environment = FOLDER / project.name / "environment"
    python = environment / "bin" / "python"
    if not (environment / "ready").exists():
        _call("venv", "--clear", str(environment))
        needs = [each.format(source=source) for each in project.needs]
        own = ["-e", str(source)] if project.installed is None else [project.installed]
        framework = "flask" if project.settings is None else "django"
        ours = ["-e", f"{ROOT}[{framework}]"]
        wanted = [each for each in (*own, *needs, "pytest", *ours) if each]
        _call("pip", "install", "--quiet", *wanted, python=python)
        (environment / "ready").touch()
    return python


def _call(module: str, *arguments: str, python: Path | None = None) -> None:
    command = [str(python or sys.executable), "-m", module, *arguments]
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    if done.returncode:
        errors = [each for each in done.stderr.splitlines() if "error" in each.lower()]
        raise SuiteError(f"{module} {arguments[0]}: {(errors or [done.stderr])[-1]}")


def run(project: Project, source: Path, python: Path, together: bool) -> dict[str, str]:
    """Return what becomes of each test.

    :param together: whether session440 is installed in the apps of the tests.
    :raises SuiteError: if no test runs.
    """
    kind = "with" if together else "without"
    report, log = (FOLDER / project.name / f"{kind}.{each}" for each in ("xml", "log"))
    report.unlink(missing_ok=True)
    plugin = ["-p", "compat.with_flask"] if together and project.settings is None else []
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin]
    command += [*project.options, f"--junitxml={report}", *project.tests]
    with log.open("w") as output:
        subprocess.run(
            command,
            cwd=source,
            env={**os.environ, **_environment(project, source, together)},
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
        )
    if not report.exists():
        raise SuiteError(f"its tests do not run: {log.relative_to(ROOT)}")
    return read(report.read_text())


def _environment(project: Project, source: Path, together: bool) -> Mapping[str, str]:
    settings = project.settings
    path = {"PYTHONPATH": os.pathsep.join((str(source), str(ROOT)))}
    if settings is None:
        return {**path, **project.environment}
    module = "compat.with_django" if together else settings
    chosen = {"DJANGO_SETTINGS_MODULE": module, "COMPAT_SETTINGS": settings}
    return {**path, **chosen, **project.environment}
