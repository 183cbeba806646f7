"""A WSGI request whose login is its ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wsgi import get_host

from ..core.cookie import Scope
from ..core.ports import Holding
from ..core.ticket import Ticket
from ..engine import Engine
from ..http import negotiation as caller
from ..visit import Visit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NO_SESSION = Holding()
HeaderList = list[tuple[str, str]]


class TicketExchange:
    """There is no session beside the ticket: it is the login."""

    watches = False  # whether the app's headers tell of logins

    def __init__(self, environ: WSGIEnvironment, engine: Engine, scope: Scope) -> None:
        self.environ = environ
        self.native = environ
        self.engine = engine
        self.scope = scope

    # Where it goes

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
        url = self.engine.settings.login_url
        return url(self.native) if callable(url) else caller.within_app(url, self.environ)

    # The session

    def session_carried(self) -> bool | None:
        return None

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        return NO_SESSION

    def session_changed(self) -> bool:
        return False

    def is_voided(self) -> bool:
        return False

    def refuses_user(self) -> bool:
        return False

    def bind(self, binding: list[Any] | None) -> None:
        """Do nothing: there is no session to bind the ticket to."""

    def clear_session(self, keep_csrf: bool) -> None:
        """Do nothing: without its ticket the login is no more."""

    def hide_session(self) -> None:
        """Do nothing: the visit already says that nobody is here."""

    # The answer

    def cookie_scope(self) -> Scope:
        return self.scope

    def language(self) -> str | None:
        return None

    def csrf_token(self) -> tuple[str, str] | None:
        return None

    def own_page(self, login_timeout: dict[str, Any]) -> str | None:
        return None

    def follow(self, visit: Visit, headers: HeaderList) -> HeaderList:
        """Note what the app's headers say of the login; give the headers to add."""
        return []
