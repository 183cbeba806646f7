"""How the files of a release are made and checked: `python -m release`."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from release.__main__ import main
from release.addresses import addresses
from release.sdist import normalize

ROOT = Path(__file__).parent.parent
EPOCH = 1_700_000_000


def sdist(path: Path, members: dict[str, bytes], *, by: str, at: int, mode: int) -> Path:
    """Write an archive as somebody's machine would."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), mode
            member.uname, member.uid, member.mtime = by, at % 1000, at
            archive.addfile(member, io.BytesIO(content))
    return path


def test_the_same_content_makes_the_same_sdist(tmp_path):
    """Whenever it is built, by whom, with what umask and in what order."""
    content = {"p/a.py": b"a = 1\n", "p/b.py": b"b = 2\n"}
    one = sdist(tmp_path / "one.tar.gz", content, by="alice", at=1_600_000_000, mode=0o600)
    backwards = dict(reversed(content.items()))
    two = sdist(tmp_path / "two.tar.gz", backwards, by="bob", at=1_650_000_001, mode=0o664)
    assert one.read_bytes() != two.read_bytes()
    for each in (one, two):
        normalize(each, EPOCH)
    assert one.read_bytes() == two.read_bytes()


def test_an_sdist_keeps_its_content_and_what_may_be_executed(tmp_path):
    path = sdist(tmp_path / "one.tar.gz", {"p/run": b"#!"}, by="alice", at=1, mode=0o700)
    normalize(path, EPOCH)
    with tarfile.open(path) as archive:
        (member,) = archive.getmembers()
        assert archive.extractfile(member).read() == b"#!"
    assert (member.name, member.mode, member.mtime) == ("p/run", 0o755, EPOCH)
    assert (member.uname, member.uid) == ("", 0)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("", []),
        ("Project-URL: Source, https://example.org/s\n", ["Source, https://example.org/s"]),
    ],
)
def test_the_addresses_are_those_that_the_wheel_names(lines, found, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", f"Name: a\n{lines}\nProject-URL: in the text")
    assert addresses(tmp_path / "a.whl") == found


@pytest.mark.parametrize("path", ["", "notes.txt"])
def test_a_folder_with_other_files_is_not_emptied(path, tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("of somebody")
    (tmp_path / "session440-1.0.tar.gz").write_text("of a former release")
    assert main(tmp_path / path) == 1
    assert (tmp_path / "notes.txt").read_text() == "of somebody"
    assert "has other files" in capsys.readouterr().err


@pytest.mark.slow
def test_two_builds_are_alike_and_pass_the_checks_of_the_index(program, tmp_path):
    """It fails in the end as long as there are no public addresses, and only for that."""
    if not (ROOT / ".git").exists():
        pytest.skip("built from a commit")
    program("git")
    python = tmp_path / "env" / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", tmp_path / "env"],
        [python, "-m", "pip", "install", "--quiet", "build", "check-wheel-contents", "twine"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    made = subprocess.run(
        [python, "-m", "release", tmp_path / "files"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert made.stdout.count("the same twice") == made.stdout.count("PASSED") == 2, made
    assert ": OK" in made.stdout
    (wheel,) = (tmp_path / "files").glob("*.whl")
    assert made.returncode == (0 if addresses(wheel) else 1)
    assert ("[project.urls]" in made.stderr) == (not addresses(wheel))
