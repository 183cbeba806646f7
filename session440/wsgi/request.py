"""A WSGI request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from werkzeug.wsgi import get_host

from ..core.ports import Place
from ..engine import Engine
from ..http import negotiation as caller

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class WSGIRequest:
    """What the engine asks about a WSGI request."""

    def __init__(self, environ: WSGIEnvironment, engine: Engine) -> None:
        self.environ = environ
        self.native = environ
        self._engine = engine

    def read(self, size: int, /) -> bytes:
        chunk: bytes = self.environ["wsgi.input"].read(size)
        return chunk

    def path(self) -> str:
        return caller.path_of(self.environ)

    def host(self) -> str:
        return get_host(self.environ)

    def place(self) -> Place:
        host, url, location = self.host(), self._login_url(), caller.location_of(self.environ)
        return Place(location, host, url, caller.is_page_of(url, location, host))

    def is_static(self) -> bool:
        return False

    def is_public(self) -> bool:
        return False

    def is_passive(self) -> bool:
        return False

    def has_own_credentials(self) -> bool:
        return False  # nothing is known of the app

    def is_login_page(self, location: str) -> bool:
        return caller.is_page_of(self._login_url(), location, self.host())

    def leaves_login_page(self, location: str | None) -> bool:
        """Return whether this is the login page, and a redirect to *location* leads elsewhere."""
        place = self.place()
        try:
            target = urljoin(place.location, location or "")
        except ValueError:  # no URL
            return False
        return place.is_login_page and not self.is_login_page(target)

    def _login_url(self) -> str:
        url = self._engine.settings.login_url
        return url(self.native) if callable(url) else caller.within_app(url, self.environ)
