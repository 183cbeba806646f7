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


class Target(NamedTuple):
    """What a request is for, and whether a person will see its answer."""

    kind: Kind
    is_seen: bool = True


class Answer(Enum):
    """Who answers."""

    APP = "the app"
    CHALLENGE = "the app; if it refuses, the 440 replaces its answer"
    LOGIN_TIMEOUT = "the 440"
    UNAVAILABLE = "the 503: the store that knows is out"
    ENDPOINT = "one of the engine's own endpoints"


#: The answers for which the app handles the request.
FOR_THE_APP = (Answer.APP, Answer.CHALLENGE)


class Evidence(Enum):
    """What happens to the ticket of a login that is over."""

    KEPT = "it is kept for a page that a person sees"
    SPENT = "it is no longer needed, and is deleted"
    LEFT = "nothing changes"


class SessionChange(Enum):
    """What happens to the framework's session."""

    NONE = "nothing"
    CLEARED = "all its content is deleted"
    CLEARED_BUT_CSRF = "all its content but the CSRF token of the login form is deleted"
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
        case Kind.PUBLIC:
            return Treatment(Answer.APP, Evidence.KEPT, SessionChange.CLEARED)
        case Kind.LOGIN:
            return Treatment(Answer.APP, Evidence.SPENT, SessionChange.CLEARED)
        case Kind.LOGIN_FORM:
            return Treatment(Answer.APP, Evidence.SPENT, SessionChange.CLEARED_BUT_CSRF)
        case Kind.PAGE if mode == "challenge":
            return Treatment(Answer.CHALLENGE, Evidence.KEPT, SessionChange.CLEARED)
        case Kind.PAGE | Kind.CHANGE:
            return Treatment(Answer.LOGIN_TIMEOUT, told(target.is_seen), SessionChange.CLEARED)
        case _:
            assert_never(target.kind)


def told(is_seen: bool) -> Evidence:
    """Return what a 440 does to the evidence: it stays until a person has seen the message."""
    return Evidence.SPENT if is_seen else Evidence.KEPT
