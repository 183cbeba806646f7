"""A recent login in Flask: Flask-Login, decorators, class-based views, error handlers, RESTX."""

from __future__ import annotations

import flask
import flask_login
import flask_session
import pytest
from cachelib.simple import SimpleCache
from flask.views import MethodView
from flask_restx import Api, Resource

from session440 import ConfigurationError
from session440.exceptions import StepUpRequired
from session440.flask import Session440, current_visit, recent

WITHIN = 600


class User(flask_login.UserMixin):
    def __init__(self, id):
        self.id = id


@pytest.fixture
def app(clock):
    app = flask.Flask("recent")
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock)
    app.config.update(TESTING=True)
    manager = flask_login.LoginManager(app)
    manager.login_view = "login"
    manager.user_loader(User)
    Session440(app)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        flask_login.login_user(User("alice"), remember="remember" in flask.request.args)
        return "in"

    @app.get("/again")
    def again():
        flask_login.confirm_login()
        return "confirmed"

    @app.route("/vault", methods=["GET", "POST"])
    @flask_login.login_required
    @recent("10m")
    def vault():
        return "done"

    return app


def logged_in(app, path="/login"):
    client = app.test_client()
    assert client.get(path).text == "in"
    return client


def test_a_login_is_the_proof(app, clock):
    client = logged_in(app)
    clock.advance(WITHIN - 1)
    assert client.get("/vault").text == "done"
    clock.advance(1)
    assert client.get("/vault").status_code == 401


def test_a_visitor_is_sent_to_the_login_page_by_the_app(app):
    """``login_required`` stands outside."""
    answer = app.test_client().get("/vault")
    assert (answer.status_code, answer.location) == (302, "/login?next=%2Fvault")


def test_a_remembered_login_proves_nothing(app):
    """Flask-Login calls it not fresh."""
    client = logged_in(app, "/login?remember=1")
    assert client.get("/vault").text == "done"  # by its password
    for name in ("session", "session440"):  # the browser was closed
        client.delete_cookie(name)
    assert client.get("/vault").status_code == 401
    assert client.get("/again").text == "confirmed"
    assert client.get("/vault").text == "done"


def test_confirm_login_is_a_proof(app, clock):
    client = logged_in(app)
    clock.advance(WITHIN)
    assert client.get("/vault").status_code == 401
    client.get("/again")
    assert client.get("/vault").text == "done"


def test_to_log_in_again_is_a_proof(app, clock):
    client = logged_in(app)
    clock.advance(WITHIN)
    client.get("/login")
    assert client.get("/vault").text == "done"


def test_a_login_that_is_not_fresh_proves_nothing(app):
    """``login_user(fresh=False)``: the app says so itself."""

    @app.get("/by-token")
    def by_token():
        flask_login.login_user(User("alice"), fresh=False)
        return "in"

    assert logged_in(app, "/by-token").get("/vault").status_code == 401


@pytest.fixture
def plain(clock):
    """An app as README has it: it only names its person in the session."""
    app = flask.Flask("plain")
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock, TESTING=True)
    Session440(app)

    @app.route("/login", methods=["GET", "POST"])
    def login():
        flask.session["seen"] = True
        if flask.request.args.get("password") == "right":
            if "update" in flask.request.args:
                flask.session.update({"user_id": "alice"})
            else:
                flask.session["user_id"] = "alice"
        return "in"

    app.add_url_rule("/vault", "vault", recent("10m")(lambda: "done"))
    app.add_url_rule("/rename", "rename", lambda: flask.session.update(user_id="alice") or "same")
    return app


@pytest.mark.parametrize("how", ["", "&update=1"])
def test_to_name_the_same_person_again_at_a_login_page_is_a_proof(plain, clock, how):
    """``session["user_id"] = "alice"`` changes nothing in the session."""
    client = plain.test_client()
    client.post("/login?password=right")
    clock.advance(WITHIN)
    assert client.get("/vault").status_code == 401
    client.post(f"/login?password=wrong{how}")
    assert client.get("/vault").status_code == 401
    client.post(f"/login?password=right{how}")
    assert client.get("/vault").text == "done"


def test_to_name_the_same_person_elsewhere_is_none(plain, clock):
    client = plain.test_client()
    client.post("/login?password=right")
    clock.advance(WITHIN)
    client.get("/rename")
    client.get("/login?password=right")  # no form was sent
    assert client.get("/vault").status_code == 401


def test_above_the_route_it_guards_the_view_too(app, clock):
    """Flask has the view already then, without any decorator; ``@public`` may stand there."""

    @recent("10m")
    @app.route("/above")
    def above():
        return "done"

    @recent("10m")
    @app.route("/above-login")
    @flask_login.login_required
    def above_login():
        return "done"

    visitor, client = app.test_client(), logged_in(app)
    for path in ("/above", "/above-login"):
        assert visitor.get(path).status_code == 401
        assert client.get(path).text == "done"
    clock.advance(WITHIN)
    for path in ("/above", "/above-login"):
        assert client.get(path).status_code == 401


def test_without_brackets_it_is_an_error_at_once():
    with pytest.raises(ConfigurationError, match='write @recent\\("10m"\\)'):
        recent(lambda: "done")


@pytest.mark.parametrize("lose", [True, False])
def test_a_decorator_that_loses_the_mark_loses_no_protection(app, clock, lose):
    """One that is no ``functools.wraps`` stands around it."""

    def careless(view):
        def inner(*given, **named):
            return view(*given, **named)

        return inner if lose else view

    app.add_url_rule("/careless", "careless", careless(recent(WITHIN)(lambda: "done")))
    client = logged_in(app)
    assert client.get("/careless").text == "done"
    clock.advance(WITHIN)
    assert client.get("/careless").status_code == 401


def test_an_async_view_is_asked_before_it_runs(app, clock):
    ran = []

    @app.get("/async")
    @recent("10m")
    async def view():
        ran.append(True)
        return "done"

    client = logged_in(app)
    assert client.get("/async").text == "done"
    clock.advance(WITHIN)
    assert client.get("/async").status_code == 401
    assert ran == [True]


def test_a_class_based_view_wants_it_for_each_method(app, clock):
    @recent("10m")
    class Vault(MethodView):
        def get(self):
            return "got"

        def post(self):
            return "posted"

    class Other(MethodView):
        decorators = (recent("10m"),)

        def get(self):
            return "got"

    app.add_url_rule("/class", view_func=Vault.as_view("class"))
    app.add_url_rule("/other", view_func=Other.as_view("other"))
    client = logged_in(app)
    assert [client.get("/class").text, client.post("/class").text] == ["got", "posted"]
    assert client.get("/other").text == "got"
    clock.advance(WITHIN)
    answers = (client.get("/class"), client.post("/class"), client.get("/other"))
    assert [each.status_code for each in answers] == [401, 401, 401]


def test_a_resource_of_restx_gets_our_answer(app, clock):
    """Extensions make their own of exceptions that they do not know."""
    api = Api(app, prefix="/api")

    @api.route("/safe")
    class Safe(Resource):
        method_decorators = (recent("10m"),)

        def get(self):
            return {"done": True}

    client = logged_in(app)
    assert client.get("/api/safe").json == {"done": True}
    clock.advance(WITHIN)
    answer = client.get("/api/safe")
    assert answer.status_code == 401
    assert answer.json["type"] == "urn:problem:session440:step-up"


def test_a_handler_for_401_does_not_take_it_for_a_visitor(app, clock):
    """Many send people to the login page, as if they had been logged out."""
    app.errorhandler(401)(lambda error: ("who?", 401))
    client = logged_in(app)
    clock.advance(WITHIN)
    assert "Session440 error=" in client.get("/vault").headers["WWW-Authenticate"]


def test_a_handler_of_its_own_may_answer(app, clock):
    @app.errorhandler(StepUpRequired)
    def handle(error):
        assert error.code == 401
        return f"{error.within:.0f} s, {error.description}", 401, error.get_headers()

    client = logged_in(app)
    clock.advance(WITHIN)
    answer = client.get("/vault")
    assert answer.text.startswith("600 s, This step needs a recent login.")


def test_a_handler_of_its_own_hears_of_the_option_too(app, clock):
    app.config["SESSION440_RECENT"] = {"/vault": "5m"}
    app.errorhandler(StepUpRequired)(lambda error: (f"{error.within:.0f} s", 401))
    client = logged_in(app)
    clock.advance(300)
    assert client.get("/vault").text == "300 s"


def test_an_endpoint_may_ask(app, clock):
    """``step_up_url`` takes what ``login_url`` does."""
    app.config["SESSION440_STEP_UP_URL"] = "again"
    client = logged_in(app)
    clock.advance(WITHIN)
    assert client.get("/vault").json["login_url"] == "/again?next=%2Fvault"


def test_a_length_that_is_none_is_an_error_at_once():
    with pytest.raises(ConfigurationError, match="recent"):
        recent("10 minutes")


def test_a_session_on_the_server_has_another_key_after_a_proof(app, clock):
    """OWASP ASVS 5.0, 7.2.4; Flask-Session keeps its key over a login."""
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    flask_session.Session(app)

    @app.get("/confirm")
    def confirm():
        current_visit.confirm("alice")
        return "confirmed"

    client = logged_in(app)
    keys = [client.get_cookie("session").value]
    for path in ("/confirm", "/login"):
        clock.advance(WITHIN)
        assert client.get("/vault").status_code == 401
        client.get(path)
        assert client.get("/vault").text == "done"
        keys.append(client.get_cookie("session").value)
    assert len(set(keys)) == 3


def test_is_recent_tells_without_an_exception(app, clock):
    @app.get("/tell")
    def tell():
        return {"default": current_visit.is_recent(), "hour": current_visit.is_recent("1h")}

    client = logged_in(app)
    assert client.get("/tell").json == {"default": True, "hour": True}
    clock.advance(WITHIN)
    assert client.get("/tell").json == {"default": False, "hour": True}
    assert app.test_client().get("/tell").json == {"default": False, "hour": False}
