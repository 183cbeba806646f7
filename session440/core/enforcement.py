"""The second decision table: what happens to a request that presents an ended login."""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple

from .exhaustive import assert_never

Mode = Literal["strict", "challenge", "report"]


class Kind(Enum):
    """What a request is for."""

    PAGE = "a page or an API, by a method that changes nothing"
    CHANGE = "a page or an API, by any other method"
    PUBLIC = "a page that anyone may see"
    LOGIN = "a page at which people log in"
    LOGIN_FORM = "the form that people send there"
    UNTOUCHED = "OPTIONS, or a static file"


class Audience(Enum):
    """Who sees the answer to a request."""

    PERSON = "a person, who opens a document"
    CALL = "a script or another program, by an ordinary call"
    CLIENT = "a program that is no browser, so that no document follows"
    NOBODY = "neither: a part of a page, or what a browser sends by itself"


class Target(NamedTuple):
    """What a request is for, and who sees its answer.

    :param is_visitors: the ended login no longer matters to it: it has credentials of its own,
        or is a call by a program that has been told of the end before.
    """

    kind: Kind
    audience: Audience = Audience.PERSON
    is_visitors: bool = False


class Answer(Enum):
    """Who answers."""

    APP = "the app"
    CHALLENGE = "the app; if it refuses, the 440 replaces its answer"
    LOGIN_TIMEOUT = "the 440"
    UNAVAILABLE = "the 503: the store that knows is out"
    STEP_UP = "the 401: the login goes on, and is not recent enough for this"
    ENDPOINT = "one of the engine's own endpoints"


#: The answers for which the app handles the request.
FOR_THE_APP = (Answer.APP, Answer.CHALLENGE)


class Evidence(Enum):
    """What happens to the ticket of a login that is over."""

    KEPT = "it is kept for a page that a person sees"
    TOLD = "it is kept for such a page, and says when a program was told"
    SPENT = "it is no longer needed, and is deleted"
    LEFT = "nothing changes"


class SessionChange(Enum):
    """What happens to the framework's session."""

    NONE = "nothing"
    CLEARED = "all its content is deleted"
    CLEARED_BUT_CSRF = "all its content but the CSRF token of the login form is deleted"
    UNBOUND = "it stays; the framework has taken the login out of it, and our binding goes, too"
    HIDDEN = "it stays, and the app is shown an empty one"


class Treatment(NamedTuple):
    """What happens to a request that presents an ended login."""

    answer: Answer
    evidence: Evidence
    session: SessionChange


GOES_ON = Treatment(Answer.APP, Evidence.LEFT, SessionChange.NONE)


def treat(target: Target, mode: Mode) -> Treatment:
    """Return what happens to the request; in report mode no login ends."""
    if mode == "report":
        return GOES_ON
    match target.kind:
        case Kind.UNTOUCHED:
            return Treatment(Answer.APP, Evidence.LEFT, SessionChange.HIDDEN)
        case Kind.PAGE | Kind.CHANGE if target.is_visitors:
            return Treatment(Answer.APP, Evidence.KEPT, SessionChange.CLEARED)
        case Kind.PUBLIC:
            return Treatment(Answer.APP, Evidence.KEPT, SessionChange.CLEARED)
        case Kind.LOGIN:
            return Treatment(Answer.APP, Evidence.SPENT, SessionChange.CLEARED)
        case Kind.LOGIN_FORM:
            return Treatment(Answer.APP, Evidence.SPENT, SessionChange.CLEARED_BUT_CSRF)
        case Kind.PAGE if mode == "challenge":
            return Treatment(Answer.CHALLENGE, Evidence.KEPT, SessionChange.CLEARED)
        case Kind.PAGE | Kind.CHANGE:
            return Treatment(Answer.LOGIN_TIMEOUT, told(target.audience), SessionChange.CLEARED)
        case _:
            assert_never(target.kind)


#: Seconds for which every call is answered as the first one was, after a program has been told
#: of the end. The calls that a page makes at once, and the ones that it repeats, arrive within a
#: few seconds. A later one is of a program that has seen a 440 and goes on, perhaps to log in.
TELLING = 10.0


def told(audience: Audience) -> Evidence:
    """Return what a 440 does to the evidence: it stays until a person has seen the message."""
    match audience:
        case Audience.PERSON | Audience.CLIENT:
            return Evidence.SPENT
        case Audience.CALL:
            return Evidence.TOLD
        case Audience.NOBODY:
            return Evidence.KEPT
        case _:
            assert_never(audience)
