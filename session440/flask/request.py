"""A Flask request."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from flask import current_app, request
from werkzeug.routing import BuildError

from ..core.ports import Place
from ..decorators import PASSIVE, PUBLIC, is_marked, unasked
from ..engine import Engine
from ..http import negotiation as caller
from ..http.login_paths import LOGIN_NAMES, is_named_login, warn_of_login_url
from .login import flask_login, login_manager
from .login_pages import (
    blueprint_of,
    guessed_login_url,
    is_host_refused,
    is_served,
    login_endpoints,
    url_of,
)
from .session import PREFIX, current


class FlaskRequest:
    """Answers the engine's questions about the request that is being served."""

    knows_logouts = False
    knows_files = True

    def __init__(
        self, environ: dict[str, Any], endpoint: str | None, engine: Engine, extension: object
    ) -> None:
        self.environ = environ
        self.method: str = environ.get("REQUEST_METHOD", "")
        self.path_info: str = environ.get("PATH_INFO", "")
        self.cookies: str | None = environ.get("HTTP_COOKIE")
        self._endpoint = endpoint or ""
        self.native = request
        self._engine = engine
        self._extension = extension
        self._is_processed = False

    def read(self, size: int, /) -> bytes:
        chunk: bytes = self.environ["wsgi.input"].read(size)
        return chunk

    def path(self) -> str:
        return request.path

    def other_paths(self) -> tuple[str, ...]:
        return ()  # what its URLs mean is the app's

    def host(self) -> str:
        return request.host

    def place(self) -> Place:
        return self._place

    @cached_property
    def _place(self) -> Place:
        location, host, url = caller.location_of(self.environ), request.host, self._login_url()
        is_known = caller.is_page_of(url, location, host) or self._is_at_login()
        return Place(location, host, url, is_known or is_named_login(location), not is_known)

    def is_static(self) -> bool:
        """Return whether this is Flask's own view of the app's or a blueprint's static folder."""
        if self._endpoint.rpartition(".")[2] != "static":
            return False
        owner = current_app.blueprints.get(request.blueprint or "", current_app)
        return bool(owner.has_static_folder)

    def is_public(self, by_framework: bool = True) -> bool:
        return is_marked(self._view(), PUBLIC, self.method)

    def is_passive(self) -> bool:
        return is_marked(self._view(), PASSIVE, self.method)

    def unasked(self) -> float | None:
        """Return how recent a login the view wants, if ``@recent`` stands above its route."""
        return unasked(self._view())

    def _view(self) -> object:
        return current_app.view_functions.get(self._endpoint)

    def has_own_credentials(self) -> bool:
        """Return whether Flask-Login's ``request_loader`` knows the caller, as by an API key."""
        manager = login_manager()
        load = manager and manager._request_callback
        return load is not None and load(request) is not None

    def is_login_page(self, location: str) -> bool:
        host = self.host()
        if caller.is_page_of(self._login_url(), location, host):
            return True
        if not caller.is_on(location, host):
            return False
        pages = {*login_endpoints(current()), *self._login_views()}
        urls = [url_of(each) or "" for each in pages]
        return is_named_login(location) or any(
            caller.is_page_of(each, location, host) for each in urls
        )

    def _is_at_login(self) -> bool:
        """Return whether the endpoint that is asked for is one at which people log in."""
        name = self._endpoint.rpartition(".")[2]
        return name in LOGIN_NAMES or self._endpoint in self._login_views()

    def _login_views(self) -> Collection[str]:
        """Return the endpoints at which Flask-Login sends people to log in."""
        login = login_manager()
        if login is None:
            return ()
        views = (*login.blueprint_login_views.values(), login.login_view)
        return {each for each in views if each and "/" not in each}

    def is_logout(self, location: str) -> bool:
        return False  # its name alone says so

    def is_secure(self) -> bool:
        return request.is_secure

    def trusted_origins(self) -> tuple[str, ...]:
        return self._engine.settings.trusted_origins

    def _login_url(self) -> str:
        if PREFIX + "LOGIN_URL" in current_app.config:
            url = self._engine.settings.login_url
            return url(self.native) if callable(url) else caller.within_app(url, self.environ)
        found = self._flask_login_url() or guessed_login_url(current())
        if found is None and not is_served(current(), "/login"):
            warn_of_login_url(current().name, "/login")
        return found or caller.within_app("/login", self.environ)

    def _blueprint(self) -> str | None:
        """Return the blueprint of the page on which the person is."""
        prefix = self._engine.endpoint_prefix
        if prefix is None or not request.path.startswith(prefix):
            return request.blueprint
        target = caller.path_on(request.host, self.environ.get("HTTP_REFERER", ""))
        return target and blueprint_of(target)

    def _flask_login_url(self) -> str | None:
        login = login_manager()
        if login is None:
            return None
        view = login.login_view
        if login.blueprint_login_views:
            view = login.blueprint_login_views.get(self._blueprint(), view)
        if not view or is_host_refused():
            return None
        self._process_url()
        try:
            url: str = flask_login.login_url(view)
        except BuildError:
            return None
        return url

    def _process_url(self) -> None:
        """Run the app's URL processors, which come after ours: its url_defaults need them.

        See "Using URL Processors" in Flask's documentation: apps put languages into URLs so.
        """
        if self._is_processed or not current_app.url_default_functions:
            return
        self._is_processed = True
        for name in (None, *reversed(request.blueprints)):
            for process in current_app.url_value_preprocessors.get(name, ()):
                if getattr(process, "__self__", None) is not self._extension:
                    process(request.endpoint, dict(request.view_args or {}))
