"""Flask-Login: its users, its logins and its remember cookie."""

from __future__ import annotations

import flask
import pytest
from flask_apps import IDLE, User, make_app, raise_timeout
from flask_login import (
    FlaskLoginClient,
    LoginManager,
    current_user,
    login_required,
    login_user,
    logout_user,
)

from session440.flask import Session440, public


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


# --- logins and logouts


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


def test_flask_login_client_is_unchanged(login_app):
    """FlaskLoginClient writes the session itself; its login is adopted."""
    login_app.test_client_class = FlaskLoginClient
    with login_app.test_client(user=login_app.users["alice"]) as client:
        assert client.get("/mine").text == "yours, alice"
        assert ticket_of(login_app, client).subject == "alice"


def test_login_view_that_does_not_exist_is_no_500(login_app, clock):
    """Flask-Login itself would fail on it; the 440 names the app's only login page instead."""
    login_app.login_manager.login_view = "nowhere"
    client = login_app.test_client()
    client.get("/sign-in?name=alice")
    clock.advance(IDLE)
    answer = client.get("/mine")
    assert (answer.status_code, answer.json["login_url"]) == (440, "/sign-in?next=%2Fmine")


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


# --- its users


@pytest.mark.parametrize("key", [None, "", "_user_id"])
def test_user_that_is_deactivated_is_revoked(login_app, key):
    """Flask-Login's redirect gives way to the 440, also where its own key is named."""
    login_app.config["SESSION440_SUBJECT_KEY"] = key
    client = login_app.test_client()
    client.get("/sign-in?name=bob")
    login_app.users["bob"] = bob = User("bob")
    bob.__class__ = type("Deactivated", (User,), {"is_active": False})
    answer = client.get("/mine")
    assert answer.status == "440 Login Timeout"
    assert answer.headers["Session440-Cause"] == "revoked"
    assert client.get("/mine").status_code == 302


def test_user_that_is_not_found_once_stays_logged_in(login_app):
    """A replica may lag: the app refuses this request, and nothing ends."""
    client = login_app.test_client()
    client.get("/sign-in?name=bob")
    bob = login_app.users.pop("bob")
    assert client.get("/mine").status_code == 302
    login_app.users["bob"] = bob
    assert client.get("/mine").status_code == 200


def test_user_that_stays_unfound_ends_of_idleness(login_app):
    """Requests that are refused renew nothing."""
    clock = login_app.config["SESSION440_CLOCK"]
    client = login_app.test_client()
    client.get("/sign-in?name=bob")
    del login_app.users["bob"]
    for _ in range(3):
        clock.advance(400)
        answer = client.get("/mine")
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "idle")


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


# --- its remember cookie


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


def test_remember_cookie_left_alone_does_not_revive(login_app, clock):
    """The session went with the browser; the ticket says that the login has ended."""
    client = login_app.test_client()
    client.get("/sign-in?name=alice&remember=1")
    client.delete_cookie("session")
    clock.advance(30 * 86400)
    assert client.get("/mine").status_code == 440
    assert client.get_cookie("remember_token") is None
    assert client.get("/mine").status_code == 302


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
