"""The text of a ticket: short, safe in any cookie, and read by versions before and after."""

from __future__ import annotations

import json
import re
import secrets
import sys
from base64 import urlsafe_b64encode
from contextlib import suppress
from http.cookies import SimpleCookie

import pytest
from django.http import HttpResponse
from frozen_reader import read_text, read_ticket
from hypothesis import example, given
from werkzeug.http import dump_cookie, parse_cookie
from writings import relaxed, signer_of, text, tickets, times, unknown

from session440 import Cause, Ticket
from session440.core.cookie import find_cookies
from session440.core.signing import TicketSigner
from session440.core.ticket import Binding
from session440.core.wire import FIELDS, decode, encode, escape, unescape

KEY, NAME = "a long random text for the tests of the wire", "session440"
SIGNER = TicketSigner([KEY], NAME)
TICKET = Ticket("id", "alice", 1000.0, 2000.5)

#: What browsers, Werkzeug, Django and http.cookies all leave without quotes, but for the
#: signer's dot, which parts the signature from the rest (RFC 6265 section 4.1.1; _LegalChars).
SAFE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~:-]+")


def usual(subject: str, **more) -> Ticket:
    id, at = secrets.token_urlsafe(16), 1764117130.1234567
    return Ticket(id, subject, at, at + 61.0987654, node="k3bq_x-1", **more)


# --- written and read


@given(tickets())
@example(TICKET)
@example(TICKET._replace(subject="日本 \udc80 \ud800 \ud83d\ude00 \x00 'quoted' ~n:forged"))
@example(TICKET._replace(issued_at=1764117130.1234567, seen_at=0.1 + 0.2, not_after=1e22))
@example(TICKET._replace(seen_at=float("-inf"), not_after=float("inf")))
@example(TICKET._replace(policy="", recorded="memory", ended=Cause.LOST))
@relaxed
def test_what_is_written_is_read(ticket):
    """To the last bit of a float, and to the last surrogate."""
    assert decode(encode(ticket)) == ticket
    assert SIGNER.loads(SIGNER.dumps(ticket)) == ticket


@given(tickets())
@relaxed
def test_all_of_a_ticket_is_safe_in_a_cookie(ticket):
    """Nothing that writes cookies, or reads them, puts it in quotes or takes it apart."""
    value = SIGNER.dumps(ticket)
    assert SAFE.fullmatch(value)
    assert dump_cookie(NAME, value, max_size=0).partition(";")[0] == f"{NAME}={value}"
    response = HttpResponse()
    response.set_cookie(NAME, value)
    assert response.cookies[NAME].OutputString().partition(";")[0] == f"{NAME}={value}"
    header = f"a=b; {NAME}={value}; c=d"
    assert SimpleCookie(header)[NAME].value == value
    assert parse_cookie(header)[NAME] == value
    assert find_cookies(header, NAME) == [value]


@given(text)
@relaxed
def test_text_is_escaped_and_comes_back(any_text):
    assert unescape(escape(any_text)) == any_text
    assert re.fullmatch(r"[\w.%-]*", escape(any_text), re.ASCII)


@given(times)
@relaxed
def test_times_of_whole_seconds_have_no_fraction(moment):
    written = encode(TICKET._replace(issued_at=moment)).split("~")[2]
    assert float(written) == moment
    assert not written.endswith(".0")


@pytest.mark.parametrize("moment", [1000, 1000.0, True])
def test_clock_may_give_whole_numbers(moment):
    assert type(decode(encode(TICKET._replace(seen_at=moment))).seen_at) is float


def test_no_number_is_still_a_time_in_the_future():
    """Nobody believes it, so it is safe to read."""
    assert decode("id~alice~nan~nan").is_future(1e12)


def test_defaults_are_not_written():
    assert encode(TICKET) == "id~alice~1000~2000.5"
    assert encode(TICKET._replace(not_after=5000.0, ended=Cause.IDLE, node="n0de")) == (
        "id~alice~1000~2000.5~x:5000~n:n0de~e:idle"
    )


@pytest.mark.parametrize(
    "ticket",
    [usual("alice@example.com"), usual("12345678", recorded="0123456789abcdef")],
    ids=["with an e-mail address for a subject", "with a store"],
)
def test_usual_ticket_is_short(ticket):
    """It goes over the wire with every request; as base64 of JSON it had 200 characters."""
    assert len(SIGNER.dumps(ticket)) <= 145


def calls(function, *args) -> tuple[int, int]:
    """Count the calls of Python functions, and those of them that are ours."""
    seen = []

    def note(frame, event, _):
        if event == "call":
            seen.append(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return len(seen), sum("session440/core" in each for each in seen)


def test_reading_costs_no_more_than_before():
    """Beside the list of the first version, which took six calls of ours."""
    ticket = usual("alice@example.com")
    calls(SIGNER.loads, SIGNER.dumps(ticket))  # whatever is imported late
    flat, ours = calls(SIGNER.loads, SIGNER.dumps(ticket._replace(node="other")))
    before, _ = calls(SIGNER.loads, listed(*ticket[:8], ""))
    assert flat < before
    assert ours <= 6
    SIGNER.read(SIGNER.dumps(ticket))
    assert calls(SIGNER.read, SIGNER.dumps(ticket)) == (1, 1)  # remembered


# --- nonsense


@given(text)
@relaxed
def test_nonsense_is_a_value_error_and_no_other(nonsense):
    """Signed or not: a later version may write what this one cannot read."""
    for each in (nonsense, f"id~alice~{nonsense}~1", f"id~%{nonsense}~1~1~p:{nonsense}"):
        with suppress(ValueError):
            decode(each)
    assert SIGNER.loads(nonsense) is None


@pytest.mark.parametrize(
    "nonsense",
    [
        "id~alice",
        "id~alice~1000",
        "id~alice~1000~now",
        "id~alice~~",
        "id~alice~1000~2000~x:never",
        "id~alice~1000~2000~x:",
        "id~%ff~1000~2000",
        "id~alice~1000~2000~n:%ff",
        "~~~",
        "~",
        "",
    ],
)
def test_signed_nonsense_is_no_ticket(nonsense):
    assert SIGNER.loads(signer_of(SIGNER).sign(nonsense).decode()) is None


# --- later versions


def test_fields_of_a_later_version_are_kept_through_a_renewal():
    later = "id~alice~1000~2000.5~step_up:1990.25~p:kiosk~device:a%20b~flag"
    ticket = decode(later)
    assert ticket.policy == "kiosk"
    renewed = encode(ticket._replace(seen_at=3000.0))
    assert renewed == "id~alice~1000~3000~p:kiosk~step_up:1990.25~device:a%20b~flag"


def test_unknown_cause_is_an_end_without_its_name():
    ticket = decode("id~alice~1000~2000.5~x:1500~e:moved-away")
    assert (ticket.ended, ticket.cause) == ("moved-away", None)
    assert decode("id~alice~1000~2000.5~x:1500~e:idle").cause is Cause.IDLE


def test_missing_fields_have_defaults():
    assert decode("id~alice~1000~2000.5") == TICKET


@given(tickets())
@relaxed
def test_server_that_is_not_upgraded_yet_reads_our_tickets(ticket):
    """What this version writes, the reader from when the wire was decided understands."""
    read = read_ticket(SIGNER.dumps(ticket), KEY, NAME)
    for name in Ticket._fields[:9]:
        assert read[name] == getattr(ticket, name)
    assert set(ticket.unknown) <= set(read["unknown"])


#: How the fields begin that the wire has got since.
LATER = ("c:", "d:", "t:")


@given(tickets(), unknown)
@relaxed
def test_server_that_is_not_upgraded_yet_agrees_with_this_reader(ticket, more):
    """It keeps what it does not know, such as where the cookie was set."""
    written = "~".join([encode(ticket), *more])
    read = read_text(written)
    read["unknown"] = tuple(each for each in read["unknown"] if each[:2] not in LATER)
    known = {name: value for name, value in decode(written)._asdict().items() if name in read}
    assert read == known


def test_keys_of_this_version_are_taken_for_ever():
    """Another meaning for one of them would be read as the old one."""
    taken = {"p": "policy", "x": "not_after", "n": "node", "e": "ended", "r": "recorded"}
    taken |= {"c": "path", "d": "domain", "t": "told_at"}
    assert taken == {key: FIELDS[key].name for key in taken}
    assert all(re.fullmatch("[a-z][a-z0-9_]*", key) for key in FIELDS)


# --- the first version


def listed(*fields: object) -> str:
    """Write a ticket as the first version did."""
    payload = urlsafe_b64encode(json.dumps(fields, separators=(",", ":")).encode()).rstrip(b"=")
    return signer_of(SIGNER).sign(payload).decode()


def test_tickets_of_the_first_version_are_read():
    """An upgrade that does not read them would log everybody out."""
    signer = TicketSigner(["new", "old"], NAME)
    value = (
        "WyJpZCIsImFsaWNlIiwxMDAwLjAsMjAwMC41LCJkZWZhdWx0IixudWxsLCJub2RlIixudWxsXQ"
        ".o-nB9ylRJgtDHiTcvpSpE_0l478w8HK4ZbKpna1oD8A"
    )
    assert signer.loads(value) == TICKET._replace(node="node")


@given(tickets())
@relaxed
def test_any_ticket_of_the_first_version_is_read(ticket):
    ended = ticket.cause and ticket.cause.value
    value = listed(*ticket[:7], ended, ticket.recorded)
    expected = ticket._replace(ended=ticket.cause, unknown=())
    # JSON makes one letter of two surrogates in a row.
    if json.loads(json.dumps(ticket[:9])) == [*ticket[:9]]:
        assert SIGNER.loads(value) == expected


def test_first_versions_form_is_not_written():
    value = SIGNER.dumps(SIGNER.loads(listed("id", "alice", 1000.0, 2000.5)))
    assert value.startswith("id~alice~1000~2000.5.")


@pytest.mark.parametrize(
    "content",
    [
        [],
        ["id", "alice", 1000.0],
        ["id", 7, 1000.0, 2000.0],
        ["id", "alice", "1000", 2000.0],
        ["id", "alice", True, 2000.0],
        ["id", "alice", 1000.0, None],
        [1, "alice", 1000.0, 2000.0],
        ["id", "alice", 1000.0, 2000.0, None],
        ["id", "alice", 1000.0, 2000.0, "default", "never"],
        ["id", "alice", 1000.0, 2000.0, "default", None, 7],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", "boredom"],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", []],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", None, 5],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", None, "", "more"],
        ["id", "alice", 1000.0, 2000.0, "default", None, "", None, "", []],
    ],
)
def test_list_that_the_first_version_did_not_write_is_no_ticket(content):
    assert SIGNER.loads(listed(*content)) is None


@pytest.mark.parametrize("content", ['"text"', '{"id": "x"}', "5", "null", "[", "\xff"])
def test_signed_json_that_is_no_list_is_no_ticket(content):
    payload = urlsafe_b64encode(content.encode("latin-1")).rstrip(b"=")
    with pytest.raises(ValueError):
        decode(payload.decode())
    assert SIGNER.loads(signer_of(SIGNER).sign(payload).decode()) is None


def test_an_end_without_a_cause_is_no_ticket():
    """It would be taken for a login that lives."""
    for end in ("e:", "e"):
        with pytest.raises(ValueError, match="without a cause"):
            decode(f"id~alice~1000~2000.5~{end}")


def test_a_binding_keeps_what_it_can_read_again():
    """A field of any other form stays in the ticket: in a session it would end the login."""
    ticket = decode("id~alice~1000~2000.5~step_up:1990.25~flag~Odd:1")
    assert ticket.unknown == ("step_up:1990.25", "flag", "Odd:1")
    assert Binding.parse(ticket.binding.as_list()) == ticket.binding
    assert ticket.binding.unknown == ("step_up:1990.25",)
