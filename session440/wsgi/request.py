"""A WSGI request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wsgi import get_host

from ..engine import Engine
from ..http import negotiation as caller

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class WSGIRequest:
    """Answers the engine's questions about a WSGI request."""

    _login_url: str | None = None

    def __init__(self, environ: WSGIEnvironment, engine: Engine) -> None:
        self.environ = environ
        self.native = environ
        self._engine = engine

    def read(self, size: int, /) -> bytes:
        chunk: bytes = self.environ["wsgi.input"].read(size)
        return chunk

    def path(self) -> str:
        return caller.path_of(self.environ)

    def location(self) -> str:
        return caller.location_of(self.environ)

    def host(self) -> str:
        return get_host(self.environ)

    def is_static(self) -> bool:
        return False

    def is_public(self) -> bool:
        return False

    def is_passive(self) -> bool:
        return False

    def is_login_page(self, location: str) -> bool:
        return caller.is_page_of(self.login_url(), location, self.host())

    def login_url(self) -> str:
        if self._login_url is None:
            url = self._engine.settings.login_url
            self._login_url = (
                url(self.native) if callable(url) else caller.within_app(url, self.environ)
            )
        return self._login_url
