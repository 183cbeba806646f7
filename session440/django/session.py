"""A Django session, with any session backend, and the user that it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import auth
from django.contrib.auth import BACKEND_SESSION_KEY, SESSION_KEY, get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, empty

from ..core.cookie import Cookie, Scope
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
from ..core.ports import Change, Holding, Judging, Refusal, change_in
from ..core.ticket import Ticket
from ..greenlets import is_in_loop
from . import user
from .clearing import aclear, aclear_other, clear, clear_other, show_nobody
from .conf import cookie_scope, get_engine, session_cookie
from .hidden import hide, own, replace, show_again
from .judged_first import is_gated, judge_first, twin_of
from .native import is_native

BINDING_KEY = "_session440"
#: Marks a request that a middleware before ours logged out: its session is empty, not lost.
LOGGED_OUT = "_session440_logged_out"


#: How the modules of session backends are called that keep sessions in a database: Django's own,
#: and those made after them (django-user-sessions, allauth's user sessions).
DATABASES = ("db", "cached_db")


class _Copy(dict[str, Any]):
    """A copy of a session's content; to flush it changes nothing in the session."""

    def flush(self) -> None:
        """Do nothing."""

    cycle_key = flush


def _usual_age() -> int | None:
    """Return how many seconds sessions' cookies last, unless a view says otherwise for one."""
    by_browser = settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    return None if by_browser else int(settings.SESSION_COOKIE_AGE)


def _why(user: Any) -> Refusal:
    """Return why the session's user, who may be gone, was refused."""
    is_deactivated = user is not None and not getattr(user, "is_active", True)
    return Refusal.VOID if is_deactivated else Refusal.UNFOUND


class DjangoSession:
    """The session of a request."""

    watches = False
    is_clearing = False  # the session of a login that is over
    _is_hidden = False
    _real: Any = None  # the session that the app's has replaced

    def __init__(self, request: HttpRequest) -> None:
        self.native = request

    def is_carried(self) -> bool | None:
        """Return whether there is a session; a middleware may have found it by a header."""
        if session_cookie() in self.native.COOKIES:
            return True
        return getattr(self.native.session, "session_key", None) is not None

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        session, cookie = self.native.session, self.native.COOKIES.get(session_cookie())
        is_late = is_gated(session)
        source = twin_of(session) if is_late else session
        accessed = source.accessed
        content = getattr(source, "_session", source)  # looked up once; of a SessionBase, a dict
        subject, binding = content.get(SESSION_KEY), content.get(BINDING_KEY)
        is_empty = subject is None and not content.keys()
        source.accessed = accessed
        if is_late:
            session.__dict__.update(source.__dict__)
        return Holding(
            None if subject is None else str(subject),
            binding,
            empty=is_empty,
            is_carried=cookie is not None or self.is_carried(),
            cookie=cookie,
            # Somebody before us may have emptied the session: then it is not lost.
            is_logged_out=LOGGED_OUT in self.native.__dict__
            or (is_empty and not is_late and session.modified),
            is_durable=is_empty and type(session).__module__.rpartition(".")[2] in DATABASES,
        )

    async def aread(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        session = self.native.session
        if not is_native(type(session)):
            return await sync_to_async(self.read)(tickets, now)
        accessed = session.accessed
        await session.aget(SESSION_KEY)  # loads the session; the rest is in memory
        holding = self.read(tickets, now)
        session.accessed = accessed
        return holding

    def may_be_bound_to(self, value: str) -> bool:
        return False  # nothing is known yet

    def judge_first(self, judging: Judging) -> bool:
        is_put_off = judge_first(self.native, judging)
        if is_put_off and callable(get_engine().settings.valid_from):
            self.native.user = user.judged_first(self.native)
        return is_put_off

    def is_untouched(self) -> bool:
        return not (self.native.session.modified or self._is_somebody_refused())

    def change(self, login: Ticket | None) -> Change | None:
        if not self.native.session.modified:
            return None
        return change_in(self.read((), 0.0), login)

    async def achange(self, login: Ticket | None) -> Change | None:
        if not self.native.session.modified:
            return None
        return change_in(await self.aread((), 0.0), login)

    def refusal(self) -> Refusal | None:
        """Return why Django has refused the session's user."""
        if not self._is_somebody_refused() or self._is_somebody_shown():
            return None
        rows = self._rows()
        return Refusal.VOID if rows is None else _why(rows.first())

    async def arefusal(self) -> Refusal | None:
        if not self._is_somebody_refused() or self._is_somebody_shown():
            return None
        rows = self._rows()
        return Refusal.VOID if rows is None else _why(await rows.afirst())

    def _rows(self) -> Any:
        """Return the rows of the session's user; ``None``: a session that names nobody any more.

        That is after a new password, or with a backend that is no longer one.
        """
        session, model = self.native.session, get_user_model()
        subject, backend = session.get(SESSION_KEY), session.get(BACKEND_SESSION_KEY)
        if subject is None or backend not in settings.AUTHENTICATION_BACKENDS:
            return None
        try:
            return model._default_manager.filter(pk=model._meta.pk.to_python(subject))
        except ValidationError:  # another kind of key than the model's
            return model._default_manager.none()

    def _is_somebody_shown(self) -> bool:
        """Return whether ``request.user`` is somebody: a login in this request replaces only that.

        So does a framework that authenticates in its own way.
        """
        shown: Any = self.native.user
        if isinstance(shown, SimpleLazyObject) and shown._wrapped is empty:
            return False  # it would be whom request.auser() has found
        return bool(shown.is_authenticated)

    def _is_somebody_refused(self) -> bool:
        found = getattr(self.native, "_cached_user", None)
        found = found or getattr(self.native, "_acached_user", None)
        return found is not None and not found.is_authenticated

    def shows(self, cookie: str | None) -> bool:
        return True  # the session knows what its cookie is

    def may_block(self) -> bool:
        """Return false in a coroutine: there Django refuses every query (async-safety)."""
        return not is_in_loop()

    def refuses_user(self) -> bool:
        """Return whether the password was changed, or the user is gone or deactivated."""
        if self.native.session.get(SESSION_KEY) is None:
            return False
        # On a copy: if the password was changed, get_user() flushes the session.
        copy = _Copy(self.native.session.items())
        return not auth.get_user(SimpleNamespace(session=copy)).is_authenticated  # type: ignore[arg-type]

    def apply(self, effect: SessionEffect) -> None:
        match effect:
            case Bind(ticket):
                self._is_hidden = False
                own(self.native.session)
                self.native.session[BINDING_KEY] = ticket.binding.as_list()
            case Unbind():
                self.native.session.pop(BINDING_KEY, None)
            case RenewKey():
                self.native.session.cycle_key()
            case ClearSession(keep_csrf):
                self._clear(keep_csrf)
            case HideSession():
                hide(self.native.session, self.native.COOKIES.get(session_cookie()))
                self._is_hidden = True
                show_nobody(self.native)
            case ReplaceSession(keep_csrf):
                self._real = replace(self.native.session, keep_csrf)
                show_nobody(self.native)
            case ShowCookie():
                pass  # no cookie is watched
            case _:
                assert_never(effect)

    async def aapply(self, effect: SessionEffect) -> None:
        if not is_native(type(self.native.session)):
            await sync_to_async(self.apply)(effect)
            return
        match effect:
            case Bind(ticket):
                self._is_hidden = False
                own(self.native.session)
                await self.native.session.aset(BINDING_KEY, ticket.binding.as_list())
            case RenewKey():
                await self.native.session.acycle_key()
            case ClearSession(keep_csrf):
                await self._aclear(keep_csrf)
            case Unbind() | HideSession() | ReplaceSession() | ShowCookie():
                self.apply(effect)
            case _:
                assert_never(effect)

    def _clear(self, keep_csrf: bool) -> None:
        with self._to_clear() as real:
            if real is None:
                clear(self.native, keep_csrf)
            else:
                clear_other(self.native, real)

    async def _aclear(self, keep_csrf: bool) -> None:
        with self._to_clear() as real:
            if real is None:
                await aclear(self.native, keep_csrf)
            else:
                await aclear_other(self.native, real)

    @contextmanager
    def _to_clear(self) -> Iterator[Any]:
        """Yield the session that the app's has replaced, if that is so; another is shown again."""
        real, self._real = self._real, None
        if real is None and self._is_hidden:
            self._is_hidden = False
            show_again(self.native.session)
        self.is_clearing = real is not None
        try:
            yield real
        finally:
            self.is_clearing = False

    def scope(self) -> Scope:
        session = self.native.session
        if not hasattr(session, "_session_cache"):  # not loaded, and not worth loading for this
            return cookie_scope()._replace(max_age=_usual_age())
        accessed = session.accessed
        by_browser = session.get_expire_at_browser_close()
        age = session.get_expiry_age()
        session.accessed = accessed
        return cookie_scope()._replace(max_age=None if by_browser else int(age))

    def unusual_age(self, scope: Scope) -> float | None:
        return None if scope.max_age == _usual_age() else scope.max_age or 0

    def sends_cookie(self) -> bool:
        return False  # the binding in it stays the same

    def cookie_name(self) -> str:
        return session_cookie()

    def deletions(self) -> tuple[Cookie, ...]:
        return ()
