"""The public keys of an identity provider, fetched when they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from threading import Lock
from typing import Any, Protocol

from ..moments import HOUR, MINUTE
from .client import Client, keys_in
from .jwk import KeysUnavailable
from .urls import why_not

Keys = list[Mapping[str, Any]]


class KeySource(Protocol):
    """Where the keys of one provider come from. *now* is in UTC epoch seconds."""

    def current(self, now: float) -> Keys:
        """Return the keys.

        :raises KeysUnavailable: if they are not known.
        """

    def renewed(self, former: Keys, now: float) -> Keys:
        """Return the keys after *former* did not have the one that signed a token.

        :raises KeysUnavailable: if it cannot be told whether there are newer ones.
        """


def keys_of(issuer: str, client: Client) -> KeySource:
    """Return where the keys of *issuer* come from."""
    if isinstance(client.keys, str):
        return FetchedKeys(issuer, client.keys)
    return GivenKeys(client.keys)


class GivenKeys:
    """Keys that the site gives: a set, or a function that returns one and is asked each time."""

    def __init__(self, given: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> None:
        self._given = given

    def current(self, now: float) -> Keys:
        """Return the keys."""
        if isinstance(self._given, Mapping):
            return keys_in(self._given)
        try:
            keys = keys_in(self._given())
        except Exception as error:  # the site's own function may raise anything
            raise KeysUnavailable(f"the function of the option has failed: {error!r}") from error
        if not keys:
            raise KeysUnavailable("the function of the option has returned no keys")
        return keys

    def renewed(self, former: Keys, now: float) -> Keys:
        """Return the same keys: whoever gives them knows when they change."""
        return former


def _fetch(url: str) -> Mapping[str, Any]:
    from .fetching import fetch  # urllib.request, which only a site with the option needs

    return fetch(url)


class FetchedKeys:
    """Keys at a URL, or where the provider's configuration says; threads may share them.

    One thread fetches while the others wait for it.

    :param url: ``""``: the provider's configuration names it.
    """

    LIFETIME = HOUR  # a key that the provider has withdrawn is not believed for longer
    AGAIN = MINUTE  # anybody can send a token that names an unknown key
    REST = 10.0  # seconds, after a failure: whoever waits must not wait for the next one too

    def __init__(
        self, issuer: str, url: str = "", fetch: Callable[[str], Mapping[str, Any]] = _fetch
    ) -> None:
        self._issuer = issuer
        self._url = url
        self._fetch = fetch
        self._keys: Keys = []
        self._fetched_at = self._renewed_at = self._failed_at = -inf
        self._lock = Lock()

    def current(self, now: float) -> Keys:
        """Return the keys."""
        with self._lock:
            if not 0 <= now - self._fetched_at < self.LIFETIME:
                self._load(now)
            return self._keys

    def renewed(self, former: Keys, now: float) -> Keys:
        """Return the keys, fetched again unless another thread has or it was done recently."""
        with self._lock:
            if self._keys is former:
                if 0 <= now - self._renewed_at < self.AGAIN:
                    raise KeysUnavailable("they have just been fetched again for another token")
                self._renewed_at = now
                self._load(now)
            return self._keys

    def _load(self, now: float) -> None:
        if 0 <= now - self._failed_at < self.REST:
            raise KeysUnavailable("they could not be fetched just now")
        self._failed_at = now  # should anything of this fail
        keys = keys_in(self._fetch(self._url or self._discovered()))
        if not keys:
            raise KeysUnavailable("the provider's set of keys is empty")
        self._keys, self._fetched_at, self._failed_at = keys, now, -inf

    def _discovered(self) -> str:
        """Return the URL of the keys (OpenID Connect Discovery 1.0, section 4)."""
        where = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = self._fetch(where)
        if found.get("issuer") != self._issuer:  # section 4.3
            raise KeysUnavailable(f"{where}: it is the configuration of another issuer")
        url = found.get("jwks_uri")
        problem = why_not(url) if isinstance(url, str) else "there is none"
        if problem:
            raise KeysUnavailable(f"{where}: jwks_uri: {problem}")
        return str(url)
