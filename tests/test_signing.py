"""Who vouches for a ticket, and the keyed hashes."""

from __future__ import annotations

from typing import get_args
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import BadSignature
from writings import letters, relaxed, signer_of, text, tickets

from session440 import Engine, Settings, Ticket
from session440.core.escaping import escape, unescape
from session440.core.signing import REMEMBERED, Label, TicketSigner
from session440.core.wire import decode, encode

TICKET = Ticket("id", "alice", 1000.0, 2000.5, "default", None, "node")
SIGNER = TicketSigner(["new", "old"], "session440")


@pytest.fixture
def signer():
    return TicketSigner(["new", "old"], "session440")


def test_newest_key_signs_and_all_verify(signer):
    assert TicketSigner(["new"], "session440").loads(signer.dumps(TICKET)) == TICKET
    assert signer.loads(TicketSigner(["old"], "session440").dumps(TICKET)) == TICKET
    assert signer.loads(TicketSigner(["forgotten"], "session440").dumps(TICKET)) is None


def test_cookie_name_is_part_of_the_salt(signer):
    """Two apps with one secret do not take each other's tickets."""
    assert TicketSigner(["new"], "sessionid440").loads(signer.dumps(TICKET)) is None


@pytest.mark.parametrize(
    "value", ["", ".", "a.b", "é.é", "\x00", "\ud800.x", "x" * 100_000, "=.=", "~.~", "a~b~1~2.x"]
)
def test_unsigned_nonsense_is_no_ticket(signer, value):
    assert signer.loads(value) is None


@given(tickets(), st.data())
@relaxed
def test_every_changed_letter_makes_it_no_ticket(ticket, data):
    """Wherever it stands, of the text or of the signature; but for bits that base64 leaves over."""
    value = SIGNER.dumps(ticket)
    place = data.draw(st.integers(0, len(value) - 2))
    other = data.draw(letters.filter(lambda each: each != value[place]))
    assert SIGNER.loads(value[:place] + other + value[place + 1 :]) is None


def test_every_flipped_bit_makes_it_no_ticket(signer):
    value = signer.dumps(TICKET).encode()
    for place in range(len(value) - 1):
        for bit in range(8):
            changed = bytes([*value[:place], value[place] ^ 1 << bit, *value[place + 1 :]])
            assert signer.loads(changed.decode("latin-1")) is None


def test_field_that_is_added_behind_the_signature_is_no_ticket(signer):
    text, _, signature = signer.dumps(TICKET).rpartition(".")
    assert signer.loads(f"{text}~p:kiosk.{signature}") is None


def test_forgeries_push_no_ticket_out_of_memory(signer):
    """Only what verified is remembered, within a bound."""
    signer.read(signer.dumps(TICKET))
    for i in range(REMEMBERED * 2):
        assert signer.read(f"forged{i}.signature") is None
    info = signer._reads.cache_info()
    assert (info.currsize, info.maxsize) == (1, REMEMBERED)


# --- keyed hashes


def test_hashes_are_keyed(signer):
    other = TicketSigner(["other"], "session440")
    assert signer.keyed_hash("node", "host") != other.keyed_hash("node", "host")
    assert "host" not in signer.keyed_hash("node", "host")


@given(text)
@relaxed
def test_each_use_has_a_hash_of_its_own(any_text):
    """What one use shows to a client is of no use for another."""
    hashes = {SIGNER.keyed_hash(label, any_text) for label in get_args(Label)}
    hashes |= {SIGNER.unlabelled_hash(any_text), SIGNER.keyed_hash("node", any_text + " ")}
    assert len(hashes) == len(get_args(Label)) + 2


def test_no_label_has_a_space():
    """Or "a b" + " " + "c" would be the same as "a" + " " + "b c"."""
    assert all(label.isalpha() for label in get_args(Label))


def test_hashes_of_the_first_version_are_as_they_were(signer):
    """Pages that are open know their person by one; watched cookies are known by the other."""
    assert signer.keyed_hash("login", "alice") == "252B0-JPINnggfGFIowqd1"
    assert signer.unlabelled_hash("host") == "Vyk7S5eqvO-mkrpiFujW-q"
    assert signer.unlabelled_hash("login alice") == signer.keyed_hash("login", "alice")


def test_fingerprints_of_keys_are_as_they_were(signer):
    """Servers compare them, and not all are upgraded at once."""
    assert signer.fingerprints == ("AYvPvwb_SgHf", "aFHvvgtR9H7I")


def test_node_is_hashed_as_a_node():
    """A cookie or a person of that name has another hash."""
    settings = Settings.load({"secret_key": "a long random text", "node": "host"})
    engine = Engine(settings, "session440")
    assert engine.node == engine.signer.keyed_hash("node", "host")[:8]


# --- what is done in place of itsdangerous


@given(st.integers(0, 200), st.booleans(), st.characters(codec="utf-8"), st.sampled_from("= ~"))
def test_a_value_is_authentic_where_itsdangerous_says_so(at, replaces, character, end):
    """Whatever character is another one or comes in between, and whatever follows."""
    rotated = TicketSigner(["new", "old"], "session440")
    for key in ("new", "old", "forgotten"):
        value = TicketSigner([key], "session440").dumps(TICKET)
        changed = value[:at] + character + value[at + replaces :]
        for each in (value, value + end, changed):
            is_taken = rotated.loads(each) is not None
            if each.rpartition(".")[2].isascii():
                assert is_taken == is_authentic(rotated, each)
            assert not is_taken or is_authentic(rotated, each)


def is_authentic(signer: TicketSigner, value: str) -> bool:
    try:
        return bool(decode(signer_of(signer).unsign(value).decode()))
    except (BadSignature, ValueError):
        return False


@given(tickets())
@relaxed
def test_a_ticket_is_signed_as_itsdangerous_signs_its_text(ticket):
    assert SIGNER.dumps(ticket) == signer_of(SIGNER).sign(encode(ticket)).decode()


@given(st.text(st.characters(codec="utf-8")))
def test_text_is_written_as_quote_writes_it(any_text):
    assert escape(any_text) == quote(any_text, safe="").replace("~", "%7E")
    assert unescape(escape(any_text)) == any_text
