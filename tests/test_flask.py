"""The Flask extension."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import flask
import pytest
import werkzeug
from flask.views import MethodView
from flask_apps import IDLE, User, logged_in, make_app, raise_timeout
from flask_login import (
    LoginManager,
    login_required,
    login_user,
)

from session440 import ConfigurationError, LoginTimeout
from session440.flask import Session440, current_visit, public


@pytest.fixture
def app(clock):
    app = make_app(clock)
    Session440(app)
    return app


# --- set-up


def test_configuration_may_have_keys_that_are_no_text(clock):
    app = make_app(clock)
    app.config[7] = "seven"
    Session440(app)
    assert logged_in(app).get("/").text == "hello alice"


def test_factory_and_several_apps(clock):
    """One extension serves several apps, each with its own engine."""
    extension = Session440()
    one, two = make_app(clock), make_app(clock, SESSION440_IDLE_TIMEOUT="5m")
    for app in (one, two):
        extension.init_app(app)
        assert app.extensions["session440"] is extension
    with one.app_context():
        engine = extension.engine
    with two.app_context():
        assert extension.engine is not engine
        assert extension.engine.policy("default").idle_timeout == 300
    with pytest.raises(RuntimeError, match="several apps"):
        _ = extension.engine


def test_prefixed_environment_variables(clock, monkeypatch):
    """config.from_prefixed_env() gives numbers, text and lists alike."""
    monkeypatch.setenv("FLASK_SESSION440_IDLE_TIMEOUT", "300")
    monkeypatch.setenv("FLASK_SESSION440_ABSOLUTE_TIMEOUT", "2h")
    monkeypatch.setenv("FLASK_SESSION440_PUBLIC", '["/docs/*"]')
    monkeypatch.setenv("FLASK_SESSION440_RENEW_INTERVAL", "30")
    app = make_app(clock)
    app.config.from_prefixed_env()
    engine = Session440(app).engine
    policy = engine.policy("default")
    assert (policy.idle_timeout, policy.absolute_timeout, policy.renewal) == (300, 7200, 30)
    assert engine.settings.public == ("/docs/*",)


def test_secret_key_may_come_later(clock):
    app = make_app(clock)
    app.secret_key = None
    Session440(app)
    app.secret_key = "late, but not too late"
    assert logged_in(app).get("/").text == "hello alice"


def test_missing_secret_key_is_said_clearly(clock):
    app = make_app(clock, TESTING=True)
    app.secret_key = None
    Session440(app)
    with pytest.raises(ConfigurationError, match="secret_key"):
        app.test_client().get("/")


def test_engine_is_built_once(app):
    """What it remembers, verified tickets for one, must last beyond a request."""
    extension = app.extensions["session440"]
    assert extension.engine is extension.engine


def test_flask_login_need_not_be_installed():
    code = """if True:
        import sys
        sys.modules["flask_login"] = None
        import flask
        from session440.flask import Session440
        app = flask.Flask("app")
        app.secret_key = "text"
        Session440(app)
        app.add_url_rule("/", "in", lambda: flask.session.update(user_id="alice") or "in")
        assert "session440=" in str(app.test_client().get("/").headers)
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_bad_option_stops_the_start(clock):
    with pytest.raises(ConfigurationError, match="did you mean 'idle_timeout'"):
        Session440(make_app(clock, SESSION440_IDLE_TIMOUT=60))


def serve_a_login(clock):
    app = make_app(clock)
    extension = Session440(app)
    client = logged_in(app)
    assert client.get("/").status_code == 200
    _ = extension.engine
    return extension, weakref.ref(app)


def test_app_is_freed_with_its_last_reference(clock):
    """No reference cycle, as Flask itself has none (flask#3761).

    A request that raised is another matter: its traceback keeps a bare Flask app as well.
    """
    serve_a_login(clock)  # fills the caches of all concerned
    gc.collect()
    gc.disable()
    try:
        _extension, reference = serve_a_login(clock)
        assert reference() is None
    finally:
        gc.enable()


def make_with_keys(clock, key, *fallbacks):
    app = make_app(clock, SECRET_KEY_FALLBACKS=[*fallbacks])
    app.secret_key = key
    Session440(app)
    return app


@pytest.mark.newest  # the session's own keys: https://flask.palletsprojects.com/en/stable/changes/
def test_rotated_keys_come_from_the_apps_configuration(clock):
    client = logged_in(make_with_keys(clock, "old"))
    rotated = make_with_keys(clock, "new", "old").test_client()
    for name in ("session", "session440"):
        rotated.set_cookie(name, client.get_cookie(name).value)
    clock.advance(60)
    assert rotated.get("/").text == "hello alice"
    fresh = make_with_keys(clock, "new")
    engine = fresh.extensions["session440"].engine
    assert engine.signer.loads(rotated.get_cookie("session440").value) is not None


def test_prefix_that_browsers_would_refuse_is_said(clock):
    app = make_app(clock, SESSION_COOKIE_NAME="__Host-session", TESTING=True)
    Session440(app)
    with pytest.raises(ConfigurationError, match="not Secure"):
        app.test_client().get("/")


def test_subject_key_is_a_setting(clock):
    app = make_app(clock, SESSION440_SUBJECT_KEY="member")
    Session440(app)
    client = app.test_client()
    for content, ends in (({"member": "m1"}, True), ({"user_id": "u1"}, False)):
        with client.session_transaction() as session:
            session.clear()
            session.update(content)
        client.get("/")
        clock.advance(IDLE)
        assert (client.get("/").status_code == 440) is ends


def test_current_visit_outside_a_visit_is_said_clearly(clock):
    with make_app(clock).test_request_context(), pytest.raises(RuntimeError, match="no visit"):
        _ = current_visit.active


# --- 440, by whatever word


@pytest.mark.parametrize(
    "view",
    [
        lambda: flask.abort(440),
        lambda: werkzeug.exceptions.abort(440),
        lambda: flask.Response(status=440),
        lambda: ("text", 440),
        lambda: ("text", "440 UNKNOWN"),
        raise_timeout,
    ],
    ids=["abort", "werkzeug abort", "Response", "tuple", "text", "raise"],
)
def test_every_440_says_login_timeout(app, view):
    app.add_url_rule("/440", "view", view)
    assert app.test_client().get("/440").status == "440 Login Timeout"


def test_abort_takes_a_description_as_ever(app):
    app.add_url_rule("/440", "view", lambda: flask.abort(440, "Your trial is over."))
    assert "Your trial is over." in app.test_client().get("/440").text


@pytest.mark.parametrize("key", [440, LoginTimeout])
def test_error_handlers_see_the_timeout(app, key):
    """A handler's answer replaces the page; the engine's headers and deletions stay."""
    app.register_error_handler(key, lambda error: (f"handled {error.cause}", 440))
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    answer = client.get("/")
    assert (answer.status, answer.text) == ("440 Login Timeout", "handled idle")
    assert answer.headers["Session440-Cause"] == "idle"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
    assert client.get_cookie("session440") is None
    assert client.get_cookie("session") is None


def test_error_handlers_see_the_440_of_the_endpoint_that_extends(app, clock):
    """The endpoint's 440 is like any other, and its evidence waits for the page."""
    app.register_error_handler(440, lambda error: (f"handled {error.cause}", 440))
    client = logged_in(app)
    clock.advance(IDLE)
    response = client.post("/session440/extend", headers={"Sec-Fetch-Site": "same-origin"})
    assert (response.status_code, response.text) == (440, "handled idle")
    assert client.get("/").text == "handled idle"


def test_error_handler_may_redirect(app):
    """Who wants the old behaviour gets it, and the cause in a header."""
    app.register_error_handler(440, lambda error: flask.redirect("/login/"))
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Session440-Cause"] == "idle"
    assert client.get_cookie("session440") is None


def test_own_template_replaces_the_page(app, tmp_path):
    """session440/440.html is given the same fields as the problem document."""
    (tmp_path / "session440").mkdir()
    (tmp_path / "session440/440.html").write_text(
        "own {{ login_timeout.cause }} {{ login_timeout.login_url }} {{ login_timeout.detail }}"
    )
    app.jinja_loader.searchpath.append(str(tmp_path))
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    answer = client.get("/", headers={"Accept": "text/html"})
    assert answer.text.startswith("own idle /login?next=%2F You were signed out after 20 minutes")
    assert "Content-Security-Policy" not in answer.headers


# --- first and last of all hooks


def test_decides_before_every_other_hook(clock):
    """Nothing registered before the extension sees a login that has ended, or runs at all."""
    app = make_app(clock)
    seen = []
    app.url_value_preprocessor(lambda endpoint, values: seen.append("preprocessor"))
    app.before_request(lambda: seen.append(dict(flask.session)))
    Session440(app)
    client = logged_in(app)
    seen.clear()
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    assert seen == []


def test_hooks_of_others_still_see_the_440(app):
    """CORS headers and the like are put on it as on any response."""

    @app.after_request
    def cors(response):
        response.headers["Access-Control-Allow-Origin"] = "https://a.example"
        return response

    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/").headers["Access-Control-Allow-Origin"] == "https://a.example"


def test_late_hook_can_still_mark_a_response_public(app):
    """The ticket is decided upon after every after_request hook."""

    @app.after_request
    def cached(response):
        if flask.request.path == "/":
            response.headers["Cache-Control"] = "public, max-age=60"
        return response

    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(100)
    assert "Set-Cookie" not in client.get("/").headers


def test_url_processors_of_the_app_are_heeded(clock):
    """A language in every URL: Flask's own pattern needs its processor before url_for()."""
    app = make_app(clock)
    manager = LoginManager(app)
    manager.login_view = "sign_in"
    manager.user_loader(User)

    @app.url_defaults
    def add_language(endpoint, values):
        values.setdefault("language", flask.g.language)

    @app.url_value_preprocessor
    def pull_language(endpoint, values):
        flask.g.language = (values or {}).pop("language", None)

    Session440(app)

    @app.route("/<language>/sign-in", methods=["GET", "POST"])
    def sign_in():
        if flask.request.method == "POST":
            login_user(User("alice"))
        return flask.g.language

    app.add_url_rule("/<language>/", "mine", login_required(lambda: "mine"))
    client = app.test_client()
    client.post("/nl/sign-in")
    assert client.get("/nl/").text == "mine"
    clock.advance(IDLE)
    assert client.get("/nl/").json["login_url"] == "/nl/sign-in?next=%2Fnl%2F"
    client.post("/nl/sign-in")
    clock.advance(IDLE)
    assert client.get("/nl/sign-in").text == "nl"


# --- what is guarded


def test_blueprint_static_files_and_public_classes_are_open(app):
    """Static files of a blueprint are untouched; a class-based view can be public."""
    blueprint = flask.Blueprint("shop", __name__, static_folder="sites", url_prefix="/shop")
    app.register_blueprint(blueprint)

    class Page(MethodView):
        decorators = [public]

        def get(self):
            return "open"

    app.add_url_rule("/page", view_func=Page.as_view("page"))
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/shop/sites/none.css").status_code == 404
    assert client.get("/page").text == "open"
    assert client.get("/").status_code == 440


def test_view_that_is_called_static_is_no_static_file(app):
    blueprint = flask.Blueprint("reports", __name__, url_prefix="/reports")
    blueprint.add_url_rule("/<name>", "static", lambda name: "a private report")
    app.register_blueprint(blueprint)
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/reports/7").status_code == 440


def test_mounted_app_finds_its_login_page(clock):
    """Under SCRIPT_NAME the default page is one of the app, not of the site."""
    app = make_app(clock)
    Session440(app)
    app.add_url_rule("/login", "page", lambda: "form")
    client = logged_in(app)
    clock.advance(IDLE)
    environ = {"SCRIPT_NAME": "/app"}
    assert client.get("/login", environ_overrides=environ).text == "form"
