"""A pytest plugin that installs session440 into every Flask app of a project's tests.

An app gets it with its first request, after it is configured, as in a factory. One that has no
secret key until then has no logins, and is left alone; ``COMPAT_SECRET_KEY`` gives it one.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask.ctx import RequestContext

from session440.flask import Session440

_context = Flask.request_context


def _installed(app: Flask, environ: dict[str, Any]) -> RequestContext:
    app.secret_key = app.secret_key or os.environ.get("COMPAT_SECRET_KEY")
    if app.secret_key and not app._got_first_request and "session440" not in app.extensions:
        Session440(app)
    return _context(app, environ)


Flask.request_context = _installed  # type: ignore[assignment,method-assign]  # on purpose
