"""A credential that is met at an awkward moment: adopted too late, moved before a login."""

from __future__ import annotations

import flask
import pytest
from clock import START, FakeClock
from sites import SECRET
from werkzeug.test import Client

from session440.flask import Session440, current_visit
from session440.wsgi import Session440Middleware


def app_of(clock, **options):
    """An app that keeps its token's end in the session."""
    app = flask.Flask("credentials")
    ends = lambda request, subject: flask.session.get("ends")  # noqa: E731
    app.config.update(SECRET_KEY=SECRET, TESTING=True, SESSION440_CLOCK=clock)
    app.config.update(SESSION440_CREDENTIAL=ends, **options)
    app.add_url_rule("/", "index", lambda: current_visit.subject or "nobody")
    Session440(app)
    return app


def adopted(app, ends):
    """Return somebody who has been logged in since before the deployment."""
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(user_id="alice", ends=ends)
    return client


def test_a_login_whose_credential_ended_before_the_deployment_ends_with_its_next_request(clock):
    """It was an error in each of its requests, and nobody could log in again."""
    client = adopted(app_of(clock), START - 60)
    assert client.get("/").status_code == 200
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "credential")


def test_in_report_mode_it_is_reported_once_and_goes_on(clock):
    told = []
    options = {"SESSION440_ENFORCEMENT": "report", "SESSION440_ON_EVENT": told.append}
    client = adopted(app_of(clock, **options), START - 60)
    for _ in range(4):
        assert client.get("/").text == "alice"
    assert [each.kind for each in told].count("ended") == 1


def test_what_is_no_end_of_a_credential_is_an_error_still(clock):
    """Milliseconds: the site's own mistake."""
    with pytest.raises(ValueError, match="not_after"):
        adopted(app_of(clock), START * 1000).get("/")


@pytest.mark.parametrize("verb", ["login", "confirm"])
def test_the_former_login_is_closed_though_its_credential_was_moved_before(verb):
    """better-auth#10494: it stayed in the list of logins, and its ticket was good."""
    clock = FakeClock()

    def app(environ, start_response):
        visit = environ["session440"]
        if environ["PATH_INFO"] == "/again":
            visit.credential(not_after=clock() + 600)
            visit.login("alice") if verb == "login" else visit.confirm()
        elif environ["PATH_INFO"] == "/login":
            visit.login("alice")
        start_response("200 OK", [])
        return [str(visit.subject).encode()]

    site = Session440Middleware(app, secret_key=SECRET, clock=clock, store="memory:")
    client = Client(site)
    client.get("/login")
    former = client.get_cookie("login440").value
    client.get("/")
    client.get("/again")
    assert len(site.engine.logins("alice")) == 1
    client.set_cookie("login440", former)
    assert client.get("/").text == "None"
