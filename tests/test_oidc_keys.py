"""The keys of identity providers: fetched from real servers, and no more often than necessary."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from logout_tokens import ISSUER, NOW, key_set, rsa
from serving import serve
from werkzeug.wrappers import Request, Response

from session440.moments import HOUR, MINUTE
from session440.oidc import fetching
from session440.oidc.client import Client
from session440.oidc.fetching import LONGEST, fetch
from session440.oidc.jwk import KeysUnavailable
from session440.oidc.keys import FetchedKeys, keys_of
from session440.oidc.urls import why_not


class Publisher:
    """An identity provider's documents, which counts how often each is asked for."""

    def __init__(self):
        self.url = ""
        self.documents = {}
        self.asked = []

    def publish(self, path, document):
        self.documents[path] = document

    def __call__(self, environ, start_response):
        path = Request(environ).path
        self.asked.append(path)
        document = self.documents.get(path)
        if document is None:
            answer = Response("no", 404)
        elif callable(document):
            answer = document()
        else:
            answer = Response(json.dumps(document), content_type="application/json")
        return answer(environ, start_response)


@pytest.fixture
def publisher():
    publisher = Publisher()
    with serve(publisher) as publisher.url:
        publisher.publish("/keys", {"keys": key_set(rsa("one"))})
        configuration = {"issuer": publisher.url, "jwks_uri": f"{publisher.url}/keys"}
        publisher.publish("/.well-known/openid-configuration", configuration)
        yield publisher


def names(keys) -> list[str]:
    return [each["kid"] for each in keys]


# --- where they come from


def test_keys_are_found_by_the_providers_configuration(publisher):
    source = keys_of(publisher.url, Client("the-site"))
    assert publisher.asked == []  # not before they are needed
    assert names(source.current(NOW)) == ["one"]
    assert publisher.asked == ["/.well-known/openid-configuration", "/keys"]


def test_an_issuer_with_a_path_and_a_slash_has_its_configuration_below(publisher):
    issuer = f"{publisher.url}/realms/a/"
    configuration = {"issuer": issuer, "jwks_uri": f"{publisher.url}/keys"}
    publisher.publish("/realms/a/.well-known/openid-configuration", configuration)
    assert names(keys_of(issuer, Client("the-site")).current(NOW)) == ["one"]


def test_keys_at_a_url_are_fetched_from_there(publisher):
    source = keys_of(ISSUER, Client("the-site", keys=f"{publisher.url}/keys"))
    assert names(source.current(NOW)) == ["one"]
    assert publisher.asked == ["/keys"]


def test_keys_that_are_given_are_used_as_they_are():
    source = keys_of(ISSUER, Client("the-site", keys={"keys": [*key_set(rsa("one")), "junk"]}))
    assert names(source.current(NOW)) == ["one"]
    assert source.renewed(source.current(NOW), NOW)


def test_a_function_is_asked_each_time():
    sets = iter([{"keys": key_set(rsa("one"))}, {"keys": key_set(rsa("two"))}])
    source = keys_of(ISSUER, Client("the-site", keys=lambda: next(sets)))
    assert names(source.current(NOW)) == ["one"]
    assert names(source.current(NOW)) == ["two"]


@pytest.mark.parametrize("keys", [lambda: 1 / 0, lambda: None, dict, lambda: {"keys": "x"}])
def test_a_function_that_fails_is_no_keys(keys):
    with pytest.raises(KeysUnavailable):
        keys_of(ISSUER, Client("the-site", keys=keys)).current(NOW)


# --- what is not taken for keys


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        {},
        [],
        {"issuer": "https://other.example", "jwks_uri": "{url}/keys"},
        {"issuer": "{url}/", "jwks_uri": "{url}/keys"},
        {"issuer": "{url}"},
        {"issuer": "{url}", "jwks_uri": 7},
        {"issuer": "{url}", "jwks_uri": "http://id.example.org/keys"},
        {"issuer": "{url}", "jwks_uri": "file:///etc/hostname"},
        {"issuer": "{url}", "jwks_uri": "{url}/none"},
    ],
    ids=str,
)
def test_a_configuration_that_is_none_of_this_issuer_is_no_keys(publisher, configuration):
    told = json.loads(json.dumps(configuration).replace("{url}", publisher.url))
    publisher.publish("/.well-known/openid-configuration", told)
    with pytest.raises(KeysUnavailable):
        keys_of(publisher.url, Client("the-site")).current(NOW)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": []},
        {"keys": {}},
        {"keys": ["x"]},
        [],
        "x",
        lambda: Response("no", 500),
        lambda: Response("{"),
        lambda: Response("[" * 100_000),
        lambda: Response(b"\xff\xfe"),
        lambda: Response(b"{}", headers={"Content-Length": "100"}),
    ],
)
def test_what_is_no_set_of_keys_is_no_keys(publisher, document):
    publisher.publish("/keys", document)
    with pytest.raises(KeysUnavailable):
        FetchedKeys(ISSUER, f"{publisher.url}/keys").current(NOW)


def test_a_set_of_keys_that_is_very_long_is_none(publisher):
    keys = json.dumps({"keys": key_set(rsa("one"))})
    publisher.publish("/keys", lambda: Response(keys.rjust(LONGEST)))
    publisher.publish("/more", lambda: Response(keys.rjust(LONGEST + 1)))
    assert FetchedKeys(ISSUER, f"{publisher.url}/keys").current(NOW)
    with pytest.raises(KeysUnavailable):
        FetchedKeys(ISSUER, f"{publisher.url}/more").current(NOW)


def test_a_file_of_this_machine_is_no_set_of_keys(publisher, tmp_path):
    (tmp_path / "keys").write_text(json.dumps({"keys": key_set(rsa("one"))}))
    url = (tmp_path / "keys").as_uri()
    told = {"issuer": publisher.url, "jwks_uri": url}
    publisher.publish("/.well-known/openid-configuration", told)
    publisher.publish("/keys", lambda: Response("", 302, headers={"Location": url}))
    for source in (FetchedKeys(publisher.url), FetchedKeys(ISSUER, f"{publisher.url}/keys")):
        with pytest.raises(KeysUnavailable):
            source.current(NOW)


def test_a_provider_that_is_out_has_no_keys(publisher):
    with serve(Publisher()) as gone:
        pass
    with pytest.raises(KeysUnavailable):
        FetchedKeys(ISSUER, f"{gone}/keys").current(NOW)


def test_a_provider_that_does_not_answer_in_time_has_no_keys(publisher, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.1)
    asked_no_more = threading.Event()
    publisher.publish("/keys", lambda: asked_no_more.wait() and Response("{}"))
    try:
        with pytest.raises(KeysUnavailable, match="too long"):
            fetch(f"{publisher.url}/keys")
    finally:
        asked_no_more.set()


def test_a_provider_that_answers_a_drop_at_a_time_has_no_keys(publisher, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.1)
    tick = threading.Event()

    def drops():
        while True:
            tick.wait(0.03)
            yield b" "

    publisher.publish("/keys", lambda: Response(drops()))
    with pytest.raises(KeysUnavailable, match="too long"):
        fetch(f"{publisher.url}/keys")


# --- redirects, and what a proxy of the environment sees


def test_a_redirect_within_the_host_is_followed(publisher):
    publisher.publish("/old", lambda: Response("", 302, headers={"Location": "/keys"}))
    assert names(FetchedKeys(ISSUER, f"{publisher.url}/old").current(NOW)) == ["one"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where", ["another port", "https://id.example.org/", "file:///etc/hostname"]
)
def test_a_redirect_to_another_host_or_scheme_is_not_followed(publisher, where, status):
    other = Publisher()
    other.publish("/keys", {"keys": key_set(rsa("an attacker's"))})
    with serve(other) as url:
        target = f"{url}/keys" if where == "another port" else where
        publisher.publish("/old", lambda: Response("", status, headers={"Location": target}))
        with pytest.raises(KeysUnavailable):
            FetchedKeys(ISSUER, f"{publisher.url}/old").current(NOW)
        assert other.asked == []


def test_a_host_on_this_machine_is_asked_without_a_proxy(publisher, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert names(FetchedKeys(ISSUER, f"{publisher.url}/keys").current(NOW)) == ["one"]


# --- how often


def test_keys_are_fetched_once_an_hour(publisher):
    """A key that the provider has withdrawn is not believed for longer."""
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    source.current(NOW)
    publisher.publish("/keys", {"keys": key_set(rsa("two"))})
    assert names(source.current(NOW + HOUR - 1)) == ["one"]
    assert names(source.current(NOW + HOUR)) == ["two"]
    assert publisher.asked == ["/keys"] * 2


def test_a_clock_that_was_set_back_does_not_keep_old_keys(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    source.current(NOW)
    source.current(NOW - 5)
    assert len(publisher.asked) == 2


def test_for_an_unknown_key_they_are_fetched_again_once_a_minute(publisher):
    """Anybody can send a token that names one."""
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    first = source.current(NOW)
    publisher.publish("/keys", {"keys": key_set(rsa("one"), rsa("two"))})
    second = source.renewed(first, NOW)
    assert names(second) == ["one", "two"]
    with pytest.raises(KeysUnavailable):
        source.renewed(second, NOW + MINUTE - 1)
    assert publisher.asked == ["/keys"] * 2
    assert names(source.renewed(second, NOW + MINUTE)) == ["one", "two"]


def test_whoever_has_older_keys_gets_those_that_another_has_fetched(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    first = source.current(NOW)
    second = source.renewed(first, NOW)
    assert source.renewed(first, NOW) is second
    assert len(publisher.asked) == 2


def test_after_a_failure_nobody_asks_for_ten_seconds(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/none")
    for later in (0, 9):
        with pytest.raises(KeysUnavailable):
            source.current(NOW + later)
    assert publisher.asked == ["/none"]
    publisher.publish("/none", {"keys": key_set(rsa("one"))})
    assert names(source.current(NOW + 10)) == ["one"]


def test_a_provider_that_is_out_leaves_the_keys_that_are_known(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    known = source.current(NOW)
    publisher.publish("/keys", None)
    with pytest.raises(KeysUnavailable):
        source.renewed(known, NOW)
    assert source.current(NOW + 1) is known


def at_once(count, call):
    together = threading.Barrier(count)

    def one(_):
        together.wait()
        return call()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_fifty_threads_fetch_the_keys_once(publisher):
    source = FetchedKeys(publisher.url)
    assert len({id(each) for each in at_once(50, lambda: source.current(NOW))}) == 1
    assert publisher.asked == ["/.well-known/openid-configuration", "/keys"]


def test_fifty_threads_fetch_them_again_once(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/keys")
    known = source.current(NOW)
    assert len({id(each) for each in at_once(50, lambda: source.renewed(known, NOW))}) == 1
    assert len(publisher.asked) == 2


def test_fifty_threads_wait_for_one_failure(publisher):
    source = FetchedKeys(ISSUER, f"{publisher.url}/none")

    def fail():
        with pytest.raises(KeysUnavailable):
            source.current(NOW)

    at_once(50, fail)
    assert publisher.asked == ["/none"]


# --- URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example.org",
        "https://id.example.org:8443/realms/a",
        "http://127.0.0.1:5000",
        "http://[::1]:5000/",
        "http://localhost:5000",
        "https://10.0.0.5/",
    ],
)
def test_providers_are_asked_by_tls_or_on_this_machine(url):
    assert why_not(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "id.example.org",
        "//id.example.org",
        "http://id.example.org",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.5",
        "https://",
        "https://user@id.example.org",
        "https://id.example.org#a",
        "https://id.example.org/ a",
        "https://id.example.org/\n",
        "https://id.example.org:port",
        "https://[id.example.org",
        "file:///etc/hostname",
        "ftp://id.example.org",
        "javascript:alert(1)",
        "https://ïd.example.org",
    ],
)
def test_other_urls_are_never_asked(url):
    assert why_not(url)
