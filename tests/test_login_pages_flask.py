"""Where a Flask app lets people log in, if it says so or not."""

from __future__ import annotations

import logging

import flask
import flask_login
import pytest
from examined_sites import KEY, ids
from flask_apps import IDLE, User

from session440.flask import Session440
from session440.flask.inspection import site_of
from session440.http.login_paths import warn_of_login_url

JSON = {"Accept": "application/json"}


@pytest.fixture
def make(clock):
    """Make an app: ``make(pages={endpoint: path}, **config)``; each of its pages logs in."""

    def make(pages, **config):
        app = flask.Flask("found", static_folder=None)
        app.config.update(SECRET_KEY=KEY, SESSION440_CLOCK=clock, **config)
        Session440(app)
        for endpoint, path in pages.items():
            add(app, endpoint, path)
        app.add_url_rule("/orders", "orders", lambda: "orders")
        return app

    warn_of_login_url.cache_clear()
    return make


def log_in():
    if flask.request.method == "POST":
        flask.session["user_id"] = "alice"
    return "who are you?"


def add(app, endpoint, path):
    """Add a login page; one called ``blueprint.name`` to a blueprint."""
    blueprint, _, name = endpoint.rpartition(".")
    if not blueprint:
        app.add_url_rule(path, endpoint, log_in, methods=["GET", "POST"])
        return
    part = flask.Blueprint(blueprint, __name__)
    part.add_url_rule(path, name, log_in, methods=["GET", "POST"])
    app.register_blueprint(part)


def ended(app, clock, path):
    """A client whose login, begun at *path*, has ended."""
    client = app.test_client()
    assert client.post(path).status_code == 200
    clock.advance(IDLE)
    return client


def login_url(app, clock, path):
    answer = ended(app, clock, path).get("/orders", headers=JSON)
    assert answer.status_code == 440
    return answer.json["login_url"].partition("?")[0]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"login": "/login"}, "/login"),
        ({"signin": "/signin"}, "/signin"),
        ({"auth.login": "/auth/login"}, "/auth/login"),  # the Flask tutorial's
        ({"admin.sign_in": "/a"}, "/a"),
        ({"log_in": "/in", "auth.login": "/auth/login"}, "/in"),  # its own, before a blueprint's
    ],
    ids=str,
)
def test_the_only_page_called_like_one_is_the_login_page(make, clock, pages, found):
    app = make(pages)
    assert login_url(app, clock, found) == found
    assert ended(app, clock, found).get(found).data == b"who are you?"
    assert ended(app, clock, found).post(found).status_code == 200


def test_of_two_none_is_guessed_and_both_are_open(make, clock, caplog):
    app = make({"staff.login": "/staff", "shop.login": "/shop"})
    assert login_url(app, clock, "/shop") == "/login"
    for path in ("/staff", "/shop"):
        assert ended(app, clock, path).post(path).status_code == 200
    assert ids(site_of(app)).count("E064") == 1
    (finding,) = [each for each in site_of(app).faults if each.id.endswith("E064")]
    assert "SESSION440_LOGIN_URL" in finding.remedy
    assert "one of /staff, /shop" in finding.remedy
    said = [each for each in caplog.records if "no page at /login" in each.getMessage()]
    assert [each.levelno for each in said] == [logging.WARNING]  # once


def test_a_page_that_cannot_be_opened_as_it_is_is_no_candidate(make, clock):
    """It takes an argument, or only POST."""
    app = make({"auth.login": "/auth/login"})
    app.add_url_rule("/<tenant>/login", "login", lambda tenant: "in")
    app.add_url_rule("/token", "sign_in", log_in, methods=["POST"])
    assert login_url(app, clock, "/auth/login") == "/auth/login"


def test_an_option_goes_before_what_is_found(make, clock):
    app = make({"login": "/login", "auth.enter": "/enter"}, SESSION440_LOGIN_URL="auth.enter")
    assert login_url(app, clock, "/login") == "/enter"
    assert site_of(app).notes == ()


def test_the_doctor_says_what_was_guessed(make):
    (note,) = site_of(make({"auth.login": "/auth/login"})).notes
    assert note == (
        "No setting says where people log in, so /auth/login is assumed. "
        "Set SESSION440_LOGIN_URL to say it."
    )
    assert site_of(make({"login": "/login"})).notes == ()


def test_a_name_that_no_endpoint_has_is_a_finding(make):
    app = make({"login": "/login"}, SESSION440_LOGIN_URL="auth.login")
    assert "E064" not in ids(site_of(make({"auth.login": "/in"}, SESSION440_LOGIN_URL="/in")))
    assert "E064" in ids(site_of(app))


def test_a_login_by_json_is_open_at_once(make, clock):
    """The single-page app's form is on a page; it logs in elsewhere."""
    app = make({"login": "/login", "api.login": "/api/login", "api_token": "/api/sign-in"})
    for path in ("/api/login", "/api/sign-in"):
        client = ended(app, clock, "/login")
        assert client.post(path, json={"name": "alice"}, headers=JSON).status_code == 200
        assert client.get("/orders").data == b"orders"


def test_an_option_of_flask_login_for_each_blueprint_is_heeded(make, clock):
    """The link leads where Flask-Login itself would send people from this page."""
    app = make({"customers": "/in/customers", "staff": "/in/staff"})
    manager = flask_login.LoginManager(app)
    manager.user_loader(User)
    manager.login_view = "customers"
    manager.blueprint_login_views = {"office": "staff"}
    office = flask.Blueprint("office", __name__)
    office.add_url_rule("/office", "desk", lambda: "desk")
    app.register_blueprint(office)
    for page, found in (("/office", "/in/staff"), ("/orders", "/in/customers")):
        client = ended(app, clock, "/in/staff")
        script = {**JSON, "Referer": f"http://localhost{page}"}
        told = client.get("/session440/status", headers=script).json
        assert told["login_url"].partition("?")[0] == found
        answer = client.get(page, headers=JSON)
        assert answer.json["login_url"].partition("?")[0] == found
    for page in ("/in/staff", "/in/customers"):
        assert ended(app, clock, page).post(page).status_code == 200


def test_an_own_function_that_needs_more_than_the_doctor_has_is_let_be(make):
    """It may look at the person, or the tenant, of a real request."""
    needs_user = make({"login": "/in"}, SESSION440_LOGIN_URL=lambda request: flask.g.tenant.login)
    assert "E064" not in ids(site_of(needs_user))
    leads_nowhere = make({"login": "/in"}, SESSION440_LOGIN_URL=lambda request: "/nowhere")
    assert "E064" in ids(site_of(leads_nowhere))
