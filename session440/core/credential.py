"""When the credential behind a login ends, as an app gives it."""

from __future__ import annotations

from datetime import datetime

from ..moments import DAY

#: Beyond this, in seconds from now, a moment cannot be meant: milliseconds were given.
CENTURY = 36_525 * DAY


def end_of_credential(moment: float | datetime | None, now: float) -> float | None:
    """Return the end in UTC epoch seconds; ``None`` if there is none.

    :raises ValueError: for a naive datetime, and for what cannot be the end of a credential: a
        moment that has passed (``expires_in`` was given), one beyond a century, or no number.
    """
    if moment is None:
        return None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        raise ValueError(f"not_after is {moment!r}, which names no time zone; give an aware one")
    end = moment.timestamp() if isinstance(moment, datetime) else float(moment)
    # Written so that NaN, which is neither more nor less than anything, is refused too.
    if now < end <= now + CENTURY:
        return end
    raise ValueError(
        f"not_after is {moment!r}, which is not a moment within the next century; give UTC epoch"
        " seconds or an aware datetime (time.time() + expires_in, not expires_in or milliseconds)"
    )
