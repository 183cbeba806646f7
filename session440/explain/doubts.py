"""Says what may mislead in the counts, and what else is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..cause import Cause
from .explanation import FEW, Explanation

#: A bad cookie is refused at each request. A few come from visitors or other apps; if there are
#: more than logins that end, they are the site's own.
REFUSED_MANY = 1.0
#: From this share of ends on, a way to end that nobody asked for is worth a word.
OFTEN = 0.05

NOTHING_READ = (
    "It has no line of session440's, so nothing is known. Set logger session440 to INFO for each "
    "end and its cause, or to DEBUG for logins that begin, too, and give it a handler: "
    'logging.basicConfig(); logging.getLogger("session440").setLevel("DEBUG").'
)

_ENDINGS: Mapping[str, str] = {
    "overwritten": (
        "a session that named nobody came with a living login: the app logged out in a way that "
        "session440 did not see, or a request without the Lax cookies, such as a payment "
        "provider's POST back, got a new session that replaced the old one. Let that page write "
        "nothing to the session"
    ),
    "session protection": (
        "Flask-Login's session protection ended a login, because the person's address or browser "
        'changed: phones change theirs; set SESSION_PROTECTION = "basic"'
    ),
}


def doubts(told: Explanation) -> Iterator[str]:
    """Yield what people should know beside the likeliest reason."""
    kinds = told.kinds
    if told.ended and told.causes[Cause.LOST] == told.ended and not kinds["started"]:
        yield (
            "The log has only lost logins: logger session440 may be at WARNING. Set it to INFO to "
            "see who else is logged out."
        )
    if told.causes.total() and told.unenforced:
        yield f"{told.unenforced} of them would have ended: enforcement is 'report'."
    if told.causes[Cause.IDLE] + told.causes[Cause.ABSOLUTE] and not kinds["started"]:
        yield (
            "The log does not have logins that begin, so it is not known who came back at once: "
            "set logger session440 to DEBUG, or read the store (--store)."
        )
    if kinds["refused"] > max(FEW, REFUSED_MANY * told.ended):
        yield (
            f"{kinds['refused']} tickets were refused: nodes with different keys (session440 "
            "doctor compares them), or another app's cookie of the same name."
        )
    yield from _endings(told)
    yield from _troubles(told)


def _endings(told: Explanation) -> Iterator[str]:
    """Yield what ended logins behind the app's back, where that is no accident any more."""
    for reason, words in _ENDINGS.items():
        count = told.reasons.total(reason)
        if count >= OFTEN * told.ended and count:
            yield f"{_times(count)} {words}."


def _troubles(told: Explanation) -> Iterator[str]:
    clock = told.reasons.total("clock")
    if clock:
        yield f"{_times(clock)} a ticket or a session was from the future: set all clocks by NTP."
    if told.kinds["store_down"]:
        yield (
            f"{_times(told.kinds['store_down'])} the store went out: timeouts held, and "
            "revocations waited."
        )
    if told.kinds["store_debt_lost"]:
        yield (
            f"{_times(told.kinds['store_debt_lost'])} a login's end was given up in an outage, "
            "so its cookie may be used again until it times out: raise store_debts."
        )


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"
