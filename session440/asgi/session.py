"""The session of Starlette's ``SessionMiddleware``, or another one in ``scope["session"]``."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from ..core.cookie import Cookie, Scope, find_cookies
from ..core.effects import (
    Bind,
    ClearSession,
    HideSession,
    RenewKey,
    ReplaceSession,
    SessionEffect,
    ShowCookie,
    Unbind,
)
from ..core.exhaustive import assert_never
from ..core.ports import Change, Holding, Judging, LoggedIn, Refusal, change_in
from ..core.ticket import Ticket
from ..exceptions import ConfigurationError
from ..exchange import Exchange
from ..exchange.driver import arun
from ..http import endpoints
from ..http.targets import is_known_login_page
from ..plain.awaited import InPlace
from ..plain.login_again import is_told_again, watch
from ..plain.request import PlainRequest
from ..plain.subject import keys_of, subject_in, warn_of_unnamed
from .session_cookie import SessionCookie

#: As in a Flask session.
BINDING_KEY = "_session440"
CSRF_KEY = "csrf_token"  # as starlette-wtf and Flask-WTF call it
#: Where starsessions keeps what reads and writes a session.
_HANDLER = "session_handler"

SubjectKey = str | Callable[[Any], object]


class StarletteSession(InPlace):
    """The session of a connection; its middleware stands outside of ours.

    :param subject_key: where it names the person: see :func:`..plain.subject.subject_in`.
    :param cookie: its cookie.
    """

    watches = False
    _hidden: Any = None  # what is saved, while the app is shown something else
    _is_unnamed = False  # a login began that the session does not name

    def __init__(self, request: PlainRequest, subject_key: SubjectKey, cookie: SessionCookie):
        self._request = request
        self._key = subject_key
        self._cookie = cookie

    @property
    def _session(self) -> Any:
        """What the app sees: it may have put another one in place of the first."""
        session = self._request.native.get("session")
        if session is None:
            raise ConfigurationError(
                "the connection has no session: subject_key needs Starlette's SessionMiddleware "
                "outside of Session440Middleware; app.add_middleware() puts the last outermost, "
                "so add Session440Middleware first and SessionMiddleware after it"
            )
        # Litestar's mark for one that was cleared; isinstance() would ask starsessions' guard.
        return {} if issubclass(type(session), Enum) else session

    def _carried(self) -> str | None:
        """Return the value of its cookie."""
        header = self._request.cookies
        name = self._cookie.name
        found = find_cookies(header, name) if header and name in header else ()
        return found[-1] if found else None  # as Starlette, which keeps the last one

    def is_carried(self) -> bool | None:
        return self._carried() is not None or bool(self._session)

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        session = self._session  # of a dict: nobody notices that it is read
        subject, binding = subject_in(session, self._key), session.get(BINDING_KEY)
        cookie, is_empty = self._carried(), not session
        return Holding(
            subject,
            binding,
            is_empty,
            is_carried=cookie is not None or not is_empty,
            cookie=None if binding else cookie,
            # Somebody before us may have emptied the session: then it is not lost.
            is_logged_out=is_empty and getattr(session, "modified", False),
        )

    async def load(self) -> None:
        """Let the session be read: starsessions waits with that until somebody asks."""
        handler = self._request.native.get(_HANDLER)
        if handler is not None and not handler.is_loaded:
            await handler.load()

    async def aread(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        await self.load()
        return self.read(tickets, now)

    def may_be_bound_to(self, value: str) -> bool:
        return False  # nothing is known yet

    def judge_first(self, judging: Judging) -> bool:
        return False  # it is in the scope

    def is_untouched(self) -> bool:
        self._show_again()  # this is asked as the answer begins
        return not getattr(self._session, "modified", True)

    def change(self, login: Ticket | None) -> Change | None:
        if self.is_untouched():
            return None
        holding = self.read((), 0.0)
        if self._is_unnamed and holding.subject is None and holding.binding is not None:
            key = "a function" if callable(self._key) else repr(self._key)
            warn_of_unnamed(f"subject_key, which is {key}")
        change = change_in(holding, login)
        if change is None and holding.subject and is_told_again(self._session):
            return LoggedIn(holding.subject)
        return change

    def watch_again(self) -> None:
        """Notice a login again by the same person; this request sends a login form."""
        watch(self._session, self._key, _is_never_read)

    def refusal(self) -> Refusal | None:
        return None

    def shows(self, cookie: str | None) -> bool:
        return True  # the session knows what its cookie is

    def may_block(self) -> bool:
        return True  # it is in memory

    def refuses_user(self) -> bool:
        return False

    def apply(self, effect: SessionEffect) -> None:
        match effect:
            case Bind(ticket):
                self._hidden = None  # whoever logs in has a session of their own
                self._session[BINDING_KEY] = ticket.binding.as_list()
                self._is_unnamed = subject_in(self._session, self._key) is None
            case Unbind():
                self._session.pop(BINDING_KEY, None)
            case ClearSession(keep_csrf):
                self._clear(keep_csrf)
            case HideSession() | ReplaceSession():
                self._hide()
            case RenewKey() | ShowCookie():
                pass  # all of it is in its cookie, which is not watched; otherwise see aapply()
            case _:
                assert_never(effect)

    async def aapply(self, effect: SessionEffect) -> None:
        handler = self._request.native.get(_HANDLER)
        if not isinstance(effect, RenewKey) or handler is None:
            self.apply(effect)
            return
        former = handler.session_id
        handler.regenerate_id()
        if former:  # a copy of its cookie finds nothing any more
            await handler.store.remove(former)

    def _clear(self, keep_csrf: bool) -> None:
        session = self._session
        token = session.get(CSRF_KEY) if keep_csrf else None
        if session or self._carried() is not None:  # this also deletes its cookie
            session.clear()
        if token is not None:
            session[CSRF_KEY] = token

    def _hide(self) -> None:
        session = self._session
        if isinstance(session, dict) and hasattr(session, "modified"):
            dict.clear(session)  # as a dict: not "modified"
        else:  # it would be saved: until the answer begins the app is shown a copy
            hidden = (*keys_of(session, self._key), BINDING_KEY)
            self._hidden = session
            shown = {name: value for name, value in session.items() if name not in hidden}
            self._request.native["session"] = shown

    def _show_again(self) -> None:
        if self._hidden is not None:
            self._request.native["session"], self._hidden = self._hidden, None

    def scope(self) -> Scope:
        return self._cookie.scope

    def unusual_age(self, scope: Scope) -> float | None:
        return None  # all last as long

    def sends_cookie(self) -> bool:
        return False  # the binding in it stays the same

    def cookie_name(self) -> str:
        return self._cookie.name

    def deletions(self) -> tuple[Cookie, ...]:
        return ()


async def load_for_endpoint(exchange: Exchange) -> None:
    """Let the session be read for one of our endpoints, which cannot await it."""
    session = exchange.session
    if isinstance(session, StarletteSession) and endpoints.is_asked(exchange):
        await session.load()


async def watch_login(exchange: Exchange) -> None:
    """Notice a login again by the same person, if the request sends a form to a login page."""
    session = exchange.session
    is_form = exchange.request.method == "POST" and exchange.provisional.login is not None
    if not (is_form and isinstance(session, StarletteSession)):
        return
    if callable(exchange.engine.settings.login_url):  # the site's own, so it may block
        is_login_page = await arun(exchange, is_known_login_page)
    else:
        is_login_page = is_known_login_page(exchange)
    if is_login_page:
        session.watch_again()


def _is_never_read() -> bool:
    """Return false: no hooks of Starlette's run before each view."""
    return False
