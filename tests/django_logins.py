"""Logins to the Django site of the tests, and what its middleware is."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from session440.django import get_engine

IDLE = 1200
OURS = "session440.django.Session440Middleware"
WITHOUT = [each for each in settings.MIDDLEWARE if each != OURS]


def logged_in(name="alice") -> Client:
    client = Client()
    assert client.login(username=name, password="wonderland")
    client.get("/plain")  # brings the ticket
    return client


def ticket_of(client):
    return get_engine().signer.loads(client.cookies["sessionid440"].value)


def is_440(answer, cause="idle"):
    assert (answer.status_code, answer.reason_phrase) == (440, "Login Timeout")
    assert answer["Session440-Cause"] == cause
