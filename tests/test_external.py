"""Which login at an identity provider a login here came from."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session440.core.escaping import escape
from session440.core.external import External, external_of, sid_key, sub_key

ISSUER = "https://id.example.org"
TEXTS = st.text(min_size=1)


def test_the_claims_of_an_id_token_become_two_keys_and_a_moment():
    external = external_of(ISSUER, "248289761001", "08a5019c", 1764000000)
    assert external == External(
        sid_key(ISSUER, "08a5019c"), sub_key(ISSUER, "248289761001"), 1764000000
    )
    assert external.text == f"{external.sid}.{external.sub}.1764000000"


@pytest.mark.parametrize("iat", [None, 0, 1764000000, 1764000000.25, 1764117130.1234567])
@pytest.mark.parametrize(("sid", "subject"), [("s", "u"), ("s", None), (None, "u"), ("", "u")])
def test_its_text_reads_as_it_was_written(sid, subject, iat):
    external = external_of(ISSUER, subject, sid, iat)
    assert External.parse(external.text) == external


def test_its_text_needs_no_escaping_in_a_ticket():
    text = external_of(ISSUER, "ünï@~%", "a.b.c", 1764117130.1234567).text
    assert escape(text) == text


@pytest.mark.parametrize(
    "external",
    [
        External(),
        External(iat=5.0),
        external_of(None, "u", "s", 5),
        external_of("", "u", "s", 5),
        external_of(ISSUER, None, None, 5),
        external_of(ISSUER, "", "", 5),
    ],
)
def test_what_names_neither_a_session_nor_a_person_is_no_text(external):
    assert external.text == ""
    assert External.parse(external.text) is None


@pytest.mark.parametrize("iat", [-1, math.nan, math.inf, 1e15, 1e300])
def test_a_moment_that_is_none_is_left_out(iat):
    external = External(sub="0" * 32, iat=iat)
    assert External.parse(external.text) == External(sub="0" * 32)


def test_a_moment_so_small_that_it_has_an_exponent_is_written_as_0():
    assert External(sub="0" * 32, iat=5e-7).text == f".{'0' * 32}.0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "..5",
        "0" * 32,
        f"{'0' * 32}.",
        f"{'0' * 31}..5",
        f"{'0' * 33}..5",
        f"{'A' * 32}..5",
        f"{'g' * 32}..5",
        f"{'0' * 32}..-5",
        f"{'0' * 32}..5.",
        f"{'0' * 32}..nan",
        f"{'0' * 32}..1e9",
        f"{'0' * 32}..5\n",
        f"{'0' * 32}..\u0665",
        f"{'0' * 32}..5.x",
        f"{'0' * 32}..{'9' * 400}",
    ],
)
def test_another_text_is_none(text):
    assert External.parse(text) is None


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_two_providers_sessions_never_have_one_key(issuer, sid, other_issuer, other_sid):
    """Whatever characters their names have: where the issuer ends is plain."""
    same = (issuer, sid) == (other_issuer, other_sid)
    assert (sid_key(issuer, sid) == sid_key(other_issuer, other_sid)) is same


def test_the_name_of_a_provider_and_of_its_session_do_not_run_together():
    assert sid_key("https://a", "b c") != sid_key("https://a b", "c")
    assert sub_key("https://a\n", "b") != sub_key("https://a", "\nb")
