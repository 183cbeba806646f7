"""What Flask-Login and Django do to a login, told as what it is."""

from __future__ import annotations

import flask
import flask_login
import pytest
from clock import START
from django.contrib.auth import get_user_model, login
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from session440 import Credential
from session440.django import get_engine
from session440.flask import Session440

IDLE, ABSOLUTE = 1200, 28800


class User(flask_login.UserMixin):
    def __init__(self, id):
        self.id = id


@pytest.fixture
def events():
    return []


def ends(events):
    return [(each.cause, each.reason) for each in events if each.kind == "ended"]


@pytest.fixture
def app(clock, events):
    app = flask.Flask("followed")
    app.secret_key = "a long random text for the tests"
    app.config.update(SESSION440_CLOCK=clock, SESSION440_ON_EVENT=events.append)
    given = app.config["GIVEN"] = {}
    app.config["SESSION440_CREDENTIAL"] = lambda request, subject: given.pop(subject, None)
    manager = flask_login.LoginManager(app)
    manager.session_protection = "strong"
    manager.user_loader(User)
    manager.login_view = "log_in"
    Session440(app)

    @app.route("/login", methods=["GET", "POST"])
    @app.route("/switch", methods=["POST"], endpoint="switch")
    def log_in():
        flask_login.login_user(User(flask.request.args["name"]))
        return "in"

    app.add_url_rule("/confirm", "confirm", lambda: flask_login.confirm_login() or "confirmed")
    app.add_url_rule("/out", "out", lambda: flask_login.logout_user() and "out")
    app.add_url_rule("/", "index", flask_login.login_required(lambda: flask_login.current_user.id))
    return app


def stay(client, clock, seconds, path="/", step=600):
    """Be there for a while, and return how the last request was answered."""
    for _ in range(seconds // step):
        clock.advance(step)
        answer = client.get(path)
    return answer


def test_strong_protection_is_told_as_such(app, events):
    """A browser that was updated is no logout, and the person reads why."""
    client = app.test_client()
    client.post("/login?name=alice", headers={"User-Agent": "Browser/140"})
    answer = client.get("/", headers={"User-Agent": "Browser/141", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "revoked")
    assert ends(events) == [("revoked", "session protection")]


def test_strong_protection_leaves_the_rest_of_the_session_to_the_app(app, clock):
    """Flask-Login takes out the login alone: its own tests ask for that."""
    app.add_url_rule("/u", "u", lambda: str(flask_login.current_user.is_anonymous))
    client = app.test_client()
    with client.session_transaction() as session:
        session["basket"] = "a book"
    client.post("/login?name=alice", headers={"User-Agent": "Browser/140"})
    assert client.get("/u", headers={"User-Agent": "Browser/141"}).text == "True"
    with client.session_transaction() as session:
        assert session["basket"] == "a book"
        assert not {"_user_id", "_session440"} & {*session}
    answer = client.get("/", headers={"User-Agent": "Browser/141", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "revoked")


def test_confirmed_login_begins_both_clocks_anew(app, clock):
    """NIST SP 800-63B section 5.2: to authenticate again resets both timeouts."""
    client = app.test_client()
    client.post("/login?name=alice")
    stay(client, clock, ABSOLUTE - 600)
    client.get("/confirm")
    assert stay(client, clock, ABSOLUTE - 600).status_code == 200
    assert stay(client, clock, 600).status_code == 440


def test_signing_out_in_the_dialog_sends_flask_logins_signal(app, events):
    gone = []

    def receive(sender, user, **kwargs):
        gone.append(user.id)

    flask_login.user_logged_out.connect(receive, app)
    client = app.test_client()
    client.post("/login?name=alice")
    client.post("/session440/logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert gone == ["alice"]
    assert ends(events) == [(None, "logout")]
    assert client.get("/").status_code == 302


def test_timeout_sends_no_signal_of_a_logout(app, clock):
    gone = []

    def receive(sender, user, **kwargs):
        gone.append(user.id)

    flask_login.user_logged_out.connect(receive, app)
    client = app.test_client()
    client.post("/login?name=alice")
    clock.advance(IDLE)
    assert client.get("/").status_code == 440
    assert gone == []


@pytest.mark.parametrize(("page", "lasts"), [("/switch", False), ("/login", True)])
def test_switch_of_users_keeps_the_clock_of_who_did_it(app, clock, page, lasts):
    """Only a login at a login page proves something anew."""
    client = app.test_client()
    client.post("/login?name=alice")
    for name in ("bob", "alice"):
        stay(client, clock, ABSOLUTE // 3)
        client.post(f"{page}?name={name}")
        assert client.get("/").text == name
    assert (stay(client, clock, ABSOLUTE // 3).status_code == 200) is lasts


def test_switch_of_users_keeps_the_credential_of_who_did_it(app, clock):
    """And so does the switch back, though the site names no credential for either."""
    credential = Credential(START + 900, issuer="https://id.example", sid="s1")
    app.config["GIVEN"]["alice"] = credential
    client = app.test_client()
    client.post("/login?name=alice")
    for name in ("bob", "alice"):
        client.post(f"/switch?name={name}")
        assert client.get("/").text == name
    signer = app.extensions["session440"].engine.signer
    ticket = signer.loads(client.get_cookie("session440").value)
    assert (ticket.not_after, ticket.external) == (START + 900, credential.external)


def enter(request):
    name = request.GET["name"]
    user = get_user_model().objects.get(username=name)
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("in")


def who(request):
    return HttpResponse(request.user.username or "nobody")


urlpatterns = [path("login", enter), path("hijack/acquire/", enter), path("", who)]


@pytest.fixture
def project(clock, events):
    model = get_user_model()
    people = [model.objects.create_user(name, password="x") for name in ("boss", "helped")]
    options = {"CLOCK": clock, "ON_EVENT": events.append, "STORE": "memory:"}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options, LOGIN_URL="/login"):
        yield Client()
    for each in people:
        each.delete()


@pytest.mark.parametrize(("page", "lasts"), [("/hijack/acquire/", False), ("/login", True)])
def test_switch_of_users_in_django_keeps_the_clock_of_who_did_it(project, clock, page, lasts):
    project.post("/login?name=boss")
    for name in ("helped", "boss"):
        stay(project, clock, ABSOLUTE // 3)
        project.post(f"{page}?name={name}")
        assert project.get("/").content.decode() == name
    assert (stay(project, clock, ABSOLUTE // 3).status_code == 200) is lasts


def test_session_that_the_site_deleted_is_revoked_by_the_site(project, events):
    """ "Sign out my other devices" deletes the row. No sticky session would help."""
    project.post("/login?name=boss")
    project.get("/")
    Session.objects.filter(session_key=project.cookies["sessionid"].value).delete()
    assert project.get("/")["Session440-Cause"] == "revoked"
    assert ends(events) == [("revoked", "session deleted")]


def test_session_in_the_database_of_another_node_is_lost(project, events):
    """Its database may be another one, too."""
    project.post("/login?name=boss")
    project.get("/")
    signer = get_engine().signer
    ticket = signer.loads(project.cookies["sessionid440"].value)
    project.cookies["sessionid440"] = signer.dumps(ticket._replace(node="another"))
    Session.objects.filter(session_key=project.cookies["sessionid"].value).delete()
    assert project.get("/")["Session440-Cause"] == "lost"


def test_deactivated_user_is_revoked_and_one_who_is_not_found_is_refused(project, events):
    model = get_user_model()
    project.post("/login?name=helped")
    project.get("/")
    helped = model.objects.get(username="helped")
    model.objects.filter(pk=helped.pk).delete()
    assert project.get("/").content == b"nobody"
    helped.save(force_insert=True)
    assert project.get("/").content == b"helped"
    model.objects.filter(pk=helped.pk).update(is_active=False)
    project.get("/")
    assert ends(events) == [("revoked", None)]


def test_who_acts_for_somebody_counts_as_one_of_their_logins(project, clock):
    """docs/recipes/hijack.md warns of it."""
    options = {"CLOCK": clock, "STORE": "memory:", "MAX_LOGINS": 1}
    with override_settings(SESSION440=options):
        customer = Client()
        customer.post("/login?name=helped")
        project.post("/login?name=boss")
        project.post("/hijack/acquire/?name=helped")
        assert project.get("/").content == b"helped"
        assert customer.get("/")["Session440-Cause"] == "displaced"
