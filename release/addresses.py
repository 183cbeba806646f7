"""The public addresses of the project, which a release must name: PyPI shows them beside it."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile


def addresses(wheel: Path) -> list[str]:
    """Return what ``[project.urls]`` has put into a wheel: "label, address"; empty: nothing.

    https://packaging.python.org/en/latest/specifications/core-metadata/#project-url-multiple-use
    """
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return [
            str(each) for each in message_from_bytes(archive.read(name)).get_all("Project-URL", [])
        ]
