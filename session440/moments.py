"""How moments and lengths of time are written; every text of either is made here.

Sentences in a person's own language are in :mod:`session440.http.words`.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

#: In seconds.
MINUTE, HOUR, DAY = 60, 3600, 86400
#: The units in which a length is written, the largest first.
UNITS = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1))


def aware(at: float) -> datetime:
    """Return a moment (UTC epoch seconds) as an aware datetime."""
    return datetime.fromtimestamp(at, timezone.utc)


def iso(
    at: float,
    precision: Literal["auto", "seconds", "milliseconds"] = "milliseconds",
    zone: Literal["+00:00", "Z"] = "+00:00",
) -> str:
    """Return a moment (UTC epoch seconds) in ISO 8601, for a program."""
    text = datetime.fromtimestamp(at, timezone.utc).isoformat(timespec=precision)
    return text.removesuffix("+00:00") + zone


def utc(at: float) -> str:
    """Return a moment (UTC epoch seconds) as text for a person."""
    return aware(at).strftime("%Y-%m-%d %H:%M:%S UTC")


def spoken(seconds: float | None, most: int | None = None) -> str:
    """Return a length of time as text for a person: ``1 hour 30 minutes``.

    :param seconds: ``None`` gives "none"; less than 0 counts as 0.
    :param most: how many units to name at most; smaller ones are left out, and so are parts of
        a second. ``None``: the text is exact.
    """
    if seconds is None:
        return "none"
    left, parts = max(0, round(seconds, 6 if most is None else None)), []
    for name, size in UNITS:
        count, left = divmod(left, size) if size > 1 else (round(left, 6), 0)
        if name == "day" and count == 1:  # NIST and most people write 24 hours
            count, left = 0, left + DAY
        if count:
            parts.append(f"{count:.15g} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:most]) or "0 seconds"


def option_text(seconds: int) -> str:
    """Return a length of whole seconds as an option may be given: ``90m``."""
    name, size = next(each for each in UNITS if seconds % each[1] == 0)
    return f"{seconds // size}{name[0]}"
