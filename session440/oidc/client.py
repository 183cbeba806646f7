"""What a site says about its identity providers: the option ``oidc``, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..exceptions import ConfigurationError
from .urls import why_not

#: A set of public keys (RFC 7517): ``{"keys": [{"kty": "RSA", ...}]}``.
KeySet = Mapping[str, Any]

#: Only what a provider signs with a private key. ``none`` is no signature; with ``HS256`` whoever
#: has the public key could sign (RFC 8725 sections 2.1 and 3.1).
DEFAULT_ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    "Ed25519",
)
#: Those that may be named besides. RFC 9864 has replaced the first; joserfc warns of it.
FURTHER_ALGORITHMS = ("EdDSA", "Ed448")


@dataclass(frozen=True)
class Client:
    """This site as a client of one identity provider.

    :param client_id: what the provider calls this site: logout tokens must name it (``aud``).
    :param keys: the provider's public keys: the URL of its key set; the set itself; or a function
        that returns the set. Default: the URL that the provider's own configuration names,
        ``<issuer>/.well-known/openid-configuration``.
    :param algorithms: which signatures are accepted.
    :param requires_exp: false accepts logout tokens without ``exp``, from a provider that follows
        the specification before its first errata. Their age is limited in any case.
    :raises ConfigurationError: for a value that makes no sense.
    """

    client_id: str
    keys: str | KeySet | Callable[[], KeySet] = field(default="", repr=False)
    algorithms: Sequence[str] = DEFAULT_ALGORITHMS
    requires_exp: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.client_id, str) or not self.client_id.strip():
            raise ConfigurationError(
                f"client_id is {self.client_id!r}; give what the provider calls this site"
            )
        _check_keys(self.keys)
        _check_algorithms(self.algorithms)


def _check_keys(keys: object) -> None:
    if isinstance(keys, str):
        problem = why_not(keys) if keys else None
        if problem:
            raise ConfigurationError(f"keys is {keys!r}: {problem}")
    elif isinstance(keys, Mapping):
        if not keys_in(keys):
            raise ConfigurationError('keys is not a set of keys; give {"keys": [{...}, ...]}')
    elif not callable(keys):
        raise ConfigurationError(
            f"keys is a {type(keys).__name__}; give the URL of the provider's key set, the set as "
            "a mapping, or a function that returns it"
        )


def keys_in(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the keys of a set; those that have not the form of a key are left out."""
    keys = document.get("keys")
    return [each for each in keys if isinstance(each, Mapping)] if isinstance(keys, list) else []


def _check_algorithms(algorithms: object) -> None:
    accepted = (*DEFAULT_ALGORITHMS, *FURTHER_ALGORITHMS)
    if isinstance(algorithms, str) or not isinstance(algorithms, Sequence) or not algorithms:
        raise ConfigurationError(
            f"algorithms is {algorithms!r}; give a tuple of {', '.join(accepted)}"
        )
    for each in algorithms:
        if each not in accepted:
            why = ": a signature is needed that only the provider can make"
            weak = str(each).lower() == "none" or str(each).upper().startswith("HS")
            raise ConfigurationError(
                f"algorithms has {each!r}, which is not accepted{why if weak else ''}; "
                f"accepted are {', '.join(accepted)}"
            )


def check_oidc(name: str, value: object) -> Mapping[str, Client]:
    """Return the value of the option ``oidc``: for each issuer what this site is to it.

    :raises ConfigurationError: for what cannot be meant, and if joserfc is missing.
    """
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(
            f'{name} is {value!r}; give {{"https://id.example.org": "client id"}}, or leave it out'
        )
    checked = {_issuer(name, issuer): _client(name, issuer, value[issuer]) for issuer in value}
    _need_joserfc(name)
    return checked


def _issuer(name: str, issuer: object) -> str:
    if not isinstance(issuer, str):
        raise ConfigurationError(f"{name} has the issuer {issuer!r}; give its URL")
    problem = why_not(issuer) or ("it has a query" if urlsplit(issuer).query else None)
    if problem:
        raise ConfigurationError(f"{name} has the issuer {issuer!r}: {problem}")
    return issuer


def _client(name: str, issuer: str, given: object) -> Client:
    try:
        client = Client(given) if isinstance(given, str) else given
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}[{issuer!r}]: {error}") from error
    if not isinstance(client, Client):
        raise ConfigurationError(
            f"{name}[{issuer!r}] is {given!r}; give the client id, or a session440.oidc.Client"
        )
    return client


def _need_joserfc(name: str) -> None:
    try:
        import joserfc  # noqa: F401  # only who uses the option needs it
    except ImportError as error:
        raise ConfigurationError(
            f"{name} needs joserfc, which checks signatures: pip install 'session440[oidc]'"
        ) from error
