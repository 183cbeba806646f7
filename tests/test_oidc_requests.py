"""The provider's request as servers hand it over."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

import flask
import pytest
from clock import START
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from logout_tokens import CLIENT_ID, ISSUER, key_set, rsa, token

from session440 import Credential
from session440.django import Session440Middleware
from session440.exceptions import StoreError
from session440.flask import Session440, current_visit
from session440.oidc import Client
from session440.stores import MemoryStore

PATH = "/session440/backchannel-logout"


@pytest.fixture
def answered():
    """Answer a request in Django."""

    def answered(request):
        middleware = SessionMiddleware(Session440Middleware(lambda request: HttpResponse()))
        return middleware(request)

    with override_settings(SESSION440={"STORE": MemoryStore(), "OIDC": {ISSUER: CLIENT_ID}}):
        yield answered


def test_a_body_under_asgi_need_not_say_how_long_it_is(answered):
    """In chunks, or by HTTP/2: the server has put it together."""
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers}
    answer = answered(ASGIRequest(scope, BytesIO(b"logout_token=a.b.c")))
    assert answer.status_code == 400
    assert b"its header is not JSON" in answer.content


def test_the_answer_to_head_has_no_body(answered):
    answer = answered(RequestFactory().head(PATH))
    assert (answer.status_code, answer.content) == (405, b"")


class OutStore(MemoryStore):
    is_out = False

    def note(self, *args):
        if self.is_out:
            raise StoreError("out")
        return super().note(*args)


def test_a_login_is_linked_though_a_slow_answer_brings_back_its_former_ticket(clock):
    """The session says as which login the provider knows it, and that this is not kept yet."""
    app, store = flask.Flask("connected"), OutStore()
    app.secret_key = "a long random text for the tests"
    provider = {ISSUER: Client(CLIENT_ID, keys={"keys": key_set(rsa("one"))})}
    app.config.update(SESSION440_CLOCK=clock, SESSION440_OIDC=provider, SESSION440_STORE=store)
    app.config.update(SESSION440_SUBJECT_KEY="user")
    Session440(app)
    claims = {"iss": ISSUER, "sub": "ada", "sid": "s1", "iat": START - 5}

    @app.get("/<step>")
    def act(step):
        if step == "login":
            flask.session["user"] = "ada"
        if step == "connect":
            current_visit.credential(credential=Credential.from_claims(claims))
        return "done"

    client = app.test_client()
    client.get("/login")
    client.get("/page")
    former = client.get_cookie("session440").value
    store.is_out = True
    client.get("/connect")
    store.is_out = False
    client.set_cookie("session440", former)
    client.get("/page")
    form = urlencode({"logout_token": token(sub="ada", sid="s1", iat=START, exp=START + 60)})
    kind = "application/x-www-form-urlencoded"
    assert app.test_client().post(PATH, data=form, content_type=kind).status_code == 200
    assert client.get("/page").status_code == 440
