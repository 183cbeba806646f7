"""Starts the app once more: what differs from start to start differs between workers, too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from .finding import Finding
from .keys import compare_starts
from .site import Site

#: Seconds that an app may take to start.
PATIENCE = 60


class StartError(Exception):
    """The app could not be started once more."""


def compare(site: Site, code: str) -> Iterator[Finding]:
    """Yield a finding if this start's key differs from that of another start.

    :param code: Python that starts the app and leaves its engine in ``engine``.
    :raises StartError: if the app could not be started once more.
    """
    if site.engine is None:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder, "fingerprints")
        tell = f"open({str(path)!r}, 'w').write(' '.join(engine.signer.fingerprints))"
        _run(f"{code}\n{tell}")
        told = path.read_text() if path.exists() else ""
    if not told:
        raise StartError("the app could not be started once more, to compare its keys")
    yield from compare_starts(site, tuple(told.split()))


def _run(code: str) -> None:
    """Run code in a process like this one: in the same folder, with the same module path.

    Its output is discarded: otherwise we would wait for it until all of its children are dead.
    """
    seen = os.pathsep.join(each or os.getcwd() for each in sys.path)
    try:
        subprocess.run(  # noqa: S603  # our own code, for this interpreter
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": seen},
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartError(
            f"the app could not be started once more: {type(error).__name__}"
        ) from error
