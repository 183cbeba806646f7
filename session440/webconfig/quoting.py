"""Texts of other people's files, made fit for a terminal and for Python."""

from __future__ import annotations


def shown(text: str, most: int = 60) -> str:
    """Give a text as one short line, without anything that a terminal would obey."""
    line = "".join(map(_visible, text[: most + 1]))
    return line if len(text) <= most else f"{line[:most]}..."


def literal(value: object) -> str:
    """Write a value as Python, texts in double quotes."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(f"\\{each}" if each in '\\"' else _visible(each) for each in value) + '"'


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
