"""``LoginTimeout``: its first argument is a cause, or what people read."""

from __future__ import annotations

import pytest

from session440 import Cause, LoginTimeout


@pytest.mark.parametrize("cause", [*Cause, *[each.value for each in Cause]])
def test_a_cause_is_given_as_itself_or_its_text(cause):
    exception = LoginTimeout(cause)
    assert (exception.cause, exception.description) == (Cause(cause), None)
    assert LoginTimeout(cause, "Too late.").description == "Too late."


def test_the_credential_has_ended_unless_something_else_is_said():
    assert LoginTimeout().cause is Cause.CREDENTIAL


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("idel", "idle"),
        ("Idle", "idle"),
        ("IDLE", "idle"),
        (" idle ", "idle"),
        ("absolut", "absolute"),
        ("credentials", "credential"),
        ("revoke", "revoked"),
        ("dispalced", "displaced"),
        ("lost.", "lost"),
    ],
)
@pytest.mark.parametrize("description", [None, "Too late."])
def test_a_word_that_resembles_a_cause_is_a_mistake_that_is_named(word, meant, description):
    """People would read it as the reason."""
    with pytest.raises(ValueError, match=f"'{word}' is not a cause; did you mean '{meant}'"):
        LoginTimeout(word, description)


@pytest.mark.parametrize(
    "text",
    [
        "Goodbye",
        "Expired",
        "Timeout",
        "Abgelaufen",
        "セッション切れ",
        "Your login is lost",
        "idle for too long",
        "a lost",
        "revoked it",
        "",
    ],
)
def test_any_other_text_is_the_description(text):
    """That is where ``abort(440, text)`` puts it."""
    exception = LoginTimeout(text)
    assert (exception.cause, exception.description) == (Cause.CREDENTIAL, text)


def test_a_text_that_is_no_cause_beside_a_description_is_an_error():
    with pytest.raises(ValueError, match="the causes are idle, absolute, credential"):
        LoginTimeout("Goodbye", "Too late.")
