"""Who asks, and where the person was."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from session440.core.cookie import find_cookies
from session440.http import negotiation as caller

HOST = "a.example"


@pytest.mark.parametrize(
    ("headers", "is_html"),
    [
        ({"HTTP_SEC_FETCH_MODE": "navigate"}, True),
        ({"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_ACCEPT": "application/json"}, True),
        ({"HTTP_SEC_FETCH_MODE": "same-origin", "HTTP_ACCEPT": "text/html"}, True),
        ({"HTTP_SEC_FETCH_MODE": "no-cors", "HTTP_ACCEPT": "text/html"}, True),
        ({"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "text/html"}, False),
        ({"HTTP_ACCEPT": "text/html,application/xml;q=0.9,*/*;q=0.8"}, True),
        ({"HTTP_ACCEPT": "application/xhtml+xml"}, True),
        ({"HTTP_ACCEPT": "text/html;q=0.5, application/json"}, False),
        ({"HTTP_ACCEPT": "application/problem+json;q=0.1, text/html"}, True),
        ({"HTTP_ACCEPT": "text/html;q=0"}, False),
        ({"HTTP_ACCEPT": "image/png, text/html;q=0.9"}, True),
        ({"HTTP_ACCEPT": "application/json;q=0, text/html;q=0.1"}, True),
        ({"HTTP_ACCEPT": "application/json, text/html"}, False),
        ({"HTTP_ACCEPT": "*/*"}, False),
        ({}, False),
    ],
)
def test_form_is_chosen_for_the_caller(headers, is_html):
    assert caller.wants_html(headers) is is_html


@pytest.mark.parametrize(
    ("environ", "target"),
    [
        ({"REQUEST_METHOD": "GET"}, "/own?a=1"),
        ({"REQUEST_METHOD": "HEAD"}, "/own?a=1"),
        ({"REQUEST_METHOD": "POST", "HTTP_REFERER": "https://a.example/form?b=2"}, "/form?b=2"),
        ({"REQUEST_METHOD": "POST", "HTTP_REFERER": "http://A.Example"}, "/"),
    ],
)
def test_target_is_where_the_person_was(environ, target):
    """The address of what a script asks for is not a place to come back to."""
    assert caller.return_target(environ, "/own?a=1", HOST) == target
    if "HTTP_REFERER" not in environ:
        assert caller.return_target(environ, "/own", HOST, is_script=True) is None


def origin(text, **more):
    return {"HTTP_ORIGIN": text, **more}


SITE = {"HTTP_SEC_FETCH_SITE": "same-site"}


@pytest.mark.parametrize(
    ("environ", "host", "secure", "same"),
    [
        (origin("https://a.example"), "A.example", True, True),
        (origin("https://a.example:443"), HOST, True, True),
        (origin("https://a.example"), f"{HOST}:443", True, True),
        (origin("http://a.example:80"), HOST, False, True),
        (origin("https://a.example"), HOST, False, True),  # TLS ends at a proxy
        (origin("https://a.example"), f"{HOST}:443", False, True),
        (origin("http://a.example"), HOST, True, False),  # anybody's page, on the way
        (origin("http://a.example:8080"), HOST, False, False),
        (origin("https://a.example:80"), HOST, False, False),
        (origin("http://b.example"), HOST, False, False),
        (origin("null"), HOST, True, False),
        (origin(""), "", True, False),
        ({}, "", False, False),
        (origin("https://a.example", **SITE), HOST, True, False),
        (origin("https://ok.example", **SITE), HOST, True, True),
        (origin("https://OK.example"), HOST, True, True),
        (origin("http://ok.example"), HOST, True, False),
        (origin("https://x.wild.example"), HOST, True, True),
        (origin("https://wild.example"), HOST, True, False),
        (origin("https://notwild.example"), HOST, True, False),
    ],
)
def test_same_origin_is_proved_or_refused(environ, host, secure, same):
    request = SimpleNamespace(
        environ=environ,
        host=lambda: host,
        is_secure=lambda: secure,
        trusted_origins=lambda: ("https://ok.example", "https://*.wild.example"),
    )
    assert caller.is_same_origin(request) is same


def test_path_is_written_as_a_browser_would():
    environ = {
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/caf\xc3\xa9 100%/a:b@c,d",
        "QUERY_STRING": "q=%20",
    }
    assert caller.location_of(environ) == "/app/caf%C3%A9%20100%25/a:b@c,d?q=%20"


def test_next_joins_a_query_and_stays_before_a_fragment():
    assert caller.with_next("/login?a=1#top", "next", "/x?y") == "/login?a=1&next=%2Fx%3Fy#top"
    assert caller.with_next("/login", "next", None) == "/login"


def test_page_is_the_same_with_and_without_a_slash():
    assert caller.is_page_of("/login/", "/login?next=/", HOST)
    assert caller.is_page_of("/login", "http://A.example/login/", HOST)
    assert not caller.is_page_of("/login", "/login/more", HOST)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("", []),
        ("t=1", ["1"]),
        ("a=b; t=1; c=d", ["1"]),
        ("a=b;t=1;c=d", ["1"]),
        ("t=1; t=2", ["1", "2"]),
        ("t=1;t=2", ["1", "2"]),
        ("xt=1", []),
        ("xt=1; t=2", ["2"]),
        ("t=1; xt=2", ["1"]),
        ("a=t=1; t=2", ["2"]),
        ("t= 1 ; c=d", ["1"]),
    ],
)
def test_cookies_are_found_by_their_whole_name(header, values):
    assert find_cookies(header, "t") == values
