"""Build the sdist and the wheel twice, compare them byte by byte, and check what is in them.

They are built from what the last commit holds, and dated by it, so that the same commit and the
same setuptools make the same files on each machine
(https://reproducible-builds.org/docs/source-date-epoch/). The files come into ``dist``, or into the
folder that is named: ``python -m release FOLDER``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .addresses import addresses
from .sdist import normalize

ROOT = Path(__file__).parent.parent


def main(folder: Path) -> int:
    """Return the exit status: 1 if the two builds differ or a check finds a fault."""
    if not _may_be_emptied(folder):
        return _fault(f"{folder} has other files in it than a release's: name another folder.")
    first, second = (_built() for _ in range(2))
    if first != second:
        return _fault("The two builds differ.")
    files = _written(first, folder)
    wheels = [each for each in files if each.endswith(".whl")]
    status = _run("twine", "check", "--strict", *files) or _run("check_wheel_contents", *wheels)
    if not any(addresses(Path(each)) for each in wheels):
        return _fault("[project.urls] in pyproject.toml names no address: CONTRIBUTING.md.")
    return status


def _may_be_emptied(folder: Path) -> bool:
    """Return whether nothing is lost with a folder but the files of a former release."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        each.is_file() and each.name.startswith("session440") for each in folder.iterdir()
    )


def _written(built: dict[str, bytes], folder: Path) -> list[str]:
    """Return the paths of the files, now that they are in the folder, and nothing else is."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in built.items():
        (folder / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes, the same twice", flush=True)
    return [str(folder / name) for name in built]


def _fault(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _built() -> dict[str, bytes]:
    """Return the files that one build makes, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "source"), Path(folder, "out")
        _export(source)
        epoch = _git("log", "-1", "--format=%ct")
        environ = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
        command = [sys.executable, "-m", "build", "--outdir", str(out), str(source)]
        subprocess.run(command, check=True, env=environ, stdout=subprocess.DEVNULL)
        for path in out.glob("*.tar.gz"):
            normalize(path, int(epoch))
        return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def _export(folder: Path) -> None:
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    _git("archive", "--output", str(archive), "HEAD")
    shutil.unpack_archive(archive, folder)


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]  # whichever git the person uses
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _run(module: str, *arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist"))
