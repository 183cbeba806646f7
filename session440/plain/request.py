"""A request to an app of no framework, by names as in CGI."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

from werkzeug.wsgi import get_host

from ..core.ports import Place
from ..engine import Engine
from ..http import negotiation as caller
from ..http.login_paths import is_named_login

_NO_REQUEST: Any = MappingProxyType(
    {"wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "HTTP_COOKIE": ""}
)


class PlainRequest:
    """What the engine asks about a request.

    :param environ: as WSGI has it (PEP 3333).
    """

    knows_logouts = False
    knows_files = False
    _place: Place | None = None

    def __init__(self, environ: dict[str, Any], engine: Engine) -> None:
        self.environ: dict[str, Any] = environ
        self.method: str = environ.get("REQUEST_METHOD", "")
        self.path_info: str = environ.get("PATH_INFO", "")
        self.cookies: str | None = environ.get("HTTP_COOKIE")
        self._engine = engine

    @property
    def native(self) -> Any:
        """The request as the app knows it."""
        return self.environ

    def let_go(self) -> None:
        """Hold the request no longer, now that it is answered: it holds its visit, and this.

        Such a circle would keep the server's socket until a collection. Who still asks about the
        request, as while its answer is iterated, is told of an empty one.
        """
        self.environ = _NO_REQUEST

    def read(self, size: int, /) -> bytes:
        body = self.environ.get("wsgi.input")
        return b"" if body is None else bytes(body.read(size))

    def path(self) -> str:
        return caller.path_of(self.environ)

    def other_paths(self) -> tuple[str, ...]:
        return ()  # what its URLs mean is the app's

    def host(self) -> str:
        return get_host(self.environ)

    def place(self) -> Place:
        if self._place is None:
            self._place = self._found_place()
        return self._place

    def _found_place(self) -> Place:
        host, url, location = self.host(), self._login_url(), caller.location_of(self.environ)
        is_known = caller.is_page_of(url, location, host)
        return Place(location, host, url, is_known or is_named_login(location), not is_known)

    def is_static(self) -> bool:
        return False

    def is_public(self, by_framework: bool = True) -> bool:
        return False

    def is_passive(self) -> bool:
        return False

    def has_own_credentials(self) -> bool:
        return False  # nothing is known of the app

    def is_login_page(self, location: str) -> bool:
        is_ours = caller.is_on(location, self.host())
        is_page = caller.is_page_of(self._login_url(), location, self.host())
        return is_page or (is_ours and is_named_login(location))

    def is_logout(self, location: str) -> bool:
        return False  # its name alone says so

    def is_secure(self) -> bool:
        return bool(self.environ.get("wsgi.url_scheme") == "https")

    def trusted_origins(self) -> tuple[str, ...]:
        return self._engine.settings.trusted_origins

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
