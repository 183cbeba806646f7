"""The Flask extension."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import flask
import pytest
import werkzeug
from clock import START, FakeClock
from flask.views import MethodView
from flask_login import (
    FlaskLoginClient,
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_session.cachelib import CacheLibSessionInterface
from werkzeug.exceptions import HTTPException

from session440 import ConfigurationError, LoginTimeout
from session440.flask import Session440, current_visit, public

IDLE = 1200


def make_app(clock, **config) -> flask.Flask:
    app = flask.Flask(__name__)
    app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock, **config)

    @app.get("/")
    def index():
        return f"hello {flask.session.get('user_id')}"

    @app.get("/login/<name>")
    def login(name):
        flask.session["user_id"] = name
        return "in"

    @app.get("/silent")
    def silent():
        return "silent"

    return app


@pytest.fixture
def app(clock):
    app = make_app(clock)
    Session440(app)
    return app


def logged_in(app, name="alice"):
    client = app.test_client()
    client.get(f"/login/{name}")
    return client


# --- set-up


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


# --- 440, by whatever word


def raise_timeout():
    raise LoginTimeout("revoked")


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


@pytest.mark.parametrize("key", [440, LoginTimeout, HTTPException, Exception])
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


# --- other people's tests


def test_session_transaction_logs_in_unchanged(app):
    """A login written into the session by a test is adopted."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["user_id"] = 7
    assert client.get("/").text == "hello 7"
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/").status_code == 440


def test_looking_does_not_mark_the_session_accessed(app):
    """Pages that never use the session get no Vary: Cookie, logged in or not."""
    assert "Vary" not in app.test_client().get("/silent").headers
    assert "Vary" not in logged_in(app).get("/silent").headers
    assert logged_in(app).get("/").headers["Vary"] == "Cookie"


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


def test_visit_login_starts_the_same_user_anew(app):
    @app.get("/again")
    def again():
        current_visit.login(flask.session["user_id"])
        return "again"

    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(1000)
    client.get("/again")
    engine = app.extensions["session440"].engine
    ticket = engine.signer.loads(client.get_cookie("session440").value)
    assert ticket.issued_at == START + 1000


def test_visit_logout_clears_the_session(app):
    @app.get("/out")
    def out():
        current_visit.logout()
        return "out"

    client = logged_in(app)
    client.get("/out")
    assert client.get_cookie("session440") is None
    assert client.get_cookie("session") is None


def test_visit_logout_takes_the_whole_session(app):
    """Its CSRF token too: that stays for a login form alone."""

    @app.post("/login")
    def out():
        flask.session["csrf_token"] = "token"
        current_visit.logout()
        return "out"

    client = logged_in(app)
    client.post("/login")
    assert client.get_cookie("session") is None


def test_timeout_right_after_a_login_ends_that_login(app):
    """Also where the session was a visitor's when the request came in."""

    @app.get("/try")
    def trial():
        flask.session["user_id"] = "alice"
        current_visit.login("alice")
        flask.abort(440)

    client = app.test_client()
    with client.session_transaction() as session:
        session["cart"] = "apples"
    assert client.get("/try").status_code == 440
    assert client.get("/").text == "hello None"


def test_static_file_begins_no_login(app):
    """Not even where a hook writes to the session of every request."""

    @app.before_request
    def count():
        flask.session["count"] = flask.session.get("count", 0) + 1

    client = logged_in(app)
    for seconds in (100, IDLE):
        app.config["SESSION440_CLOCK"].advance(seconds)
        assert "session440=" not in str(client.get("/static/none.css").headers)
    assert client.get("/").status_code == 440


def test_options_see_a_login_without_its_ticket(app):
    """The visit says who is there, as for any other request."""
    app.add_url_rule(
        "/who",
        "who",
        lambda: str(current_visit.subject),
        methods=["OPTIONS"],
        provide_automatic_options=False,
    )
    client = logged_in(app)
    client.delete_cookie("session440")
    assert client.options("/who").text == "alice"


def test_remember_token_of_another_kind_is_left_alone(app):
    """Without Flask-Login a cookie of that name is not ours to know of."""
    client = logged_in(app)
    client.set_cookie("remember_token", "theirs")
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/").status_code == 440
    assert client.get_cookie("session") is None


@pytest.mark.parametrize(
    ("config", "days"),
    [
        ({}, 31 + 1 + 1 / 3),  # the session's, the evidence's, and the absolute timeout
        ({"SESSION440_EVIDENCE": "2d", "SESSION440_ABSOLUTE_TIMEOUT": "1d"}, 31 + 2 + 1),
        ({"SESSION440_ABSOLUTE_TIMEOUT": None}, 400),
        ({"PERMANENT_SESSION_LIFETIME": 1000 * 86400}, 400),
    ],
)
def test_ticket_of_a_permanent_session_outlasts_it(clock, config, days):
    """By all that a login may last and be told of; browsers keep nothing beyond 400 days."""
    app = make_app(clock, **config)
    Session440(app)
    app.before_request(lambda: setattr(flask.session, "permanent", True))
    answer = app.test_client().get("/login/alice")
    ticket = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440="))
    assert f"Max-Age={days * 86400:.0f};" in ticket


def test_current_visit_outside_a_visit_is_said_clearly(clock):
    with make_app(clock).test_request_context(), pytest.raises(RuntimeError, match="no visit"):
        _ = current_visit.active


def test_ticket_is_as_persistent_as_the_session(app):
    """A permanent session's ticket lasts no shorter; another ends with the browser."""

    @app.get("/remember")
    def remember():
        flask.session.permanent = True
        flask.session["user_id"] = "alice"
        return "in"

    client = app.test_client()
    answer = client.get("/login/alice")
    assert "Expires" not in " ".join(answer.headers.getlist("Set-Cookie"))
    answer = app.test_client().get("/remember")
    ticket = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session440="))
    age = int(ticket.partition("Max-Age=")[2].partition(";")[0])
    assert age >= app.permanent_session_lifetime.total_seconds()


def test_ticket_has_the_scope_of_the_session_cookie(clock):
    app = make_app(
        clock,
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    Session440(app)
    answer = app.test_client().get("/login/alice", base_url="https://a.example")
    for cookie in answer.headers.getlist("Set-Cookie"):
        for attribute in ("a.example", "Path=/app", "Secure", "SameSite=Strict", "Partitioned"):
            assert attribute in cookie


def test_two_apps_on_one_host_leave_each_others_cookies_alone(clock):
    """Cookies know no ports: the other app's ticket is nobody's here, and stays."""
    ours, theirs = make_app(clock), make_app(clock)
    theirs.config.update(SECRET_KEY="another secret", SESSION_COOKIE_NAME="theirs")
    ours.config["SESSION440_COOKIE_NAME"] = theirs.config["SESSION440_COOKIE_NAME"] = "t440"
    for app in (ours, theirs):
        Session440(app)
    client, other = logged_in(ours), theirs.test_client()
    other.set_cookie("t440", client.get_cookie("t440").value)
    other.set_cookie("session", client.get_cookie("session").value)
    for _ in range(2):
        assert other.get("/").text == "hello None"
        assert "Set-Cookie" not in other.get("/").headers
        clock.advance(100_000)


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


# --- Flask-Login


class User(UserMixin):
    def __init__(self, name):
        self.id = name


@pytest.fixture
def login_app(clock):
    app = make_app(clock, SESSION440_POLICIES={"remember": "nist-aal1"})
    manager = LoginManager(app)
    manager.login_view = "sign_in"
    Session440(app)
    app.users = {"alice": User("alice"), "bob": User("bob")}
    manager.user_loader(app.users.get)

    @app.get("/sign-in")
    def sign_in():
        name = flask.request.args.get("name")
        if name:
            login_user(app.users[name], remember="remember" in flask.request.args)
        return "in"

    @app.get("/out")
    def out():
        logout_user()
        return "out"

    @app.get("/mine")
    @login_required
    def mine():
        return f"yours, {current_user.id}"

    @app.get("/open")
    @public
    def open_():
        return f"open to {current_user.get_id()}"

    return app


def ticket_of(app, client):
    value = client.get_cookie("session440").value
    return app.extensions["session440"].engine.signer.loads(value)


def test_flask_login_is_followed(login_app, clock):
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    assert ticket_of(login_app, client).subject == "alice"
    clock.advance(IDLE)
    answer = client.get("/mine?a=1")
    assert answer.status == "440 Login Timeout"
    assert answer.json["login_url"] == "/sign-in?next=%2Fmine%3Fa%3D1"
    assert client.get("/mine").status_code == 302


def test_same_user_login_starts_anew(login_app, clock):
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    first = ticket_of(login_app, client)
    clock.advance(500)
    client.get("/sign-in?name=alice")
    assert ticket_of(login_app, client).id != first.id
    assert ticket_of(login_app, client).issued_at == clock.now


def test_flask_login_logout_is_followed(login_app):
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    client.get("/out")
    assert client.get_cookie("session440") is None


def test_timeout_takes_the_remember_cookie_with_it(login_app, clock):
    """Otherwise Flask-Login revives what has just ended (peers.md, trap 16)."""
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    assert client.get_cookie("remember_token") is not None
    assert ticket_of(login_app, client).policy == "remember"
    clock.advance(30 * 86400)
    assert client.get("/mine").status_code == 440
    assert client.get_cookie("remember_token") is None
    assert client.get("/mine").status_code == 302


def test_public_page_does_not_revive_by_the_remember_cookie(login_app, clock):
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    clock.advance(30 * 86400)
    assert client.get("/open").text == "open to None"
    assert client.get_cookie("remember_token") is None
    assert client.get("/mine").status_code == 440


def test_remember_cookie_after_the_browser_was_closed_is_a_new_login(login_app, clock):
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    client.delete_cookie("session")
    client.delete_cookie("session440")
    clock.advance(86400)
    assert client.get("/mine").text == "yours, alice"
    assert ticket_of(login_app, client).policy == "remember"
    assert ticket_of(login_app, client).issued_at == clock.now


def test_timeout_deletes_no_remember_cookie_that_is_not_there(login_app, clock):
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    clock.advance(IDLE)
    assert "remember_token" not in str(client.get("/mine").headers)


def test_login_view_that_does_not_exist_is_no_500(login_app, clock):
    """Flask-Login itself would fail on it; the 440 names the usual page instead."""
    login_app.login_manager.login_view = "nowhere"
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    clock.advance(IDLE)
    answer = client.get("/mine")
    assert (answer.status_code, answer.json["login_url"]) == (440, "/login?next=%2Fmine")


def test_user_that_is_gone_is_revoked(login_app):
    """Flask-Login's redirect to the login page gives way to the 440."""
    client = login_app.test_client()
    client.get("/sign-in?name=bob")
    del login_app.users["bob"]
    answer = client.get("/mine")
    assert answer.status == "440 Login Timeout"
    assert answer.headers["Session440-Cause"] == "revoked"
    assert client.get("/mine").status_code == 302


def test_flask_login_client_is_unchanged(login_app):
    """FlaskLoginClient writes the session itself; its login is adopted."""
    login_app.test_client_class = FlaskLoginClient
    with login_app.test_client(user=login_app.users["alice"]) as client:
        assert client.get("/mine").text == "yours, alice"
        assert ticket_of(login_app, client).subject == "alice"


# --- Flask-Session


class CountingCache:
    """A cache that counts what is written."""

    def __init__(self):
        self.content, self.writes = {}, 0

    def get(self, key):
        return self.content.get(key)

    def set(self, key, value, timeout=None):
        self.writes += 1
        self.content[key] = value
        return True

    def delete(self, key):
        return self.content.pop(key, None) is not None


@pytest.fixture
def stored(clock):
    app = make_app(clock)
    cache = CountingCache()
    app.session_interface = CacheLibSessionInterface(app, client=cache)
    Session440(app)
    return app, cache


def test_flask_session_sees_no_extra_write(stored, clock):
    """A thousand active requests write the session once: at login."""
    app, cache = stored
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # or Flask-Session writes each time
    client = logged_in(app)
    assert cache.writes == 1
    for _ in range(1000):
        clock.advance(20)
        assert client.get("/").status_code == 200
    assert cache.writes == 1


def test_flask_session_loses_its_record_with_the_login(stored, clock):
    """The server's copy is deleted, so its id is dead too (peers.md, trap 1)."""
    app, cache = stored
    client = logged_in(app)
    stale = client.get_cookie("session").value
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    assert not cache.content
    client.set_cookie("session", stale)
    assert client.get("/").text == "hello None"


def test_flask_session_evicted_means_lost(stored):
    app, cache = stored
    client = logged_in(app)
    cache.content.clear()
    assert client.get("/").headers["Session440-Cause"] == "lost"


def test_reading_takes_no_part_in_time(clock):
    """A FakeClock that never moves never ends a login."""
    app = make_app(FakeClock(0))
    Session440(app)
    assert logged_in(app).get("/").text == "hello alice"


# --- what attacks found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_endpoints_revive_nothing_whoever_writes_to_the_session(app, method):
    """A hook that stamps the session in every response is common, and no login."""

    @app.after_request
    def stamp(response):
        flask.session["last_seen"] = "now"
        return response

    client = logged_in(app)
    clock = app.config["SESSION440_CLOCK"]
    for _ in range(30):
        clock.advance(100)
        path = "/session440/status" if method == "GET" else "/session440/extend"
        client.open(path, method=method, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/").status_code == 440


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


def test_app_with_logins_of_its_own_may_use_flask_login_for_something_else(login_app, clock):
    """That Flask-Login knows nobody voids no login that it never knew of."""

    @login_app.get("/own/<name>")
    def own(name):
        flask.session["user_id"] = name
        return str(current_user.is_authenticated)

    client = login_app.test_client()
    client.get("/own/carol")
    assert client.get("/open").text == "open to None"
    assert client.get("/").text == "hello carol"


def test_440_shows_no_user_that_flask_login_had_loaded(login_app, tmp_path):
    """The session is cleared, and so is what was cached of it in this request."""
    (tmp_path / "session440").mkdir()
    (tmp_path / "session440/440.html").write_text("{{ current_user.get_id() }}")
    login_app.jinja_loader.searchpath.append(str(tmp_path))
    login_app.add_url_rule("/end", "end", login_required(raise_timeout))
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    assert client.get("/end", headers={"Accept": "text/html"}).text == "None"


def test_user_loaded_before_the_door_is_not_shown_behind_it(login_app, clock):
    """A request_started receiver comes before any hook."""
    client = login_app.test_client()
    client.get("/sign-in?name=alice")

    def look(sender, **extra):
        assert current_user.is_authenticated in (True, False)

    flask.request_started.connect(look, login_app)
    clock.advance(IDLE)
    assert client.get("/open").text == "open to None"


def test_options_view_is_shown_no_remembered_user(login_app, clock):
    login_app.add_url_rule("/who", "who", lambda: str(current_user.get_id()), methods=["OPTIONS"])
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    assert client.options("/who").text == "alice"
    clock.advance(30 * 86400)
    answer = client.options("/who")
    assert answer.text == "None"
    assert "Set-Cookie" not in answer.headers


def test_remember_without_a_policy_of_that_name_is_a_plain_login(clock):
    app = make_app(clock)
    manager = LoginManager(app)
    manager.user_loader(User)
    Session440(app)
    app.add_url_rule("/in", "in", lambda: str(login_user(User("alice"), remember=True)))
    client = app.test_client()
    assert client.get("/in").text == "True"
    assert ticket_of(app, client).policy == "default"


def test_logout_leaves_no_binding_in_the_session(app):
    """An app that only removes its own key has the rest tidied up."""
    app.add_url_rule("/out", "out", lambda: flask.session.pop("user_id"))
    app.add_url_rule("/cart", "cart", lambda: flask.session.setdefault("cart", "apples"))
    client = logged_in(app)
    client.get("/cart")
    client.get("/out")
    with client.session_transaction() as session:
        assert dict(session) == {"cart": "apples"}


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


def make_with_keys(clock, key, *fallbacks):
    app = make_app(clock, SECRET_KEY_FALLBACKS=[*fallbacks])
    app.secret_key = key
    Session440(app)
    return app


def test_prefix_that_browsers_would_refuse_is_said(clock):
    app = make_app(clock, SESSION_COOKIE_NAME="__Host-session", TESTING=True)
    Session440(app)
    with pytest.raises(ConfigurationError, match="not Secure"):
        app.test_client().get("/")


def test_one_who_waits_for_a_second_factor_is_not_revoked(login_app):
    """Loaded, active, and by the app's own word not yet authenticated."""
    login_app.users["dora"] = dora = User("dora")
    type(dora).is_authenticated = property(lambda self: self.id != "dora")
    try:
        client = login_app.test_client()
        client.get("/sign-in?name=dora")
        for _ in range(2):
            assert client.get("/open").text == "open to dora"
        assert client.get_cookie("session440") is not None
    finally:
        del User.is_authenticated


def test_poll_with_nothing_but_evidence_deletes_no_session(app):
    """Its late answer would take the cookie of a login that has begun meanwhile."""
    client = logged_in(app)
    app.config["SESSION440_CLOCK"].advance(IDLE)
    assert client.get("/", headers={"Session440-Passive": "?1"}).status_code == 440
    answer = client.get("/", headers={"Session440-Passive": "?1"})
    assert answer.status_code == 440
    assert "Set-Cookie" not in answer.headers


def test_remember_cookie_left_alone_does_not_revive(login_app, clock):
    """The session went with the browser; the ticket says that the login has ended."""
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    client.delete_cookie("session")
    clock.advance(30 * 86400)
    assert client.get("/mine").status_code == 440
    assert client.get_cookie("remember_token") is None
    assert client.get("/mine").status_code == 302
