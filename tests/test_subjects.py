"""Who is logged in, as a session or a login names them."""

from __future__ import annotations

import uuid

import flask
import pytest
from calling import Call
from flask_apps import IDLE
from wsgi_apps import wrap

from session440.flask import Session440, current_visit

PERSON = {"sub": "a1b2", "email": "ada@example.org", "groups": ["staff"]}
ID = uuid.UUID(int=7)


@pytest.fixture
def make(clock):
    """An app whose login puts ``app.person`` into its session under ``app.key``."""

    def make(key="user", **config):
        app = flask.Flask("named")
        app.config.update(SECRET_KEY="a long random text", SESSION440_CLOCK=clock, **config)
        Session440(app)
        app.key = key

        @app.get("/login")
        def log_in():
            flask.session[app.key] = app.person
            return "in"

        app.add_url_rule("/", "index", lambda: f"for {current_visit.subject}")
        return app

    return make


def shown(app, person):
    client = app.test_client()
    app.person = person
    assert client.get("/login").status_code == 200
    return client.get("/").text


@pytest.mark.parametrize(
    ("person", "found"), [("alice", "alice"), (7, "7"), (ID, str(ID)), ("ünï", "ünï")]
)
def test_a_subject_is_a_text_an_integer_or_a_uuid(make, person, found):
    assert shown(make(SESSION440_SUBJECT_KEY="user"), person) == f"for {found}"


@pytest.mark.parametrize("person", ["", 0, False, None])
@pytest.mark.parametrize("key", [None, "user", "user_id"])
def test_what_is_false_is_nobody(make, person, key):
    """Apps blank the key when somebody logs out; to the framework nobody is logged in then."""
    options = {"SESSION440_SUBJECT_KEY": key} if key else {}
    assert shown(make(key or "user_id", **options), person) == "for None"


def test_a_blank_is_a_logout(make, clock):
    app = make("user_id")
    client = app.test_client()
    app.person = "alice"
    client.get("/login")
    app.person = ""
    client.get("/login")
    assert client.get_cookie("session440") is None
    clock.advance(IDLE)
    assert client.get("/").text == "for None"


@pytest.mark.parametrize("person", [PERSON, ["alice"], ("alice",), {"alice"}], ids=repr)
def test_a_mapping_is_refused_with_the_way_to_name_its_field(make, person):
    """All of it would be in the ticket, and a new token would be a new login."""
    app = make(SESSION440_SUBJECT_KEY="user")
    app.testing = True
    app.person = list(person) if isinstance(person, set) else person
    with pytest.raises(TypeError, match=r'SESSION440_SUBJECT_KEY = "user.sub"'):
        app.test_client().get("/login")


@pytest.mark.parametrize("key", ["user.sub", lambda session: session.get("user", {}).get("sub")])
def test_a_field_of_a_mapping_names_the_person(make, clock, key):
    """What else the mapping holds may change: the login, and its absolute timeout, go on."""
    app = make(SESSION440_SUBJECT_KEY=key, SESSION440_ABSOLUTE_TIMEOUT="40m")
    client = app.test_client()
    app.person = PERSON
    client.get("/login")
    for minute in range(4):
        app.person = {**PERSON, "iat": minute}
        assert client.get("/login").status_code == 200
        assert client.get("/").text == "for a1b2"
        clock.advance(IDLE / 2)
    assert client.get("/").status_code == 440


def test_a_key_with_a_dot_in_its_name_is_itself(make):
    assert shown(make("my.user", SESSION440_SUBJECT_KEY="my.user"), "alice") == "for alice"


def test_a_path_that_leads_nowhere_is_nobody(make):
    app = make(SESSION440_SUBJECT_KEY="user.claims.sub")
    assert shown(app, PERSON) == "for None"
    assert shown(app, {"claims": {"sub": "a1b2"}}) == "for a1b2"


def test_a_login_whose_cookie_browsers_would_drop_is_refused(make, clock):
    """It would be seen at the login, and end of idleness however busy the person is."""
    app = make(SESSION440_SUBJECT_KEY="user")
    app.testing = True
    app.person = "a" * 4000
    with pytest.raises(ValueError, match="more than 4096 bytes, which browsers drop"):
        app.test_client().get("/login")

    def login(environ, start_response):
        environ["session440"].login("a" * 4000)

    with pytest.raises(ValueError, match="more than 4096 bytes"):
        Call(wrap(login, clock), "/login")


@pytest.mark.parametrize("person", [None, "", False, True])
def test_nobody_cannot_log_in(person, clock):
    """All whom a look-up does not find would be one person, called "None"."""

    def login(environ, start_response):
        environ["session440"].login(person)

    with pytest.raises(ValueError, match=f"login.*{person!r} names nobody"):
        Call(wrap(login, clock), "/login")


def test_a_person_may_be_number_0(clock):
    seen = []

    def login(environ, start_response):
        environ["session440"].login(0)
        seen.append(environ["session440"].subject)
        start_response("204 No Content", [])
        return []

    Call(wrap(login, clock), "/login")
    assert seen == ["0"]


@pytest.mark.parametrize("person", [PERSON, ["alice"], b"alice"])
def test_an_app_behind_the_wrapper_is_refused_alike(clock, person):
    def login(environ, start_response):
        environ["session440"].login(person)

    with pytest.raises(TypeError, match="a subject is text, an integer or a UUID"):
        Call(wrap(login, clock), "/login")
