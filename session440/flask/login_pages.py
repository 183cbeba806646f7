"""Where people log in, as the endpoints of a Flask app show it."""

from __future__ import annotations

from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import BuildError

from ..http.login_paths import LOGIN_NAMES


def login_endpoints(app: Flask) -> list[str]:
    """Return the endpoints that are called like login pages, and can be opened as they are."""
    found: dict[str, None] = {}
    for rule in app.url_map.iter_rules():
        is_named = rule.endpoint.rpartition(".")[2] in LOGIN_NAMES
        if is_named and "GET" in (rule.methods or ()) and not rule.arguments:
            found[rule.endpoint] = None
    return list(found)


def guessed_login_url(app: Flask) -> str | None:
    """Return the URL of the app's only login page; its own goes before those of blueprints.

    Where two remain, nothing is guessed.
    """
    own: list[str] = []
    others: list[str] = []
    for each in login_endpoints(app):
        (others if "." in each else own).append(each)
    candidates = own or others
    return url_of(candidates[0]) if len(candidates) == 1 else None


def url_of(endpoint: str) -> str | None:
    """Return the URL of an endpoint, as a path; ``None`` if it cannot be built."""
    if is_host_refused():
        return None
    try:
        return url_for(endpoint, _external=False)
    except BuildError:
        return None


def is_host_refused() -> bool:
    """Return whether Flask refuses the request's ``Host``: it can then build no URL at all."""
    return isinstance(request.routing_exception, BadRequest)


def is_served(app: Flask, path: str) -> bool:
    """Return whether the app has a page at *path*."""
    adapter = app.url_map.bind("localhost", path_info="/")
    try:
        adapter.match(path.partition("?")[0], method="GET")
    except HTTPException as error:  # a redirect to a last slash has another code
        return error.code != 404
    return True


def view_at(app: Flask, path: str) -> object:
    """Return the view that serves *path*, or ``None``."""
    adapter = app.url_map.bind("localhost", path_info="/")
    try:
        endpoint, _ = adapter.match(path.partition("?")[0], method="GET")
    except HTTPException:
        return None
    return app.view_functions.get(str(endpoint))


def blueprint_of(path: str) -> str | None:
    """Return the blueprint that serves *path* in the app that is running."""
    adapter = current_app.create_url_adapter(None) or current_app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(path.partition("?")[0], method="GET")
    except HTTPException:
        return None
    return str(endpoint).rpartition(".")[0] or None
