"""What an adapter tells the engine: one request and its answer, as their framework has them.

This is the whole duty of an adapter. The engine never sees a framework's own objects, apart
from ``native``, which it hands to the site's own ``login_url`` and ``choose_policy``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from .cookie import Scope
from .ticket import Ticket


class Holding(NamedTuple):
    """What the framework's session says."""

    subject: str | None = None  # whom it names
    binding: object = None  # which ticket it is bound to, as stored
    empty: bool = True


class Exchange(Protocol):
    """One request and its answer."""

    environ: dict[str, Any]  # headers as CGI has them: HTTP_ACCEPT, REQUEST_METHOD ...
    native: Any  # the framework's request

    # Where it goes

    def path(self) -> str:
        """Give the path within the app, decoded."""

    def location(self) -> str:
        """Give the path and query as the browser has them."""

    def host(self) -> str:
        """Give the host as the browser has it."""

    def is_static(self) -> bool:
        """Whether this is a static file."""

    def is_public(self) -> bool:
        """Whether the view is marked as open to anyone."""

    def is_passive(self) -> bool:
        """Whether the view is marked as no activity."""

    def is_login_page(self, location: str) -> bool:
        """Whether people log in at *location*, a path or URL of this site."""

    def login_url(self) -> str:
        """Give the URL at which people log in."""

    # The framework's session

    def session_carried(self) -> bool | None:
        """Whether the request carries the session's cookie; ``None``: there is no session."""

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        """Say what the session holds, leaving no trace of having looked."""

    def session_changed(self) -> bool:
        """Whether the app has written to the session."""

    def is_voided(self) -> bool:
        """Whether the framework refused the session's login though nobody logged out."""

    def refuses_user(self) -> bool:
        """Whether the framework would refuse whom the session names, were a view to ask it.

        Changes nothing: a proxy that asks may throw the answer's cookies away.
        """

    def bind(self, binding: list[Any] | None) -> None:
        """Keep the binding in the session, or remove it."""

    def clear_session(self, keep_csrf: bool) -> None:
        """Log the session out, whole; its CSRF token may stay for a login form's sake."""

    def hide_session(self) -> None:
        """Let the app see an empty session in this request, and leave the real one as it is."""

    # The answer

    def cookie_scope(self) -> Scope:
        """Give the scope of the session's cookie."""

    def language(self) -> str | None:
        """Name the language that the framework speaks now; ``None``: the browser chooses."""

    def csrf_token(self) -> tuple[str, str] | None:
        """Give the form field and the value that the framework wants against CSRF, if any."""

    def own_page(self, login_timeout: dict[str, Any]) -> str | None:
        """Render the site's own template for the 440, if it has one."""
