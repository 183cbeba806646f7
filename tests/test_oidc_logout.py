"""What a logout token does to logins, and what the provider is answered."""

from __future__ import annotations

import itertools
import logging
from urllib.parse import urlencode

import pytest
from logout_tokens import CLIENT_ID, ISSUER, NOW, key_set, rsa, token
from oidc_registry import LONGEST, MemoryRegistry, OutRegistry

from session440 import Ticket
from session440.core.external import External, external_of
from session440.moments import MINUTE
from session440.oidc import Client
from session440.oidc.logout import LATEST_LOGIN, remember
from session440.oidc.receiver import FORM, LONGEST_BODY, providers_of, receive

KEEP = NOW + 100_000
_ids = itertools.count()


@pytest.fixture
def registry():
    return MemoryRegistry()


@pytest.fixture
def providers():
    keys = {"keys": key_set(rsa("one"))}
    return providers_of({ISSUER: Client(CLIENT_ID, keys=keys)})


@pytest.fixture
def send(registry, providers):
    """Send a logout token with these claims; gives the answer's status."""

    def send(now=NOW, **changes):
        body = urlencode({"logout_token": token(**changes)}).encode()
        return receive(body, FORM, providers, registry, now).status

    return send


@pytest.fixture
def log_in(registry):
    """Log somebody in with an ID token of these claims; gives the login's stored id.

    As the engine does it: a login that has ended at the provider is ended at once.
    """

    def log_in(sub="ada", sid="s1", iat=NOW - 5, issuer=ISSUER, now=NOW):
        external = external_of(issuer, sub, sid, iat)
        ticket = Ticket(f"login {next(_ids)}", "ada here", now, now)
        id = registry.record(ticket)
        if remember(ticket, External.parse(external.text), registry, KEEP, now):
            registry.revoke(id, now)
        return id

    return log_in


# --- which logins end


def test_the_logins_of_a_session_end_and_no_other(registry, log_in, send):
    first, second = log_in(sid="s1"), log_in(sid="s1")
    others = [log_in(sid="s2"), log_in(sub="bob", sid="s3"), log_in(issuer="https://b.example")]
    assert send(sub="ada", sid="s1") == 200
    assert not registry.is_live(first)
    assert not registry.is_live(second)
    assert all(map(registry.is_live, others))
    assert set(registry.reasons) == {"idp"}


@pytest.mark.parametrize("sid", [..., None, ""])
def test_without_a_session_all_of_the_persons_logins_end(registry, log_in, send, sid):
    mine = [log_in(sid="s1"), log_in(sid="s2"), log_in(sid=None)]
    others = [log_in(sub="bob", sid="s3"), log_in(sub="ada", sid=None, issuer="https://b.example")]
    assert send(sub="ada", sid=sid) == 200
    assert not any(map(registry.is_live, mine))
    assert all(map(registry.is_live, others))


def test_a_session_without_a_person_is_enough(registry, log_in, send):
    mine, other = log_in(sid="s1"), log_in(sid="s2")
    assert send(sub=..., sid="s1") == 200
    assert not registry.is_live(mine)
    assert registry.is_live(other)


def test_a_login_whose_session_is_not_known_ends_with_any_of_the_persons(registry, log_in, send):
    """The app gave the provider's subject alone: the session that ends may be this one's."""
    mine, other = log_in(sub="ada", sid=None), log_in(sub="ada", sid="s2")
    assert send(sub="ada", sid="s1") == 200
    assert not registry.is_live(mine)
    assert registry.is_live(other)


def test_a_session_and_a_person_of_the_same_name_are_two(registry, log_in, send):
    mine = log_in(sub="x", sid="y")
    assert send(sub="y", sid=...) == 200
    assert send(sub=..., sid="x") == 200
    assert registry.is_live(mine)


def test_nobody_here_is_no_error(send):
    """Section 2.7: whoever is logged out already is logged out."""
    assert send(sub="unknown", sid="unknown") == 200


def test_logins_of_no_provider_are_left_alone(registry, log_in, send):
    mine = registry.record(Ticket("plain", "ada", NOW, NOW))
    assert send(sub="ada") == 200
    assert registry.is_live(mine)


# --- once


def test_a_token_counts_once(log_in, send):
    assert send(jti="a") == 200
    assert send(jti="a") == 400
    assert send(jti="b") == 200


def test_a_token_is_remembered_for_as_long_as_it_would_count(send):
    assert send(jti="a", iat=NOW + 60, exp=NOW + 10_000) == 200
    assert send(jti="a", iat=NOW + 60, exp=NOW + 10_000, now=NOW + 720) == 400
    # Then it is too old by itself.
    assert send(jti="c", iat=NOW + 60, exp=NOW + 10_000, now=NOW + 721) == 400


def test_two_issuers_may_use_one_name(registry, send, providers):
    other = "https://b.example"
    keys = {"keys": key_set(rsa("one"))}
    both = {**providers, **providers_of({other: Client(CLIENT_ID, keys=keys)})}
    for issuer in (ISSUER, other):
        body = urlencode({"logout_token": token(jti="a", iss=issuer)}).encode()
        assert receive(body, FORM, both, registry, NOW).status == 200


def test_a_token_that_is_used_twice_at_the_same_moment_counts_once(registry, send):
    """Both have looked; the one that notes it second is refused."""
    registry.hides_notes_of = "jti:"
    assert send(jti="a") == 200
    assert send(jti="a") == 400


# --- a logout that overtakes its login


def test_a_login_from_a_session_that_has_ended_ends_at_once(registry, log_in, send):
    send(sid="s1", sub="ada")
    assert not registry.is_live(log_in(sid="s1"))
    assert not registry.is_live(log_in(sid="s1", iat=NOW + 5))  # by the clock of another server
    assert registry.is_live(log_in(sid="s2"))


def test_a_session_that_goes_on_at_the_provider_logs_in_again(registry, log_in, send):
    """Ory Hydra ends it for one site alone; whoever then comes back must not be thrown out."""
    send(sid="s1", sub="ada", iat=NOW)
    assert registry.is_live(log_in(sid="s1", iat=NOW + 11, now=NOW + 12))


@pytest.mark.parametrize(("iat", "lives"), [(NOW - 1, False), (NOW, False), (NOW + 1, True)])
def test_a_login_by_a_token_from_before_the_person_was_logged_out_ends_at_once(
    registry, log_in, send, iat, lives
):
    """In the same second too: most providers' times are whole seconds."""
    send(sub="ada", sid=..., iat=NOW)
    assert registry.is_live(log_in(sid="s9", iat=iat)) is lives
    assert registry.is_live(log_in(sid=None, iat=iat)) is lives


@pytest.mark.parametrize(("later", "lives"), [(0, False), (10, False), (11, True)])
def test_a_login_whose_token_has_no_time_is_taken_to_be_ten_seconds_older(
    registry, log_in, send, later, lives
):
    send(sub="ada", sid=..., iat=NOW)
    assert registry.is_live(log_in(sid=None, iat=None, now=NOW + later)) is lives


def test_a_login_whose_session_is_not_known_waits_for_none_of_the_persons(registry, log_in, send):
    send(sub="ada", sid="s1", iat=NOW)
    assert not registry.is_live(log_in(sid=None, iat=NOW - 5))
    assert registry.is_live(log_in(sid=None, iat=NOW + 5))
    assert registry.is_live(log_in(sid="s2", iat=NOW - 5))


def test_a_login_that_does_not_say_since_when_waits_a_quarter_of_an_hour(registry, log_in, send):
    send(sid="s1", sub=...)
    assert LATEST_LOGIN == 15 * MINUTE
    assert not registry.is_live(log_in(sid="s1", iat=None, now=NOW + LATEST_LOGIN))
    assert registry.is_live(log_in(sid="s1", iat=None, now=NOW + LATEST_LOGIN + 1))


@pytest.mark.parametrize("sid", ["s1", None])
def test_a_logout_waits_for_a_login_that_the_store_has_forgotten(registry, log_in, send, sid):
    """It comes to be known again when it is next used, as long as a login can last."""
    send(sid=sid, sub="ada")
    assert not registry.is_live(log_in(sid="s1", now=NOW + LONGEST - 1))


def test_links_last_as_long_as_the_login(registry, log_in, send):
    mine = log_in(sid="s1")
    later = KEEP - 1
    assert send(now=later, sid="s1", sub="ada", iat=later, exp=later + 60) == 200
    assert not registry.is_live(mine)


# --- the store is out


@pytest.mark.parametrize("calls", range(8))
def test_while_the_store_is_out_nothing_is_said_to_be_done(registry, providers, log_in, calls):
    """Wherever it fails: the answer is 503, and the same token does it all a little later."""
    ids = [log_in(sid="s1"), log_in(sid="s1")]
    body = urlencode({"logout_token": token(sid="s1", sub="ada")}).encode()
    out = OutRegistry(registry, after=calls)
    answer = receive(body, FORM, providers, out, NOW)
    assert answer.status == 503
    assert answer.members["error"] == "temporarily_unavailable"
    assert receive(body, FORM, providers, registry, NOW).status == 200
    assert not any(map(registry.is_live, ids))


def test_all_calls_of_the_store_are_counted(registry, providers, log_in):
    """After the eight above there is none in which it could be out."""
    log_in(sid="s1"), log_in(sid="s1")
    body = urlencode({"logout_token": token(sid="s1", sub="ada")}).encode()
    out = OutRegistry(registry, after=99)
    assert receive(body, FORM, providers, out, NOW).status == 200
    assert out.calls == 8


# --- the request


def answered(providers, registry, body, content_type=FORM):
    return receive(body, content_type, providers, registry, NOW)


def test_success_is_an_empty_200(providers, registry):
    body = urlencode({"logout_token": token(), "other": "x"}).encode()
    assert answered(providers, registry, body) == (200, {})


@pytest.mark.parametrize("content_type", [FORM.upper(), f"{FORM}; charset=UTF-8", f" {FORM} ;x"])
def test_a_form_is_a_form_whatever_its_parameters(providers, registry, content_type):
    body = urlencode({"logout_token": token()}).encode()
    assert answered(providers, registry, body, content_type).status == 200


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json", "multipart/form-data", f"{FORM}x", f"x{FORM}"]
)
def test_what_is_no_form_is_refused(providers, registry, content_type):
    body = urlencode({"logout_token": token()}).encode()
    answer = answered(providers, registry, body, content_type)
    assert answer.status == 400
    assert answer.members["error"] == "invalid_request"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"logout_token",
        b"logout_token=",
        b"LOGOUT_TOKEN=a.b.c",
        b"token=a.b.c",
        b"{}",
        b"\xff\xfe",
        b"logout_token=%ff%00.b.c",
        b"logout_token=a.b.c&logout_token=a.b.c",
        b"a=1&" * 21 + b"logout_token=a.b.c",
        b"logout_token=" + b"x" * LONGEST_BODY,
    ],
)
def test_a_body_without_one_token_is_refused(providers, registry, body):
    answer = answered(providers, registry, body)
    assert answer.status == 400
    assert set(answer.members) == {"error", "error_description"}


def test_a_good_token_twice_is_refused(providers, registry):
    good = urlencode({"logout_token": token()}).encode()
    assert answered(providers, registry, good + b"&" + good).status == 400


@pytest.mark.parametrize("iss", ["https://unknown.example", ..., None, 7, [ISSUER]])
def test_an_issuer_that_the_site_does_not_know_is_refused(providers, registry, iss, caplog):
    body = urlencode({"logout_token": token(iss=iss)}).encode()
    assert answered(providers, registry, body).status == 400
    assert "option oidc" in caplog.text


def test_a_token_of_another_issuer_with_its_own_key_is_refused(registry):
    """The issuer chooses whose keys count."""
    both = {
        ISSUER: Client(CLIENT_ID, keys={"keys": key_set(rsa("one"))}),
        "https://b.example": Client("b", keys={"keys": key_set(rsa("two"))}),
    }
    body = urlencode({"logout_token": token(rsa("two"))}).encode()
    assert answered(providers_of(both), registry, body).status == 400


# --- keys


def test_a_rotated_key_is_found_without_a_restart(registry):
    sets = iter([{"keys": key_set(rsa("one"))}, {"keys": key_set(rsa("one"), rsa("two"))}])

    class Rotating:
        def current(self, now):
            self.known = next(sets)["keys"]
            return self.known

        def renewed(self, former, now):
            assert former is self.known
            return next(sets)["keys"]

    (provider,) = providers_of({ISSUER: Client(CLIENT_ID)}).values()
    providers = {ISSUER: provider._replace(keys=Rotating())}
    body = urlencode({"logout_token": token(rsa("two"))}).encode()
    assert answered(providers, registry, body).status == 200


def test_an_unknown_key_is_refused(providers, registry):
    body = urlencode({"logout_token": token(rsa("two"))}).encode()
    assert answered(providers, registry, body).status == 400


def test_while_the_keys_are_not_known_no_token_is_judged(registry, caplog):
    providers = providers_of({ISSUER: Client(CLIENT_ID, keys=lambda: 1 / 0)})
    body = urlencode({"logout_token": token(rsa("attacker"))}).encode()
    answer = answered(providers, registry, body)
    assert answer.status == 503
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in str(answer.members)


def test_nothing_is_fetched_for_a_token_whose_claims_are_wrong(registry):
    asked = []
    providers = providers_of({ISSUER: Client(CLIENT_ID, keys=lambda: asked.append(1))})
    for wrong in ({"aud": "x"}, {"iat": 5}, {"nonce": "n"}, {"events": {}}, {"jti": ""}):
        body = urlencode({"logout_token": token(**wrong)}).encode()
        assert answered(providers, registry, body).status == 400
    assert asked == []


# --- the log


def test_a_refused_token_is_an_error_in_the_log_and_never_stands_there(providers, registry, caplog):
    text = token(aud="another-site")
    answered(providers, registry, urlencode({"logout_token": text}).encode())
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("session440", logging.ERROR)
    assert "aud" in record.getMessage()
    assert "another-site" in record.getMessage()
    assert not any(each in record.getMessage() for each in text.split("."))


@pytest.mark.parametrize(("number", "said"), [(0, "0 logins"), (1, "1 login"), (2, "2 logins")])
def test_success_is_logged_with_how_many_logins_ended(
    providers, registry, log_in, caplog, number, said
):
    for _ in range(number):
        log_in(sid="s1")
    caplog.set_level(logging.INFO, "session440")
    body = urlencode({"logout_token": token(sid="s1", sub="ada")}).encode()
    answered(providers, registry, body)
    assert caplog.messages == [f"the identity provider {ISSUER} has ended {said}"]
