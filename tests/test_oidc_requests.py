"""The provider's request as servers hand it over."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from logout_tokens import CLIENT_ID, ISSUER

from session440.django import Session440Middleware
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
