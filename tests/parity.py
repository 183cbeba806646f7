"""Scenarios that run through every adapter, over real sockets with an injected clock.

A scenario is a function of a site. Every adapter must give the same status lines, the same
bodies of the engine's own answers and the same headers set by the engine.
"""

from __future__ import annotations

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
    assert answer.status_line == "440 Login Timeout"
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


def transcript(site: Site) -> list[tuple]:
    """What each adapter must say alike."""
    return [said(site, answer) for browser in site.browsers for answer in browser.answers]


def said(site: Site, answer: Answer) -> tuple:
    action = (
        "deletes" if answer.deletes(site.ticket) else "sets" if answer.sets(site.ticket) else ""
    )
    ours = answer.status == 440 and answer["Session440-Cause"]
    endpoint = "state" in answer.text and answer["Content-Type"] == "application/json"
    if not (ours or endpoint):
        return (answer.status, action)
    headers = {name: answer[name] for name in ENGINE_HEADERS if answer[name]}
    body = answer.body.replace(site.url.encode(), b"")
    return (answer.status_line, action, headers, sorted(answer.vary), body)


def assert_alike(function, kinds: tuple[str, ...], options: dict) -> None:
    """Assert that every adapter in which the scenario has a meaning answers it alike."""
    said_by = {}
    for kind in SITES:
        if kind.name in kinds:
            clock = FakeClock()
            with kind.open(clock, **options) as site:
                function(site)
                said_by[kind.name] = transcript(site)
    first, *others = said_by.values()
    if function.__name__ not in DIFFERENT_BY_NATURE:
        assert others == [first] * len(others)
