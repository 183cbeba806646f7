"""The steps of the tour: what each shows, and how far it moves the clock."""

from __future__ import annotations

from typing import NamedTuple

from session440 import Visit

WARNED = 15.0  # seconds before the end that are left to answer the warning
POLLS = 6


class Step(NamedTuple):
    """A step: a button, what to watch for, and what has happened then."""

    id: str
    title: str
    text: str
    button: str
    done: str


STEPS = (
    Step(
        "warned",
        "Warned in time",
        "The clock moves to 15 seconds before the end of your login. A dialog counts them down: "
        "press “Stay signed in”, and go on.",
        "Come close to the end",
        "You were warned, with time to stay.",
    ),
    Step(
        "kept",
        "Nothing is lost",
        "Your login ends, and only then the words below are sent. Log in again: they arrive, and "
        "the page is as you left it.",
        "Send it too late",
        "The words have arrived.",
    ),
    Step(
        "why",
        "Why",
        "Your login ends, and this page is loaded anew. The answer is a 440: it says why, and its "
        "link leads back here.",
        "Load it too late",
        "The page said why, and led back here.",
    ),
    Step(
        "elsewhere",
        "Signed out from elsewhere",
        "The server ends this login, as it does when you sign out everywhere else from another "
        "browser. The page is covered, and says so.",
        "End this login",
        "You were told why, and the page is as you left it.",
    ),
    Step(
        "lost",
        "Another server lost it",
        "Your next request meets a server that has no data for your session. The page says so, "
        "and the log says what to do about it.",
        "Lose the session",
        "You were told why, and the page is as you left it.",
    ),
    Step(
        "polling",
        "Polling does not count",
        "A script asks for news while the clock moves on. It is answered each time, and keeps "
        "nobody logged in: the login ends on time.",
        "Poll until it ends",
        "The polls were answered, and none kept you logged in.",
    ),
)


def distance(step: str, visit: Visit, idle: float) -> float:
    """Return by how many seconds a step moves the clock.

    :param idle: the idle timeout, in seconds.
    """
    if step == "warned":
        return (visit.remaining.total_seconds() if visit.remaining else 0.0) - WARNED
    if step in ("kept", "why"):
        return idle  # to press the button is activity, and may have renewed the login meanwhile
    return idle / POLLS if step == "polling" else 0.0
