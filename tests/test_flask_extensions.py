"""What other extensions and an app's own error handlers make of a 440: nothing."""

from __future__ import annotations

import flask
import flask_restx
import flask_smorest
import pytest
from beaker.middleware import SessionMiddleware
from flask.sessions import SessionInterface
from werkzeug.exceptions import HTTPException

from session440 import LoginTimeout
from session440.flask import Session440

IDLE = 1200
SECRET = "a long random text for the tests of session440"


def by_code(error):
    return flask.jsonify(code=error.code, description=error.description), error.code


def restx(app):
    api = flask_restx.Api(app, prefix="/api")

    @api.route("/me")
    class Me(flask_restx.Resource):
        def get(self):
            return {"who": flask.session.get("user_id")}

    @api.route("/raise")
    class Raises(flask_restx.Resource):
        def get(self):
            raise LoginTimeout("credential")


def plain_views(app):
    app.add_url_rule("/api/me", "me", lambda: {"who": flask.session.get("user_id")})
    app.add_url_rule("/api/raise", "raise", raises)


def raises():
    raise LoginTimeout("credential")


def smorest(app):
    app.config.update(API_TITLE="x", API_VERSION="1", OPENAPI_VERSION="3.0.2")
    api, blueprint = flask_smorest.Api(app), flask_smorest.Blueprint("b", "b", url_prefix="/api")
    blueprint.route("/me")(lambda: {"who": flask.session.get("user_id")})
    blueprint.route("/raise")(raises)
    api.register_blueprint(blueprint)


def generic(kind):
    def install(app):
        app.register_error_handler(kind, by_code)
        plain_views(app)

    return install


def of_a_blueprint(app):
    blueprint = flask.Blueprint("api", "api", url_prefix="/api")
    blueprint.register_error_handler(HTTPException, by_code)
    blueprint.add_url_rule("/me", "me", lambda: {"who": flask.session.get("user_id")})
    blueprint.add_url_rule("/raise", "raise", raises)
    app.register_blueprint(blueprint)


def trapping(app):
    app.config["TRAP_HTTP_EXCEPTIONS"] = True
    plain_views(app)


OTHERS = {
    "Flask-RESTX": restx,
    "flask-smorest": smorest,
    "HTTPException": generic(HTTPException),
    "Exception": generic(Exception),
    "a blueprint's": of_a_blueprint,
    "TRAP_HTTP_EXCEPTIONS": trapping,
}


def build(clock, install=plain_views, first=False, **options):
    app = flask.Flask("extended")
    app.secret_key = SECRET
    app.config.update({"SESSION440_CLOCK": clock, **options})
    if first:
        Session440(app)
    install(app)
    if not first:
        Session440(app)
    app.add_url_rule("/login", "login", lambda: flask.session.update(user_id="alice") or "in")
    return app


def logged_in(app):
    client = app.test_client()
    client.get("/login")
    return client


@pytest.mark.parametrize("first", [True, False], ids=["installed first", "installed last"])
@pytest.mark.parametrize("status", [440, 401])
@pytest.mark.parametrize("install", OTHERS.values(), ids=OTHERS)
def test_no_handler_of_others_changes_a_440(clock, install, status, first):
    """They would make a 500 of it that comes back for ever, or a body of null."""
    client = logged_in(build(clock, install, first, SESSION440_STATUS=status))
    assert client.get("/api/me").json == {"who": "alice"}
    clock.advance(IDLE)
    answer = client.get("/api/me")
    assert (answer.status_code, answer.json["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Session440-Cause"] == "idle"
    assert answer.headers.get("WWW-Authenticate") == ("Session440" if status == 401 else None)
    assert client.get_cookie("session440") is None
    assert client.get("/session440/status").json["state"] == "anonymous"
    client.get("/login")
    answer = client.get("/api/raise")
    assert (answer.status_code, answer.json["cause"]) == (status, "credential")


@pytest.mark.parametrize("install", OTHERS.values(), ids=OTHERS)
def test_no_handler_of_others_changes_an_endpoints_answer(clock, install):
    client = logged_in(build(clock, install))
    assert client.get("/session440/status").json["state"] == "active"
    assert client.post("/session440/extend").status_code == 403
    assert client.get("/session440/client.js").status_code == 200


@pytest.mark.parametrize("install", OTHERS.values(), ids=OTHERS)
def test_other_exceptions_go_where_they_went_without_us(clock, install):
    control, ours = flask.Flask("control"), build(clock, install)
    control.secret_key = SECRET
    install(control)
    for app in (control, ours):
        app.add_url_rule("/broken", "broken", lambda: flask.abort(418))
        app.config["PROPAGATE_EXCEPTIONS"] = False
    answers = [app.test_client().get("/broken") for app in (control, ours)]
    assert len({(each.status_code, each.text) for each in answers}) == 1


@pytest.mark.parametrize("status", [440, 401])
@pytest.mark.parametrize("where", ["app", "blueprint"])
def test_handler_for_440_reads_a_whole_exception(clock, status, where):
    """It has the status that is configured, the sentence for the person, and the answer."""
    seen = []

    def handler(error):
        seen.append((error.code, error.name, error.description, str(error.cause)))
        return error.get_response()

    def install(app):
        blueprint = flask.Blueprint("api", "api", url_prefix="/api")
        blueprint.add_url_rule("/me", "me", lambda: "me")
        owner = app if where == "app" else blueprint
        owner.register_error_handler(LoginTimeout, handler)
        app.register_blueprint(blueprint)

    client = logged_in(build(clock, install, SESSION440_STATUS=status))
    clock.advance(IDLE)
    answer = client.get("/api/me", headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.json["cause"]) == (status, "idle")
    assert seen == [(status, "Login Timeout", answer.json["detail"], "idle")]
    assert "20 Minuten" in answer.json["detail"]


class BeakerSessions(SessionInterface):
    def open_session(self, app, request):
        return request.environ["beaker.session"]

    def save_session(self, app, session, response):
        session.save()


def test_session_that_is_a_plain_mapping_is_followed(clock):
    """Beaker's has none of the marks of Flask's sessions, so its content is compared."""
    app = build(clock, SESSION440_PUBLIC=["/public"])
    app.session_interface = BeakerSessions()
    app.add_url_rule("/public", "public", lambda: f"seen by {flask.session.get('user_id')}")
    app.add_url_rule("/logout", "logout", lambda: flask.session.pop("user_id") and "out")
    app.wsgi_app = SessionMiddleware(app.wsgi_app, {"session.type": "memory", "session.key": "bs"})
    client = logged_in(app)
    assert client.get("/api/me").json == {"who": "alice"}
    assert client.get("/session440/status").json["state"] == "active"
    client.get("/logout")
    assert client.get("/session440/status").json["state"] == "anonymous"
    client.get("/login")
    clock.advance(IDLE)
    assert client.get("/public").text == "seen by None"
    assert client.get("/api/me").status_code == 440
    assert client.get("/api/me").json == {"who": None}


@pytest.mark.parametrize(
    "key",
    ["user.sub", lambda session: session.get("user", {}).get("sub")],
    ids=["path", "function"],
)
def test_ended_login_in_a_plain_mapping_is_hidden_wherever_it_is_named(clock, key):
    """From an app that answers OPTIONS itself, too, where the session is kept as it is."""
    app = build(clock, SESSION440_SUBJECT_KEY=key)
    app.session_interface = BeakerSessions()

    def view():
        if flask.request.method == "POST":
            flask.session["user"] = {"sub": "a1b2"}
        return str(flask.session.get("user"))

    app.add_url_rule("/enter", "enter", view, methods=["POST"])
    methods = {"methods": ["GET", "OPTIONS"], "provide_automatic_options": False}
    app.add_url_rule("/asked", "asked", view, **methods)
    app.wsgi_app = SessionMiddleware(app.wsgi_app, {"session.type": "memory", "session.key": "bs"})
    client = app.test_client()
    client.post("/enter")
    assert client.get("/asked").text == "{'sub': 'a1b2'}"
    clock.advance(IDLE)
    assert client.options("/asked").text == "None"


class ForeignManager:
    """As in apps that bring a changed copy of Flask-Login, such as calibre-web."""


def test_login_manager_that_is_not_flask_logins_is_left_alone(clock):
    app = build(clock)
    app.login_manager = ForeignManager()
    client = logged_in(app)
    assert client.get("/api/me").status_code == 200
    assert client.get("/session440/auth").status_code == 204
    clock.advance(IDLE)
    assert client.get("/api/me").status_code == 440
