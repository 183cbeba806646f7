"""An app for real servers whose only login has ended: anybody is refused who sends a ticket."""

from __future__ import annotations

import os

from session440.http import body
from session440.wsgi import Session440Middleware

body.SECONDS = float(os.environ.get("DRAIN_SECONDS", "0.2"))


def site(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


app = Session440Middleware(
    site, secret_key="a long random text for the tests", idle_timeout=None, absolute_timeout=1
)
