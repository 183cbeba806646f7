"""A Flask request."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from werkzeug.routing import BuildError

from ..core.ports import Place
from ..decorators import PASSIVE, PUBLIC, is_marked
from ..engine import Engine
from ..http import negotiation as caller
from .login import flask_login, login_manager
from .session import PREFIX


class FlaskRequest:
    """Answers the engine's questions about the request that is being served."""

    def __init__(self, engine: Engine, extension: object) -> None:
        self.environ: dict[str, Any] = request.environ
        self.native = request
        self._engine = engine
        self._extension = extension
        self._is_processed = False

    def read(self, size: int, /) -> bytes:
        chunk: bytes = self.environ["wsgi.input"].read(size)
        return chunk

    def path(self) -> str:
        return request.path

    def host(self) -> str:
        return request.host

    def place(self) -> Place:
        location, host, url = caller.location_of(self.environ), request.host, self._login_url()
        return Place(location, host, url, caller.is_page_of(url, location, host))

    def is_static(self) -> bool:
        """Return whether this is Flask's own view of the app's or a blueprint's static folder."""
        owner = current_app.blueprints.get(request.blueprint or "", current_app)
        is_named = (request.endpoint or "").rpartition(".")[2] == "static"
        return is_named and owner.has_static_folder

    def is_public(self) -> bool:
        return is_marked(self._view(), PUBLIC)

    def is_passive(self) -> bool:
        return is_marked(self._view(), PASSIVE)

    def _view(self) -> object:
        return current_app.view_functions.get(request.endpoint or "")

    def has_own_credentials(self) -> bool:
        """Return whether Flask-Login's ``request_loader`` knows the caller, as by an API key."""
        manager = login_manager()
        load = manager and manager._request_callback
        return load is not None and load(request) is not None

    def is_login_page(self, location: str) -> bool:
        return caller.is_page_of(self._login_url(), location, self.host())

    def _login_url(self) -> str:
        if PREFIX + "LOGIN_URL" in current_app.config:
            url = self._engine.settings.login_url
            return url(self.native) if callable(url) else caller.within_app(url, self.environ)
        return self._flask_login_url() or caller.within_app("/login", self.environ)

    def _flask_login_url(self) -> str | None:
        login = login_manager()
        view = login and login.blueprint_login_views.get(request.blueprint, login.login_view)
        if not view:
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
