"""What the doctor finds: one fault of a set-up, what it causes, and the cure."""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["error", "warning"]


class Finding(NamedTuple):
    """One fault of a set-up.

    :param id: stable, such as ``session440.E010``; its letter is the level: ``E`` for what
        breaks logins, ``W`` for what may break them. docs/doctor.md lists them all.
    :param found: what was found, with its values, and never a key, a password or a subject.
    :param why: why it logs people out, or lets others in.
    :param remedy: the exact change that repairs it.
    """

    id: str
    found: str
    why: str
    remedy: str

    @property
    def level(self) -> Level:
        """Return whether it is an error or a warning."""
        return "error" if self.id.partition(".")[2].startswith("E") else "warning"


def has_errors(findings: list[Finding]) -> bool:
    """Return whether a command that found these should fail."""
    return any(each.level == "error" for each in findings)
