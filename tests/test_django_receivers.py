"""Signals of Django's and Flask-Login's, sent by others in their own way."""

from __future__ import annotations

import weakref
from types import SimpleNamespace

import flask
import flask_login
import pytest
from clock import FakeClock
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.http import HttpRequest
from django.test import Client, override_settings

from session440.django import get_engine
from session440.flask import Session440


@pytest.fixture(autouse=True)
def loaded():
    """The middleware, and with it the receivers, as after a first request."""
    with override_settings(SESSION440={"STORE": "memory:"}):
        Client().get("/plain")
        yield


def ours(signal):
    """Return a signal with our receiver alone: Django's own want a real user."""
    kept = Signal()
    for key, receiver, *_ in signal.receivers:
        if str(key[0]).startswith("session440."):
            receiver = receiver() if isinstance(receiver, weakref.ref) else receiver
            kept.connect(receiver, weak=False)
    assert len(kept.receivers) == 1
    return kept


ARGUMENTS = [
    {},
    {"instance": None},
    {"instance": SimpleNamespace()},
    {"instance": Group(name="x"), "created": False},
    {"instance": User(username="x"), "created": False},
    {"instance": User(username="x"), "created": True, "raw": True, "update_fields": ["password"]},
]


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=range(len(ARGUMENTS)))
def test_post_save_may_be_sent_with_any_arguments(arguments):
    """Projects send it themselves (django-oscar's StockRecord), and not as Django does."""
    for sender in (Group, User, None, "anything"):
        ours(post_save).send(sender=sender, **arguments)


REQUESTS = [None, object(), SimpleNamespace(session={}), HttpRequest()]


@pytest.mark.parametrize("signal", [user_logged_in, user_logged_out])
@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_logins_may_be_announced_with_any_request(signal, request_):
    ours(signal).send(sender=User, request=request_, user=None)
    ours(signal).send(sender=None, user=User(username="x"))


def test_failing_store_undoes_no_transaction_of_the_project(monkeypatch):
    """The new password is stored; the error is logged, and raised nowhere."""

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(type(get_engine()), "revoke_all", fail)
    user = User.objects.create_user("to-be-saved", password="one")
    try:
        with transaction.atomic():
            user.set_password("another")
            user.save()
        user.refresh_from_db()
        assert user.check_password("another")
    finally:
        user.delete()


def test_flask_login_may_announce_a_login_outside_of_a_request():
    app = flask.Flask("announced")
    app.secret_key = "a long random text for the tests"
    app.config["SESSION440_CLOCK"] = FakeClock()
    Session440(app)
    flask_login.LoginManager(app)
    flask_login.user_logged_in.send(app)
    with app.app_context():
        flask_login.user_logged_in.send(app, user=None)
    with app.test_request_context("/"):
        flask_login.user_logged_in.send(app, user=None)
