"""Text from other people's files, for a terminal and for Python."""

from __future__ import annotations


def shown(text: str, most: int = 60) -> str:
    """Return a text as one short line, with nothing that would act on a terminal."""
    line = "".join(map(_visible, text[: most + 1]))
    return line if len(text) <= most else f"{line[:most]}..."


def literal(value: object) -> str:
    """Return a value as Python writes it, with double quotes around text."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(f"\\{each}" if each in '\\"' else _visible(each) for each in value) + '"'


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
