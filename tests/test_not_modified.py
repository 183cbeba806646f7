"""A 304 carries no cookie of ours; what became of the login is known all the same."""

from __future__ import annotations

import flask
import pytest
from calling import Call
from django.contrib import auth
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from session440.django import get_engine
from session440.flask import Session440
from session440.wsgi import Session440Middleware

SECRET = "a long random text for the tests of session440"


def app(environ, start_response):
    visit, status = environ["session440"], "200 OK"
    if environ["PATH_INFO"] == "/login":
        visit.login("alice")
    elif environ["PATH_INFO"] == "/logout":
        visit.logout()
        status = "304 Not Modified"
    start_response(status, [("Content-Type", "text/plain")])
    return [str(visit.subject).encode()]


class WSGISite:
    def __init__(self, clock):
        self.app = Session440Middleware(app, secret_key=SECRET, clock=clock, store="memory:")
        self.engine, self.subject = self.app.engine, "alice"
        header = dict(Call(self.app, "/login").starts[0][1])["Set-Cookie"]
        self.cookies = dict([header.partition(";")[0].split("=", 1)])

    def ask(self, path):
        call = Call(self.app, path, self.cookies)
        return call.starts[0][0][:3], dict(call.starts[0][1]), b"".join(call.iterable).decode()


class FlaskSite:
    def __init__(self, clock):
        site = flask.Flask("not_modified")
        site.secret_key = SECRET
        site.config |= {"SESSION440_CLOCK": clock, "SESSION440_STORE": "memory:"}
        extension = Session440(site)

        @site.get("/login")
        def login():
            flask.session["user_id"] = "alice"
            return "in"

        @site.get("/logout")
        def logout():
            flask.session.clear()
            return "", 304

        @site.get("/")
        def index():
            return str(flask.session.get("user_id"))

        self.client = site.test_client()
        self.client.get("/login")
        self.engine, self.subject = extension.engine, "alice"
        self.ticket = self.client.get_cookie("session440").value
        self.session = self.client.get_cookie("session").value

    def ask(self, path):
        if path == "/":  # with the cookies from before the logout, as somebody kept them
            self.client.set_cookie("session440", self.ticket)
            self.client.set_cookie("session", self.session)
        answer = self.client.get(path)
        return str(answer.status_code), answer.headers, answer.text


def _logout(request):
    auth.logout(request)
    return HttpResponse(status=304)


urlpatterns = [path("logout", _logout), path("", lambda r: HttpResponse(str(r.session440.subject)))]


class DjangoSite:
    def __init__(self, clock):
        self.client = Client()
        assert self.client.login(username="alice", password="wonderland")
        self.subject = self.client.get("/").content.decode()
        self.engine = get_engine()
        self.kept = {name: each.value for name, each in self.client.cookies.items()}

    def ask(self, path):
        if path == "/":
            self.client.cookies.load(self.kept)
        answer = self.client.get(path)
        return str(answer.status_code), answer.headers, answer.content.decode()


@pytest.mark.parametrize("kind", [WSGISite, FlaskSite, DjangoSite])
def test_a_logout_answered_304_is_known_to_the_store(kind, clock):
    """The login is listed no longer, and cookies from before let nobody in."""
    options = {"CLOCK": clock, "STORE": "memory:"}
    with override_settings(ROOT_URLCONF=__name__, SESSION440=options):
        site = kind(clock)
        assert len(site.engine.logins(site.subject)) == 1
        status, headers, _ = site.ask("/logout")
        assert status == "304"
        assert "440=" not in headers.get("Set-Cookie", "")
        assert site.engine.logins(site.subject) == []
        status, _, text = site.ask("/")
        assert status == "440" or text == "None"
