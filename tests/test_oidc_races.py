"""A logout at the provider races a login here: none lives on, whichever comes first."""

from __future__ import annotations

from functools import cache, partial

import pytest
from logout_tokens import ISSUER, NOW
from oidc_registry import StoreRegistry
from racing import ROUNDS
from test_races import COURSES, COURSES_OF_STORES

from session440 import Ticket
from session440.core.external import external_of
from session440.core.record import stored_id
from session440.oidc.jws import InvalidLogoutToken
from session440.oidc.logout import end_logins, remember
from session440.oidc.logout_token import LogoutToken

KEEP = NOW + 100_000
pytestmark = [
    pytest.mark.slow,
    pytest.mark.race,
    pytest.mark.parametrize(
        ("backend", "course"), COURSES_OF_STORES, indirect=True, scope="session"
    ),
]


@pytest.fixture(scope="session")
def course(request, backend):
    with COURSES[request.param](backend) as race:
        yield race


@pytest.fixture
def race(course, store):
    return partial(course, store)


# Each of the two has a registry of its own on the store that it has.
registry = cache(StoreRegistry)


def log_in(store, number):
    """Return whether the login has seen that the provider has ended it.

    In every other round the app does not know from which session it came.
    """
    sid = f"session {number}" if number % 2 else None
    external = external_of(ISSUER, f"person {number}", sid, NOW)
    ticket = Ticket(f"login {number}", f"person {number}", NOW, NOW)
    here = registry(store)
    here.record(ticket)
    has_ended = remember(ticket, external, here, KEEP, NOW)
    if has_ended:
        here.revoke(stored_id(ticket.id), NOW)
    return has_ended


def log_out(store, number, names_sid=None):
    """Return how many logins the logout has ended.

    In two of four rounds it is of one session, else of all the person's.
    """
    names_sid = number // 2 % 2 if names_sid is None else names_sid
    sid = f"session {number}" if names_sid else None
    token = LogoutToken(ISSUER, f"person {number}", sid, f"{number}", NOW, NOW + 120)
    return end_logins(token, registry(store), NOW)


def send(store, number):
    """Return whether the token counted."""
    try:
        log_out(store, number, names_sid=True)
    except InvalidLogoutToken:
        return False
    return True


def test_no_login_outlives_a_logout_at_the_same_moment(race, store):
    rounds = race(log_in, log_out)
    assert len(rounds) == ROUNDS
    # In some rounds the login saw the logout, and in some the logout saw the login.
    assert {has_ended for has_ended, _ in rounds} == {True, False}
    for number in range(ROUNDS):
        record = store.find(stored_id(f"login {number}"))
        assert not record.is_live
    assert all(has_ended or ended for has_ended, ended in rounds)


def test_of_two_tokens_of_one_name_one_counts(race):
    assert {*map(frozenset, race(send, send))} == {frozenset({True, False})}
