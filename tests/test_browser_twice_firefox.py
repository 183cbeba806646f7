"""In Firefox: a page with the script and without, while a login lives and at its end."""

from __future__ import annotations

import pytest
from twice_runs import LIVE, goes_on, is_not_to_be_told, is_told, run, sends_the_same

pytestmark = pytest.mark.slow


@pytest.fixture
def outcome(program, npm_packages):
    """Run a list of cases."""
    return lambda name: run("firefox", program("firefox-esr"), npm_packages, name)


@pytest.mark.parametrize("name", LIVE)
def test_while_a_login_lives_nobody_can_tell_that_the_script_is_there(outcome, name):
    is_not_to_be_told(outcome, name)


def test_a_form_that_waits_for_an_answer_or_for_none_sends_what_it_would_have_sent(outcome):
    """Of a server that is slow, hangs or fails."""
    sends_the_same(outcome)


def test_what_meets_the_end_of_a_login_goes_on_as_if_it_had_not(outcome):
    """A call is made once more; a call or form that waits from the start is made once."""
    goes_on(outcome, "ends")


def test_a_page_may_have_things_of_its_own_by_the_names_of_the_browsers(outcome):
    """It calls, and its calls are held, all the same."""
    goes_on(outcome, "names")


def test_what_cannot_be_kept_is_told_and_what_is_given_up_ends_at_once(outcome):
    is_told(outcome)
