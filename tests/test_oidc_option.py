"""The option ``oidc``: what it means, and what cannot be meant."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from logout_tokens import key_set, rsa

from session440.exceptions import ConfigurationError
from session440.oidc import Client
from session440.oidc.client import DEFAULT_ALGORITHMS, check_oidc

ISSUER = "https://id.example.org"


def test_a_client_id_alone_is_enough():
    assert check_oidc("oidc", {ISSUER: "the-site"}) == {ISSUER: Client("the-site")}


def test_a_client_may_say_more():
    client = Client("the-site", keys="https://id.example.org/keys", algorithms=["ES256"])
    assert check_oidc("oidc", {ISSUER: client, "http://127.0.0.1:5000": "x"})[ISSUER] is client


def test_a_client_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Client("the-site").client_id = "another"


@pytest.mark.parametrize("algorithm", DEFAULT_ALGORITHMS)
def test_no_algorithm_that_is_accepted_by_default_has_a_shared_secret(algorithm):
    assert algorithm[:2] in {"RS", "PS", "ES", "Ed"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        ISSUER,
        {},
        [ISSUER],
        {"": "the-site"},
        {"http://id.example.org": "the-site"},
        {"id.example.org": "the-site"},
        {"https://id.example.org?a=b": "the-site"},
        {"https://id.example.org#a": "the-site"},
        {7: "the-site"},
        {ISSUER: ""},
        {ISSUER: " "},
        {ISSUER: None},
        {ISSUER: 7},
        {ISSUER: {"client_id": "the-site"}},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_meant_is_refused(value):
    with pytest.raises(ConfigurationError, match="oidc"):
        check_oidc("oidc", value)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": 7}, "client_id"),
        ({"keys": "http://id.example.org/keys"}, "https://"),
        ({"keys": "keys.json"}, "keys"),
        ({"keys": None}, "keys"),
        ({"keys": {}}, "keys"),
        ({"keys": {"keys": []}}, "keys"),
        ({"keys": [{"kty": "RSA"}]}, "keys"),
        ({"algorithms": ()}, "algorithms"),
        ({"algorithms": "RS256"}, "algorithms"),
        ({"algorithms": {"RS256"}}, "algorithms"),
        ({"algorithms": None}, "algorithms"),
        ({"algorithms": ("RS257",)}, "RS257"),
        ({"algorithms": ("rs256",)}, "rs256"),
        ({"algorithms": (7,)}, "accepted are"),
        ({"algorithms": ("RS256", "none")}, "only the provider can make"),
        ({"algorithms": ("None",)}, "only the provider can make"),
        ({"algorithms": ("RS256", "HS256")}, "only the provider can make"),
        ({"algorithms": ("HS512",), "keys": "https://a.example/"}, "only the provider can make"),
        ({"algorithms": ("HS256",), "keys": {"keys": key_set(rsa("one"))}}, "only the provider"),
    ],
    # Not by the text of a key, which is made anew in each process.
    ids=lambda each: str(each)[:40],
)
def test_a_client_that_cannot_be_meant_is_refused(wrong, hint):
    with pytest.raises(ConfigurationError, match=hint):
        Client(**{"client_id": "the-site", **wrong})


def test_without_joserfc_the_option_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with pytest.raises(ConfigurationError, match=r"session440\[oidc\]"):
        check_oidc("oidc", {ISSUER: "the-site"})


def test_joserfc_is_not_imported_before_the_option_is_used():
    code = (
        "import sys; import session440.oidc.receiver, session440.oidc.logout_token; "
        "assert not {'joserfc', 'urllib.request'} & {*sys.modules}; "
        "session440.oidc.client.check_oidc('oidc', {'https://id.example.org': 'a'}); "
        "assert 'joserfc' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
