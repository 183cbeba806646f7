"""Where a 440 leads back to: a link that arrives, and that people want."""

from __future__ import annotations

import html
import re

import pytest
from flask_apps import IDLE, logged_in, make_app

from session440.flask import Session440

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


@pytest.fixture
def ended(clock):
    """A client of an app whose login has ended: ``ended(**config)``."""

    def ended(**config):
        app = make_app(clock, **config)
        Session440(app)
        client = logged_in(app)
        clock.advance(IDLE)
        return client

    return ended


def link(client, path="/", **headers):
    return client.get(path, headers={**JSON, **headers}).json["login_url"]


@pytest.mark.parametrize(
    "path",
    [
        *("/logout", "/log-out", "/log_out", "/signout", "/sign-out", "/sign_out", "/logoff"),
        *("/users/sign_out", "/Account/LogOff", "/app/logout/", "/logout?from=menu", "/log%6Fut"),
    ],
)
def test_a_logout_is_never_where_people_come_back_to(ended, path):
    assert link(ended(), path) == "/login"


@pytest.mark.parametrize(
    "path", ["/logouts", "/logout/report", "/blog-out", "/x?next=/logout", "/stock/out"]
)
def test_a_page_that_only_sounds_like_one_is(ended, path):
    assert link(ended(), path).startswith("/login?next=%2F")


def test_a_link_too_long_for_servers_leads_to_the_login_page_alone(ended):
    """gunicorn refuses a request line of more than 4,094 bytes."""
    assert len(link(ended(), "/" + "a" * 1985)) == 2000
    assert link(ended(), "/" + "a" * 1986) == "/login"
    assert link(ended(), "/?q=" + "%2F" * 700) == "/login"  # it is the whole link that counts


def test_a_login_page_of_another_host_gets_a_whole_address(ended):
    """It would lead back to itself."""
    elsewhere = {"SESSION440_LOGIN_URL": "https://id.example.org/in?a=b"}
    found = "https://id.example.org/in?a=b&next=http%3A%2F%2Flocalhost%2Forders%3Fp%3D2"
    assert link(ended(**elsewhere), "/orders?p=2") == found
    own = {"SESSION440_LOGIN_URL": "http://localhost/in"}
    assert link(ended(**own), "/orders") == "http://localhost/in?next=%2Forders"


def test_the_page_of_a_frame_leads_out_of_it(ended):
    """A login page forbids to be framed: the person would see an empty frame."""
    frame = {**HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    at = {"Referer": "http://localhost/desk", "Sec-Fetch-Site": "same-origin"}
    page = ended().get("/part", headers={**frame, **at}).text
    (anchor,) = re.findall(r'<a class="login" [^>]*>', page)
    assert 'target="_top"' in anchor
    assert html.unescape(re.search(r'href="([^"]*)"', anchor)[1]) == "/login?next=%2Fdesk"
