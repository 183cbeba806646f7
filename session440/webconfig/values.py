"""Reads the text of an attribute as ASP.NET does; what ASP.NET refuses is refused here too."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

#: Shown instead of a value that must stay secret.
HIDDEN: Final = "not shown"
OWN_KEY: Final = "own key"

#: ASP.NET keeps the timeout of a ticket in an Int32.
_LARGEST = 2**31 - 1
_NUMBER = re.compile(r"\s*\+?0*(\d{1,10})\s*", re.ASCII)
_SAMESITE = {"none": "None", "lax": "Lax", "strict": "Strict", "unspecified": "Unspecified"}


class RefusedError(ValueError):
    """ASP.NET refuses the text of an attribute. The message says what it accepts."""


class _Whole:
    """A whole number of some unit, 1 or more."""

    def __init__(self, unit: str) -> None:
        self._would_do = f"a whole number of {unit}, 1 to {_LARGEST}"

    def __call__(self, given: str) -> int:
        match = _NUMBER.fullmatch(given)
        number = int(match[1]) if match else 0
        if not 1 <= number <= _LARGEST:
            raise RefusedError(self._would_do)
        return number

    def or_infinite(self, given: str) -> int | None:
        """Return the number, or ``None`` for ``Infinite``."""
        try:
            return None if given == "Infinite" else self(given)
        except RefusedError as error:
            raise RefusedError(f"{error}, or Infinite") from error


minutes: Final = _Whole("minutes")
seconds: Final = _Whole("seconds")


def truth(given: str) -> bool:
    """Return true or false; like .NET's BooleanConverter, ignore upper and lower case."""
    word = given.strip().lower()
    if word not in ("true", "false"):
        raise RefusedError("true or false")
    return word == "true"


def choice(*words: str) -> Callable[[str], str]:
    """Return a function that accepts one of several words; upper and lower case matter."""

    def read(given: str) -> str:
        if given not in words:
            raise RefusedError(f"{', '.join(words[:-1])} or {words[-1]}")
        return given

    return read


def samesite(given: str) -> str:
    """Return a SameSite mode; ``-1`` is Unspecified, which sends no such attribute."""
    word = "unspecified" if given == "-1" else given.lower()
    if word not in _SAMESITE:
        raise RefusedError("None, Lax, Strict or Unspecified")
    return _SAMESITE[word]


def text(given: str) -> str:
    """Return any text."""
    return given


def filled(given: str) -> str:
    """Return a text that is not empty."""
    if not given.strip():
        raise RefusedError("some text")
    return given.strip()


def url(given: str) -> str:
    r"""Return a URL; ``\\server\share`` and ``C:`` are not URLs."""
    if given.startswith("\\\\") or given[1:2] == ":":
        raise RefusedError("a URL, and not a Windows path")
    return filled(given)


def hidden(given: str) -> str:
    """Return a mark instead of the text: a connection string may hold a password."""
    return HIDDEN if given else ""


def key(given: str) -> str:
    """Return how the key is generated, or that the file has one, but not the key itself."""
    word = filled(given)
    if re.fullmatch(r"AutoGenerate(,Isolate\w{1,20}){0,2}", word):
        return word
    return "AutoGenerate" if word.startswith("AutoGenerate") else OWN_KEY
