"""Roads around ``@recent`` in Flask, and what a proof must not break."""

from __future__ import annotations

import flask
import flask_session
import pytest
from cachelib.simple import SimpleCache
from flask.views import MethodView

from session440.flask import Session440, current_visit, recent

WITHIN = 600


@pytest.fixture
def app(clock):
    app = flask.Flask("roads")
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock)
    Session440(app)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if flask.request.args.get("password") == "right":
            flask.session["user_id"] = "alice"
        return "in"

    @app.get("/confirm/<int:status>")
    def confirm(status):
        current_visit.confirm()
        return "confirmed", status

    app.add_url_rule("/vault", "vault", recent("10m")(lambda: "done"))
    app.add_url_rule("/plain", "plain", lambda: "plain")
    return app


def logged_in(app):
    client = app.test_client()
    client.post("/login?password=right")
    assert client.get("/vault").text == "done"
    return client


def test_a_hook_that_names_the_person_at_each_request_proves_nothing(app, clock):
    """It runs before a view that looks at the password, and finds it wrong."""

    @app.before_request
    def read_again():
        if "user_id" in flask.session:
            flask.session["user_id"] = flask.session["user_id"]

    client = logged_in(app)
    clock.advance(WITHIN)
    client.post("/login?password=wrong")
    assert client.get("/vault").status_code == 401
    client.post("/login?password=right")
    assert client.get("/vault").text == "done"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_session_from_before_the_deployment_is_asked_whatever_the_method(app, method):
    app.config["SESSION440_RECENT"] = {"/plain": "10m"}
    client = app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = "alice"
    assert client.open("/plain", method=method).status_code == 401


def test_who_becomes_somebody_else_proves_nothing_though_the_path_ends_like_a_login(app):
    def become():
        flask.session["user_id"] = "bob"
        return "bob now"

    app.add_url_rule("/users/7/login", "become", become, methods=["POST"])
    client = logged_in(app)
    client.post("/users/7/login")
    assert client.get("/vault").status_code == 401


def test_a_subclass_with_a_method_of_its_own_asks_too(app, clock):
    @recent("10m")
    class Parent(MethodView):
        def get(self):
            return "done"

    class Child(Parent):
        def dispatch_request(self):
            return "done"

    app.add_url_rule("/child", view_func=Child.as_view("child"))
    client = logged_in(app)
    assert client.get("/child").text == "done"
    clock.advance(WITHIN)
    assert client.get("/child").status_code == 401


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_a_session_on_the_server_is_kept_whatever_the_answer(app, clock, status):
    """Its new key waits for the response; after an error it is not given."""
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    flask_session.Session(app)
    client = logged_in(app)
    key = client.get_cookie("session").value
    for _ in range(3):
        clock.advance(WITHIN)
        client.get("/plain")
    assert client.get(f"/confirm/{status}").status_code == status
    assert client.get("/plain").text == "plain"
    assert (client.get_cookie("session").value != key) is (status < 500)


def test_an_error_after_a_proof_costs_a_session_in_its_cookie_nothing(app, clock):
    """Flask sends it, with the new binding, and we send no ticket: long after the login began."""
    client = logged_in(app)
    for _ in range(5):
        clock.advance(WITHIN)
        client.get("/plain")
    client.get("/confirm/500")
    assert client.get("/vault").text == "done"
