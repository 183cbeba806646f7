"""Finds options that nothing reads, because the beginning of their name is misspelt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher

from ..options import DjangoOptions
from .finding import Finding

_OPTIONS = (*DjangoOptions.__annotations__, "SUBJECT_KEY")
_NAME = "SESSION440"
#: So alike are "SESSION_440" or "SESSON440", and not "SESSION", with which Flask's own begin.
_ALIKE = 0.85


def examine(names: Iterable[str], written: Callable[[str], str]) -> Iterator[Finding]:
    """Yield a finding for each name of a setting that only looks like one of ours.

    :param names: the names of all settings of the app.
    :param written: returns how an option is to be written; ``""`` stands for all of them.
    """
    for name in sorted(str(each) for each in names):
        option = _meant(name)
        if option is not None:
            yield Finding(
                "session440.E067",
                f"nothing reads {name}: its beginning is not {_NAME}",
                "the default is used, and no message says so",
                f"write {written(option)}",
            )


def _meant(name: str) -> str | None:
    """Return the option that is meant; ``""`` for all of them, as Django has them."""
    if _looks_like_ours(name):
        return ""
    for option in _OPTIONS:
        if name.upper().endswith(f"_{option}") and _looks_like_ours(name[: -len(option) - 1]):
            return option
    return None


def _looks_like_ours(start: str) -> bool:
    if start == _NAME:
        return False
    plain = start.replace("_", "").upper()
    return SequenceMatcher(None, plain, _NAME, autojunk=False).ratio() >= _ALIKE
