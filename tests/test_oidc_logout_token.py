"""Logout tokens: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6; RFC 8725."""

from __future__ import annotations

import json
import math

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey
from logout_tokens import (
    CLIENT_ID,
    EVENT,
    ISSUER,
    NOW,
    claims,
    ec,
    key_set,
    mac,
    okp,
    part,
    rsa,
    sign,
    token,
)

from session440.oidc import Client
from session440.oidc.jwk import UnknownKey
from session440.oidc.jws import LONGEST, InvalidLogoutToken, read
from session440.oidc.logout_token import LogoutToken
from session440.oidc.logout_token import verify as verify_read

CLIENT = Client(CLIENT_ID)


def verify(text, keys=None, client=CLIENT, now=NOW, issuer=ISSUER) -> LogoutToken:
    keys = key_set(rsa("one")) if keys is None else keys
    return verify_read(read(text), issuer, client, keys, now)


def refusal(text, *args, **kwargs) -> str:
    with pytest.raises(InvalidLogoutToken) as caught:
        verify(text, *args, **kwargs)
    assert text[-40:] not in caught.value.line
    return caught.value.reason


def test_a_good_token_says_whose_logins_are_over():
    said = verify(token(jti="a"))
    assert said == LogoutToken(ISSUER, "248289761001", "08a5019c", "a", NOW, NOW + 120)


# --- claims


@pytest.mark.parametrize("name", ["iss", "aud", "iat", "exp", "jti", "events"])
@pytest.mark.parametrize("value", [..., None, True, [], {}, "", " ", -1, 1e999, ["x"], {"x": {}}])
def test_a_required_claim_that_is_missing_or_of_a_wrong_kind_is_refused(name, value):
    if (name, value) == ("jti", " "):
        value = 7
    assert refusal(token(**{name: value}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": ISSUER + "/"},
        {"iss": ISSUER.upper()},
        {"iss": "https://id.example.org.evil.example"},
        {"iss": [ISSUER]},
        {"aud": "another-site"},
        {"aud": CLIENT_ID.upper()},
        {"aud": f"{CLIENT_ID} another"},
        {"aud": ["another-site"]},
        {"aud": [CLIENT_ID, 7]},
        {"aud": {CLIENT_ID: True}},
        {"events": {}},
        {"events": [EVENT]},
        {"events": EVENT},
        {"events": {EVENT: None}},
        {"events": {EVENT: []}},
        {"events": {EVENT: "x"}},
        {"events": {EVENT + "/": {}}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"jti": 7},
        {"jti": "x" * 257},
        {"iat": str(int(NOW))},
        {"iat": NOW * 1000},
        {"iat": 10**400},
        {"exp": str(int(NOW) + 120)},
        {"exp": 10**400},
        {"sub": 7},
        {"sub": ["x"]},
        {"sub": True},
        {"sid": 7},
        {"sid": {"x": 1}},
        {"sid": False},
    ],
    ids=str,
)
def test_a_claim_of_a_wrong_value_is_refused(wrong):
    assert refusal(token(**wrong))


@pytest.mark.parametrize("nonce", ["n-0S6_WzA2Mj", "", None])
def test_a_nonce_whatever_its_value_is_refused(nonce):
    """Otherwise an ID token would do (section 2.4)."""
    assert "nonce" in refusal(token(nonce=nonce))


def test_an_id_token_is_no_logout_token():
    assert refusal(token(events=..., jti=..., auth_time=int(NOW), header={"typ": "JWT"}))


@pytest.mark.parametrize("sid", [..., None, ""])
def test_without_a_session_the_person_does(sid):
    """nextcloud/user_oidc#1183: ``"sid": null`` was an error of the server."""
    assert verify(token(sid=sid))[1:3] == ("248289761001", None)


@pytest.mark.parametrize("sub", [..., None, ""])
def test_without_a_person_the_session_does(sub):
    assert verify(token(sub=sub))[1:3] == (None, "08a5019c")


@pytest.mark.parametrize("sub", [..., None, ""])
@pytest.mark.parametrize("sid", [..., None, ""])
def test_without_either_a_token_is_refused(sub, sid):
    assert "neither" in refusal(token(sub=sub, sid=sid))


@pytest.mark.parametrize("aud", [CLIENT_ID, [CLIENT_ID], ["another-site", CLIENT_ID]])
def test_the_audience_is_this_client_or_a_list_with_it(aud):
    assert verify(token(aud=aud))


def test_other_events_and_claims_are_left_alone():
    assert verify(token(events={EVENT: {"a": 1}, "https://example.org/other": 7}, trace_id="x"))


# --- times


@pytest.mark.parametrize("iat", [NOW - 660, NOW - 1.5, NOW, NOW + 60])
def test_a_token_of_the_last_ten_minutes_counts(iat):
    """With a minute for clocks that differ."""
    assert verify(token(iat=iat, exp=NOW + 600)).iat == iat


@pytest.mark.parametrize("iat", [0, NOW - 661, NOW + 61])
def test_an_older_or_a_future_token_is_refused(iat):
    assert "iat" in refusal(token(iat=iat, exp=NOW + 600))


def test_a_token_counts_until_it_expires_and_a_minute_for_clocks_that_differ():
    assert verify(token(exp=NOW - 59))
    assert "expired" in refusal(token(exp=NOW - 60))


@pytest.mark.parametrize("exp", [..., None])
def test_a_token_without_an_end_counts_only_if_the_client_says_so(exp):
    """Before errata set 1 (2023) the specification did not mention ``exp``."""
    older = Client(CLIENT_ID, requires_exp=False)
    assert verify(token(exp=exp), client=older).exp is None
    assert "exp" in refusal(token(exp=exp))
    assert "expired" in refusal(token(exp=NOW - 60), client=older)
    assert "iat" in refusal(token(exp=exp, iat=NOW - 661), client=older)


# --- the header


@pytest.mark.parametrize(
    "typ", [..., "logout+jwt", "JWT", "jwt", "LOGOUT+JWT", "application/logout+jwt"]
)
def test_a_token_of_no_other_type_counts(typ):
    assert verify(token(header={"typ": typ}))


@pytest.mark.parametrize("typ", ["at+jwt", "secevent+jwt", "dpop+jwt", "", "logout+jwt ", "JOSE"])
def test_a_token_of_another_type_is_refused(typ):
    """RFC 8725 section 3.11: an access token is no logout token."""
    assert "type" in refusal(token(header={"typ": typ}))


@pytest.mark.parametrize("typ", [None, 7, ["JWT"]])
def test_a_type_that_is_no_text_is_refused(typ):
    assert "type" in refusal(f"{part({'alg': 'RS256', 'typ': typ})}.{part(claims())}.AA")


@pytest.mark.parametrize("crit", [["exp"], ["b64"], [], None, "x"])
def test_a_header_that_demands_an_extension_is_refused(crit):
    text = f"{part({'alg': 'RS256', 'crit': crit})}.{part(claims())}.AA"
    assert "crit" in refusal(text)


def test_a_payload_that_is_not_in_base64_is_refused():
    assert "crit" in refusal(f"{part({'alg': 'RS256', 'b64': False})}.{part(claims())}.AA")


def test_keys_that_a_token_brings_along_are_not_looked_at():
    """``jwk``, ``jku``, ``x5u`` and ``x5c`` (RFC 8725 section 3.10)."""
    mine = rsa("an attacker's")
    header = {"jwk": key_set(mine)[0], "jku": "https://evil.example/keys", "kid": "one"}
    assert refusal(token(mine, header)) == "its signature is wrong"
    assert verify(token(header={"x5c": ["M" * 2000], "x5u": "https://evil.example"}))


# --- algorithms


@pytest.mark.parametrize("alg", ["none", "None", "NONE", None, 7, ["RS256"], {}])
@pytest.mark.parametrize("signature", ["", "AA"])
def test_a_token_that_is_not_signed_is_refused(alg, signature):
    text = f"{part({'alg': alg, 'kid': 'one'})}.{part(claims())}.{signature}"
    assert refusal(text) == "it is not signed"


def test_a_good_token_without_its_signature_is_refused():
    assert refusal(token().rpartition(".")[0] + ".")


@pytest.mark.parametrize("encode", [
    lambda key: key.as_pem(private=False),
    lambda key: key.as_pem(private=False).strip(),
    lambda key: json.dumps(key.as_dict(private=False)).encode(),
    lambda key: key.as_dict(private=False)["n"].encode(),
    lambda key: b"",
])  # fmt: skip
@pytest.mark.parametrize("alg", ["HS256", "HS384"])
def test_the_public_key_is_no_shared_secret(encode, alg):
    """RFC 8725 section 2.1: whoever has the public key could sign."""
    text = mac(claims(), encode(rsa("one")), alg=alg, kid="one")
    assert "algorithm" in refusal(text)


def test_a_shared_secret_in_the_set_of_keys_is_not_used():
    secret = OctKey.import_key(b"a secret of thirty-two characters", {"kid": "one"})
    text = mac(claims(), b"a secret of thirty-two characters", kid="one")
    assert "algorithm" in refusal(text, [secret.as_dict(private=True)])


def test_an_algorithm_that_the_client_does_not_accept_is_refused():
    only = Client(CLIENT_ID, algorithms=("ES256",))
    assert "algorithm" in refusal(token(), client=only)
    assert verify(token(ec("e"), {"alg": "ES256"}), key_set(ec("e")), only)


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        *[(f"RS{size}", lambda: rsa("one")) for size in (256, 384, 512)],
        *[(f"PS{size}", lambda: rsa("one")) for size in (256, 384, 512)],
        ("ES256", lambda: ec("e")),
        ("ES384", lambda: ec("e384", "P-384")),
        ("ES512", lambda: ec("e521", "P-521")),
        ("Ed25519", lambda: okp("o")),
    ],
)  # fmt: skip
def test_each_algorithm_that_is_accepted_is_checked(alg, key):
    text = token(key(), {"alg": alg})
    assert verify(text, key_set(key()))
    head, _, signature = text.rpartition(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    wrong = f"{head}.{signature[:middle]}{other}{signature[middle + 1 :]}"
    assert refusal(wrong, key_set(key())) == "its signature is wrong"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_the_former_name_of_ed25519_is_accepted_where_it_is_named():
    client = Client(CLIENT_ID, algorithms=("EdDSA",))
    text = token(okp("o"), {"alg": "EdDSA"})
    assert verify(text, key_set(okp("o")), client)
    assert "algorithm" in refusal(text, key_set(okp("o")))


# --- keys


def test_what_another_key_has_signed_is_refused():
    assert refusal(token(rsa("two"), {"kid": "one"})) == "its signature is wrong"


def test_claims_that_were_changed_after_the_signature_are_refused():
    head, _, signature = token().split(".")
    assert refusal(f"{head}.{part(claims(sub='another'))}.{signature}") == "its signature is wrong"


def test_an_unknown_key_is_told_from_a_wrong_signature():
    """A newer set may have it."""
    with pytest.raises(UnknownKey):
        verify(token(rsa("two")))


def test_of_two_keys_the_named_one_counts():
    keys = key_set(rsa("one"), rsa("two"), ec("e"))
    assert verify(token(rsa("one")), keys)
    assert verify(token(rsa("two")), keys)
    assert refusal(token(rsa("one"), {"kid": "two"}), keys) == "its signature is wrong"


def test_without_a_name_the_only_key_of_its_kind_counts():
    assert verify(token(header={"kid": ...}), key_set(rsa("one"), ec("e")))
    assert "which" in refusal(token(header={"kid": ...}), key_set(rsa("one"), rsa("two")))


def test_a_key_of_another_kind_with_the_same_name_is_not_taken():
    keys = [{**key_set(ec("e"))[0], "kid": "one"}, *key_set(rsa("one"))]
    assert verify(token(), keys)


@pytest.mark.parametrize(
    "other",
    [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RS512"}, {"kty": "oct"}, {"kid": 1}],
    ids=str,
)
def test_a_key_for_another_purpose_is_not_taken(other):
    with pytest.raises(UnknownKey):
        verify(token(), [{**key_set(rsa("one"))[0], **other}])


@pytest.mark.parametrize("kid", [7, ["one"], True])
def test_a_name_of_a_key_that_is_no_text_is_refused(kid):
    assert "kid" in refusal(f"{part({'alg': 'RS256', 'kid': kid})}.{part(claims())}.AA")


@pytest.mark.parametrize("broken", [{"n": 7}, {"n": ""}, {"e": "!"}, {"n": "AA"}], ids=str)
def test_a_key_that_is_broken_breaks_no_other(broken):
    keys = [{**key_set(rsa("one"))[0], **broken}, *key_set(rsa("two"))]
    assert verify(token(rsa("two")), keys)
    assert "key" in refusal(token(rsa("one")), keys)


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_key_that_is_too_short_is_refused():
    """RFC 7518 section 3.3."""
    short = rsa("short", 1024)
    assert "key" in refusal(token(short), key_set(short))


def test_a_private_key_in_the_set_is_used_as_a_public_one():
    assert verify(token(), [rsa("one").as_dict(private=True)])


# --- other things than a signed token


def test_an_encrypted_token_is_refused_clearly():
    key, algorithms = OctKey.generate_key(128), ["A128KW", "A128GCM"]
    header = {"alg": "A128KW", "enc": "A128GCM"}
    text = jwe.encrypt_compact(header, json.dumps(claims()), key, algorithms)
    assert "encrypted" in refusal(text)
    assert "encrypted" in refusal(f"{part({'alg': 'RS256', 'enc': 'A128GCM'})}.{part({})}.AA")


def test_a_token_of_17_kib_is_not_read():
    text = token(junk="x" * 17 * 1024)
    assert len(text) > LONGEST
    assert "longer" in refusal(text)


def test_a_token_of_15_kib_is_read():
    assert verify(token(junk="x" * 10 * 1024))


@pytest.mark.parametrize(
    "junk",
    [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c.d",
        "null",
        "a.b.c",
        f"{part([])}.{part({})}.AA",
        f"{part('x')}.{part({})}.AA",
        f"{part({})}.{part({})}.AA",
        f"{part({'alg': 'RS256'})}.{part([])}.AA",
        f"{part({'alg': 'RS256'})}.{part(7)}.AA",
        f"{part({'alg': 'RS256'})}.{part(b'{}x')}.AA",
        f"{part({'alg': 'RS256'})}.{part(bytes([255, 254]))}.AA",
        f"{part({'alg': 'RS256'})}.{part(b'[' * 8000)}.AA",
        f"{part({'alg': 'RS256'})}.{part(b'9' * 8000)}.AA",
        f"{part({'alg': 'RS256'})}.{part({'iat': math.nan})}.AA",
        f"{part({'alg': 'RS256'})}.{part({})}=.AA",
        f"{part({'alg': 'RS256'})}.{part({})}.A+A",
        f"{part({'alg': 'RS256'})}.{part({})}.\u00e4",
        f" {part({'alg': 'RS256'})}.{part({})}.AA",
        "eyJhbGciOiJSUzI1NiJ9\n.e30.AA",
        "A.e30.AA",
    ],
)
def test_junk_is_refused(junk):
    with pytest.raises(InvalidLogoutToken):
        verify(junk)


def test_a_claim_that_stands_there_twice_is_refused():
    """RFC 7519 section 4: two readers would read two tokens."""
    content = json.dumps(claims()).removesuffix("}") + ', "sub": "another"}'
    assert "JSON" in refusal(sign(content))


def test_what_a_log_is_told_of_a_token_is_short_and_plain():
    with pytest.raises(InvalidLogoutToken) as caught:
        verify(sign(claims(iss="x\n\u202e" * 1000)))
    assert caught.value.line.isascii()
    assert caught.value.line.isprintable()
    assert len(caught.value.line) < 200
