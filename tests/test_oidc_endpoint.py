"""The provider's request in a whole app: what a login has to be linked to, and when."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from clock import START, FakeClock
from logout_tokens import CLIENT_ID, ISSUER, key_set, rsa, token
from werkzeug.test import Client as HTTPClient
from werkzeug.wrappers import Request, Response

from session440 import Credential
from session440.exceptions import ConfigurationError, StoreError
from session440.oidc import Client
from session440.stores import MemoryStore
from session440.wsgi import Session440Middleware

KEY = "a long random text for the tests of the endpoint"
OIDC = {ISSUER: Client(CLIENT_ID, keys={"keys": key_set(rsa("one"))})}
ENDPOINT = "/session440/backchannel-logout"


class FlakyStore(MemoryStore):
    """A store whose notes, or whose all, fail while ``out`` says so."""

    out = ""

    def __init__(self):
        super().__init__()
        self.calls = []

    def note(self, *args):
        self.calls.append("note")
        if self.out in ("notes", "writing"):
            raise StoreError("out")
        return super().note(*args)

    def notes(self, *args):
        if self.out == "notes":
            raise StoreError("out")
        return super().notes(*args)

    def insert(self, *args):
        self.calls.append("insert")
        if self.out == "writing":
            raise StoreError("out")
        return super().insert(*args)


@Request.application
def app(request):
    visit = request.environ["session440"]
    claims = {"iss": ISSUER, "sub": "ada", "sid": "s1", "iat": START - 5, "auth_time": START - 5}
    if request.path == "/login":
        visit.login("ada", credential=Credential.from_claims(claims))
    elif request.path == "/login-by-password":
        visit.login("ada")
    elif request.path == "/connect":
        visit.credential(credential=Credential.from_claims(claims))
    elif request.path == "/connect-to-another":
        visit.credential(credential=Credential.from_claims({**claims, "sid": "s2"}))
    elif request.path == "/confirm":
        visit.confirm("ada")
    return Response(f"for {visit.subject}")


@pytest.fixture
def store():
    return FlakyStore()


@pytest.fixture
def middleware(clock, store):
    return Session440Middleware(app, secret_key=KEY, oidc=OIDC, store=store, clock=clock)


@pytest.fixture
def browser(middleware):
    return HTTPClient(middleware)


@pytest.fixture
def tell(middleware):
    """Send a logout token; gives the answer."""

    def tell(**changes):
        named = {"sub": "ada", "sid": "s1", "iat": START, "exp": START + 10_000} | changes
        form = urlencode({"logout_token": token(**named)})
        kind = "application/x-www-form-urlencoded"
        return HTTPClient(middleware).post(ENDPOINT, data=form, content_type=kind)

    return tell


def test_the_answer_is_empty_and_nobody_may_store_it(browser, tell):
    browser.get("/login")
    answer = tell()
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert browser.get("/").status_code == 440


def test_a_refused_token_is_told_why_as_json(tell):
    answer = tell(aud="another")
    assert answer.status_code == 400
    assert answer.json["error"] == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("out", ["notes", "writing"])
def test_a_login_that_began_while_the_store_was_out_is_linked_later(store, browser, tell, out):
    store.out = out
    browser.get("/login")
    store.out = ""
    assert browser.get("/").status_code == 200
    assert tell().status_code == 200
    assert browser.get("/").status_code == 440


@pytest.mark.parametrize("out", ["notes", "writing"])
def test_a_login_from_an_ended_session_that_began_while_the_store_was_out_ends_later(
    store, browser, tell, out
):
    assert tell().status_code == 200
    store.out = out
    browser.get("/login")
    store.out = ""
    browser.get("/")
    assert browser.get("/").status_code == 440


@pytest.mark.parametrize("out", ["notes", "writing"])
def test_while_the_store_is_out_the_provider_is_not_told_that_it_was_done(
    store, browser, tell, out
):
    browser.get("/login")
    store.out = out
    assert tell(jti="a").status_code == 503
    store.out = ""
    assert tell(jti="a").status_code == 200
    assert browser.get("/").status_code == 440


def test_a_login_that_is_connected_to_the_provider_later_ends_with_it(browser, tell):
    browser.get("/login-by-password")
    browser.get("/connect")
    assert tell().status_code == 200
    assert browser.get("/").status_code == 440


def test_a_login_that_was_confirmed_ends_with_the_provider(browser, tell):
    """It has another id since."""
    browser.get("/login")
    browser.get("/confirm")
    assert tell().status_code == 200
    assert browser.get("/").status_code == 440


@pytest.mark.parametrize("before", ["/login", "/login-by-password"])
@pytest.mark.parametrize("out", ["notes", "writing"])
def test_a_login_that_is_connected_while_the_store_is_out_is_linked_later(
    store, browser, tell, before, out
):
    browser.get(before)
    browser.get("/")
    store.out = out
    browser.get("/connect-to-another")
    store.out = ""
    assert browser.get("/").status_code == 200
    assert tell(sid="s2").status_code == 200
    assert browser.get("/").status_code == 440


def test_a_login_that_the_store_has_forgotten_ends_though_it_comes_back_late(
    clock, store, browser, tell
):
    """A store that was started anew knows neither the login nor its link."""
    browser.get("/login")
    store.__init__()
    assert tell().status_code == 200
    clock.advance(1140)  # within the idle timeout
    browser.get("/")
    assert browser.get("/").status_code == 440


def test_a_login_that_is_linked_costs_no_call_more(store, browser):
    browser.get("/login")
    browser.get("/")
    store.calls.clear()
    browser.get("/")
    assert store.calls == []


def test_a_login_that_overtakes_nothing_ends_at_its_first_page(browser, tell):
    tell()
    browser.get("/login")
    assert browser.get("/").status_code == 440


def test_a_login_in_use_for_long_ends_with_the_provider(clock: FakeClock, browser, tell):
    """Seven and a half hours later, used all the time."""
    browser.get("/login")
    for _ in range(30):
        clock.advance(900)
        assert browser.get("/").status_code == 200
    assert tell(iat=clock(), exp=clock() + 60).status_code == 200
    assert browser.get("/").status_code == 440


def test_without_the_option_there_is_no_endpoint(clock, store):
    plain = Session440Middleware(app, secret_key=KEY, store=store, clock=clock)
    assert HTTPClient(plain).post(ENDPOINT).text == "for None"


def test_without_a_store_the_app_does_not_start(clock):
    with pytest.raises(ConfigurationError, match="store"):
        Session440Middleware(app, secret_key=KEY, oidc=OIDC, clock=clock)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_not_allowed(middleware, method):
    assert HTTPClient(middleware).open(ENDPOINT, method=method).status_code == 405
