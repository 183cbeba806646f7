"""What a probe has found, by its ids."""

from __future__ import annotations


def ids(findings) -> list[str]:
    return [each.id.removeprefix("session440.") for each in findings]
