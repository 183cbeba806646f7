"""An sdist whose bytes depend on its content alone: setuptools dates some files by the build."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path


def normalize(path: Path, epoch: int) -> None:
    """Write the archive again, in order, and dated *epoch* (UTC seconds), by nobody."""
    packed = io.BytesIO()
    with (
        tarfile.open(path) as old,
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=epoch, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            new.addfile(_plain(member, epoch), old.extractfile(member) if member.isfile() else None)
    path.write_bytes(packed.getvalue())


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid = epoch, 0, 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    member.pax_headers = {}
    return member
