"""The protocols of an adapter: the request, the framework's session, and the presentation.

An adapter has no other duties. The engine never uses a framework's own objects, apart from
``native``, which it passes to the site's own ``login_url`` and ``choose_policy``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, Protocol

from .cookie import Cookie, Scope
from .effects import SessionEffect
from .ticket import Ticket


class Holding(NamedTuple):
    """What the framework's session holds.

    :param subject: the person whom it names.
    :param binding: what it is bound to, as stored; or the ticket itself.
    :param is_carried: whether the request carries its cookie; ``None``: there is no session
        beside the ticket, which is then the login itself.
    :param cookie: the value of its cookie, as the app reads it.
    :param is_logged_out: the app has logged the person out already in this request.
    :param is_durable: sessions are in a database, which forgets none by itself.
    """

    subject: str | None = None
    binding: object = None
    empty: bool = True
    is_carried: bool | None = True
    cookie: str | None = None
    is_logged_out: bool = False
    is_durable: bool = False

    @property
    def is_clearable(self) -> bool:
        """Whether it may be cleared: one that names nobody and is not empty is a visitor's."""
        return self.subject is not None or self.binding is not None or self.empty


class LoggedIn(NamedTuple):
    """The app has logged *subject* in."""

    subject: str


class LoggedOut(NamedTuple):
    """The app has logged the person out; *is_bound*: the session still has the binding."""

    is_bound: bool = False


class Renamed(NamedTuple):
    """The login goes on under another name: a watched cookie has a new value."""

    subject: str


Change = LoggedIn | LoggedOut | Renamed


def change_in(holding: Holding, login: Ticket | None) -> Change | None:
    """Return what the app did to the login, judged by its session."""
    if holding.subject is None:
        return LoggedOut(holding.binding is not None)
    if holding.binding is None or login is None or holding.subject != login.subject:
        return LoggedIn(holding.subject)
    return None


class Refusal(Enum):
    """Why the framework refuses the person whom the session names, without a logout."""

    VOID = "it has ended the login: a new password, an account that is deactivated"
    PROTECTED = "session protection"
    UNFOUND = "it did not find the person now, as behind a replica that lags"


class Place(NamedTuple):
    """Where a request goes to, as its browser shows it, and where people log in.

    :param location: the request's path and query.
    :param host: the site's host; ``""`` if it cannot be trusted.
    :param login_url: the URL at which people log in.
    :param is_login_page: whether people log in at *location*.
    :param is_guessed: that is so by the last part of the path alone. Whoever sends a request may
        choose it, as where a page takes any path.
    """

    location: str
    host: str
    login_url: str
    is_login_page: bool
    is_guessed: bool = False


class Request(Protocol):
    """Questions about a request. None of them changes anything."""

    # What is asked of every request, so that an adapter need not make the whole environ.
    method: str
    path_info: str  # the path within the app, as PATH_INFO is in WSGI
    cookies: str | None  # the header Cookie
    environ: dict[str, Any]  # names as in CGI: HTTP_ACCEPT, REQUEST_METHOD ...
    #: Whether :meth:`is_logout` knows more than a name says; asking it is not free.
    knows_logouts: bool
    knows_files: bool  # whether :meth:`is_static` is ever true

    @property
    def native(self) -> Any:
        """The framework's request."""

    def read(self, size: int, /) -> bytes:
        """Read at most *size* bytes of the body; return ``b""`` at its end."""

    def path(self) -> str:
        """Return the path within the app, decoded."""

    def other_paths(self) -> tuple[str, ...]:
        """Return other paths that stand for the same page, as without its language."""

    def host(self) -> str:
        """Return the host as the browser shows it."""

    def place(self) -> Place:
        """Return where the request goes to, and where people log in."""

    def is_static(self) -> bool:
        """Return whether this is a static file."""

    def is_public(self, by_framework: bool = True) -> bool:
        """Return whether the view is marked as open to anyone.

        :param by_framework: whether a mark of the framework's own counts: it may only say that the
            view has permissions of its own.
        """

    def is_passive(self) -> bool:
        """Return whether the view is marked as not counting as activity."""

    def has_own_credentials(self) -> bool:
        """Return whether the app knows the caller by something other than the session."""

    def is_login_page(self, location: str) -> bool:
        """Return whether people log in at *location*, a path or URL of this site."""

    def is_logout(self, location: str) -> bool:
        """Return whether people log out at *location*, a path of this site, whatever its name."""

    def is_secure(self) -> bool:
        """Return whether the request is known to have come by https."""

    def trusted_origins(self) -> tuple[str, ...]:
        """Return other origins whose pages may extend and end a login."""


class Judging(Protocol):
    """Judging the login, which has been put off."""

    def look_first(self, unlock: Callable[[], object]) -> None:
        """Judge it, or wait until another thread has; then call *unlock*, unless that failed."""


class Session(Protocol):
    """The framework's session."""

    watches: bool  # logins are found by the app's own cookie in the response headers

    def is_carried(self) -> bool | None:
        """Return whether the request carries its cookie; ``None``: the ticket is the login."""

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        """Return what it holds; the framework must not notice that it was read."""

    def may_be_bound_to(self, value: str) -> bool:
        """Return whether a ticket cookie's value looks like the bound one, before it is read."""

    def judge_first(self, judging: Judging) -> bool:
        """Let *judging* go before anybody reads it; return false if that is not possible."""

    def is_untouched(self) -> bool:
        """Return whether the app plainly did nothing to the login, nor refused it."""

    def change(self, login: Ticket | None) -> Change | None:
        """Return what the app did to the login in this request."""

    def refusal(self) -> Refusal | None:
        """Return why the framework has refused the session's login without a logout."""

    def shows(self, cookie: str | None) -> bool:
        """Return whether the request shows the app this value of its cookie, and no other."""

    def may_block(self) -> bool:
        """Return whether the session may be read and written here without ``await``."""

    def refuses_user(self) -> bool:
        """Return whether the framework would refuse the person whom the session names.

        This changes nothing: a proxy that asks may drop the cookies of the answer.
        """

    def apply(self, effect: SessionEffect) -> None:
        """Carry out *effect*."""

    def scope(self) -> Scope:
        """Return the scope of its cookie."""

    def unusual_age(self, scope: Scope) -> float | None:
        """Return how long its cookie lasts, if that is not what all last; 0: until the end.

        :param scope: of its cookie.
        """

    def sends_cookie(self) -> bool:
        """Return whether the response sets the app's own cookie, to which the ticket is bound."""

    def cookie_name(self) -> str | None:
        """Return its cookie's name; ``None``: there is no session beside the ticket."""

    def deletions(self) -> tuple[Cookie, ...]:
        """Return the cookies to delete in addition to the ticket's."""


class AsyncSession(Session, Protocol):
    """A session that is awaited, with the same duties."""

    async def aread(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        """Return what it holds."""

    async def achange(self, login: Ticket | None) -> Change | None:
        """Return what the app did to the login in this request."""

    async def arefusal(self) -> Refusal | None:
        """Return why the framework has refused the session's login without a logout."""

    async def aapply(self, effect: SessionEffect) -> None:
        """Carry out *effect*."""


class Presentation(Protocol):
    """How the framework presents an answer."""

    def language(self) -> str | None:
        """Return the language of this request; ``None``: the browser chooses."""

    def csrf_token(self) -> tuple[str, str] | None:
        """Return the name and value of the form field against CSRF, if there is one."""

    def own_page(self, login_timeout: Callable[[], dict[str, Any]]) -> str | None:
        """Return the site's own page for the 440, rendered, if it has one.

        :param login_timeout: returns what its template is given.
        """
