"""A ``Cookie`` header in which one name must not pass unnoticed, however it is spelled.

The parser of an app behind us may read a name that our own does not. Django decodes the header
as UTF-8 and strips Unicode's spaces, ``http.cookies`` takes a space for a semicolon, and other
parsers leave out what they do not know. So every part that any of them could take for the
watched cookie counts as a mention of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import normalize

#: What a cookie's name is made of (RFC 9110 section 5.6.2, a token).
_TOKEN = re.escape("!#$%&'*+-.^_`|~") + "0-9A-Za-z"
_PLAIN = re.compile(rf" *[{_TOKEN}]+")
_NO_TOKEN = re.compile(rf"[^{_TOKEN}]+")


#: A header in which every part has a plain name, which all parsers read alike.
_ALL_PLAIN = re.compile(rf"(?: *[{_TOKEN}]+(?:=[^;]*)?(?:;|$))*")


@lru_cache
def _mention(name: str) -> re.Pattern[str]:
    """Return the pattern that finds *name* anywhere in a part, and not as a part of a name."""
    return re.compile(rf"(?<![{_TOKEN}]){re.escape(name)}[^{_TOKEN}=]*=")


def is_mentioned(header: str, name: str) -> bool:
    """Return whether any part of *header* could be taken for the cookie called *name*."""
    if _ALL_PLAIN.fullmatch(header):
        return _mention(name).search(header) is not None
    return any(_could_be(part, name) for part in header.split(";"))


def is_plain(header: str, name: str, value: str) -> bool:
    """Return whether every parser reads *header* alike, and *value* as the only one of *name*."""
    if not _ALL_PLAIN.fullmatch(header) or f"{name}={value};" not in f"{header};":
        return False
    return len(_mention(name).findall(header)) == 1


def without(header: str, name: str) -> list[str]:
    """Return the parts of *header* that no parser takes for the cookie called *name*."""
    is_taken = _taker(header, name)
    return [part.strip(" ") for part in header.split(";") if not is_taken(part)]


def _taker(header: str, name: str) -> Callable[[str], object]:
    """Return the function that says whether a part could be taken for the cookie."""
    if _ALL_PLAIN.fullmatch(header):
        return _mention(name).search  # the common case, in a tenth of the time
    return lambda part: _could_be(part, name)


def _could_be(part: str, name: str) -> bool:
    key, is_pair, _ = part.partition("=")
    if not is_pair:
        return False
    if _mention(name).search(part):
        return True
    return not _PLAIN.fullmatch(key) and any(
        _NO_TOKEN.sub("", normalize("NFKC", reading)) == name for reading in _readings(key)
    )


def _readings(key: str) -> tuple[str, ...]:
    """Return the ways to read *key*, whose characters stand for bytes (PEP 3333, latin-1)."""
    raw = key.encode("latin-1", "replace")
    return key, raw.decode("utf-8", "ignore"), raw.decode("utf-8", "replace")
