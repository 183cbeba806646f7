"""Scenarios that run through every adapter, over real sockets with an injected clock.

A scenario is a function of a site. Every adapter must give the same statuses, the same bodies of
the engine's own answers, the same headers set by the engine, and tell of the same events; under
ASGI on every server. Phrases are compared where an app sends them: ASGI passes none on.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from asgi_sites import ASGI_SITES, ON
from browser import Answer, Browser
from clock import FakeClock
from sites import SITES, Site

from session440 import Ticket

IDLE, ABSOLUTE, EVIDENCE, RENEWAL = 1200, 28800, 86400, 60
EVERYWHERE = ("wsgi", "watched", "flask", "django")
SESSIONS = ("flask", "django")  # whose framework's session can be told apart from the ticket
BOUND = ("watched", "flask", "django")  # whose ticket is bound to something
#: Scenarios that hold everywhere, but in which a session beside the ticket makes the steps
#: themselves differ; each says so where it does.
DIFFERENT_BY_NATURE = {
    "tampered_ticket_is_no_ticket",
    "future_dated_ticket_is_no_ticket",
    "rotated_key_still_verifies",
    "late_answer_of_a_former_login_harms_nobody",
    "late_answer_after_logout_logs_nobody_in",
    "visitors_session_is_never_touched",
    "without_endpoint_nothing_is_served",
    "better_auth_10494_no_phantom_session_stays_after_a_login_again",
    "a_thief_of_the_former_cookies_is_not_let_in_by_the_proof",
}
#: Scenarios of what a framework does not have, or does not tell: which files are static.
NOT_UNDER = {"StarletteSite": {"static_files_are_untouched"}}


class Scenarios(dict[str, tuple]):
    """Scenarios by their names; used as a decorator, it takes one in."""

    def __call__(self, *kinds: str, **options):
        """Enter a scenario; *kinds* are the adapters in which it has a meaning."""

        def enter(function):
            self[function.__name__] = (function, kinds or EVERYWHERE, options)
            return function

        return enter


# --- what is asserted again and again


def is_440(answer: Answer, cause: str) -> None:
    assert answer.says("440 Login Timeout"), answer
    assert answer["Session440-Cause"] == cause
    assert answer["Cache-Control"] == "no-store"
    assert "cookie" in answer.vary


def is_anonymous(answer: Answer) -> None:
    """The dashboard sends nobody to the login page."""
    assert answer.status == 302
    assert answer["Location"].startswith("/login")


def is_welcome(answer: Answer, name: str = "alice") -> None:
    assert (answer.status, answer.text) == (200, f"hello {name}")


def ticket_of(site: Site, browser: Browser) -> Ticket:
    ticket = site.engine.signer.loads(browser.cookies[site.ticket])
    assert ticket is not None
    return ticket


def put(site: Site, browser: Browser, ticket: Ticket, **changes) -> None:
    browser.cookies[site.ticket] = site.engine.signer.dumps(ticket._replace(**changes))


# --- the runner

ENGINE_HEADERS = (
    "Allow",
    "Cache-Control",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "HX-Redirect",
    "Session440-Cause",
    "WWW-Authenticate",
    "X-Content-Type-Options",
)


class Told(NamedTuple):
    """What each adapter must say alike; phrases where an adapter says them."""

    answers: list[tuple]
    events: list[tuple]
    phrases: list[str] | None

    def of(self, kind: type[Site]) -> tuple:
        """Return what is compared, with the name of a kind, so that a failure names it."""
        return kind.name, self.answers, self.events


def told_by(site: Site) -> Told:
    answers = [answer for browser in site.browsers for answer in browser.answers]
    phrases = [answer.reason for answer in answers if is_ours(answer)]
    return Told(
        [said(site, answer) for answer in answers],
        [(each.kind, each.cause, each.reason, each.enforced) for each in site.events],
        phrases if site.browser_class.has_phrases else None,
    )


def is_ours(answer: Answer) -> bool:
    return bool(answer.status == 440 and answer["Session440-Cause"])


def said(site: Site, answer: Answer) -> tuple:
    action = (
        "deletes" if answer.deletes(site.ticket) else "sets" if answer.sets(site.ticket) else ""
    )
    endpoint = "state" in answer.text and answer["Content-Type"] == "application/json"
    if not (is_ours(answer) or endpoint):
        return (answer.status, action)
    headers = {name: answer[name] for name in ENGINE_HEADERS if answer[name]}
    body = answer.body.replace(site.url.encode(), b"")
    return (answer.status, action, headers, sorted(answer.vary), body)


def play(kind: type[Site], function, options: dict) -> Told:
    """Return what is told in a scenario on one kind of site."""
    with kind.open(FakeClock(), **options) as site:
        function(site)
        return told_by(site)


#: Every test of scenarios runs once for each server of ASGI.
on_each_server = pytest.mark.parametrize(
    "on", [ON[0], *(pytest.param(each, marks=pytest.mark.slow) for each in ON[1:])]
)
_first: dict[tuple[str, str], Told] = {}  # what the first adapter has told, by the scenario


def assert_alike(function, kinds: tuple[str, ...], options: dict, on: str) -> None:
    """Assert that every adapter in which the scenario has a meaning answers it alike.

    :param on: the server of those under ASGI. Those under WSGI run beside the first one.
    """
    key = (function.__module__, function.__name__)
    first = _first.get(key)
    sites = [each.on(on) for each in ASGI_SITES]
    if on == ON[0] or first is None:
        sites = [*SITES, *sites]
    for kind in sites:
        if kind.like not in kinds or function.__name__ in NOT_UNDER.get(kind.__name__, ()):
            continue
        told = play(kind, function, options)
        first = first or told
        if function.__name__ not in DIFFERENT_BY_NATURE:
            assert told.of(kind) == first.of(kind)
            assert told.phrases in (None, first.phrases)
    _first[key] = first
