"""The session of an app that does not know session440 but has a session cookie.

A login lasts from the response that sets that cookie to the one that deletes it. The ticket is
bound to a keyed hash of the cookie's value. It also holds the cookie's scope, so that the 440
can delete both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from ..core.cookie import Cookie, Scope, find_cookies
from ..core.decision import choose
from ..core.delivery import deletion
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
from ..core.facts import Facts
from ..core.ports import Change, Holding, Judging, LoggedIn, LoggedOut, Refusal, Renamed
from ..core.signing import HASH
from ..core.ticket import Ticket
from ..core.wire import SEPARATOR
from ..engine import Engine
from ..events import logger
from ..http.negotiation import location_of
from .awaited import InPlace
from .cookie_header import is_mentioned, is_plain, without
from .request import PlainRequest
from .set_cookie import SetCookies, set_cookies

HeaderList = list[tuple[str, str]]


class Watched(NamedTuple):
    """The app's cookie as it is written in a ticket's subject: its hash and its scope."""

    digest: str
    scope: Scope

    def as_subject(self) -> str:
        known = {name: value for name, value in self.scope._asdict().items() if value}
        return f"{self.digest} {urlencode(known)}"


@lru_cache(maxsize=1024)  # a request asks several times, and the next of this login again
def watched_of(subject: str) -> Watched:
    """Return the app's cookie as a ticket's subject describes it."""
    digest, _, text = subject.partition(" ")
    known = dict(parse_qsl(text))
    age = known.get("max_age")
    scope = Scope(
        path=known.get("path", "/"),
        domain=known.get("domain"),
        secure="secure" in known,
        samesite=known.get("samesite"),
        partitioned="partitioned" in known,
        max_age=int(age) if age else None,
    )
    return Watched(digest, scope)


class WatchedSession(InPlace):
    """The app's cookie, of which is known only whether it is still the same.

    :param name: the name of the app's cookie.
    :param leads_away: returns whether the request sends the login form, and an answer with this
        status and ``Location`` leads away from the login page.
    """

    watches = True

    def __init__(
        self,
        request: PlainRequest,
        engine: Engine,
        scope: Scope,
        name: str,
        leads_away: Callable[[int, str | None], bool],
    ) -> None:
        self._request = request
        self._engine = engine
        self._scope = scope
        self._name = name
        self._leads_away = leads_away
        header = request.cookies or ""
        self._values = find_cookies(header, name)
        self._is_plain = len(self._values) == 1 and is_plain(header, name, self._values[0])
        self._is_mentioned = self._is_plain or is_mentioned(header, name)
        self._is_cleared = False
        self._is_login = False
        self._set: SetCookies | None = None

    # The request's cookie

    def is_carried(self) -> bool | None:
        return self._is_mentioned

    def read(self, tickets: tuple[Ticket, ...], now: float) -> Holding:
        values = {self._digest(each): each for each in self._values} if tickets else {}
        for each in tickets:
            if _digest_in(each) not in values:
                values = self._by_digest  # by former keys, too
        bound = tuple([each for each in tickets if _digest_in(each) in values])
        if not bound:
            return self._unmatched(now)
        ticket = bound[0] if len(bound) == 1 else choose(Facts(now, bound), self._engine.rules)
        digest, self._scope = watched_of(ticket.subject)
        return Holding(ticket.subject, ticket, empty=False, cookie=values[digest])

    @cached_property
    def _by_digest(self) -> dict[str, str]:
        return {digest: value for value in self._values for digest in self._digests(value)}

    def _unmatched(self, now: float) -> Holding:
        if self._values and self._keeps_unmatched(now):
            value = self._values[0]
            watched = Watched(self._digest(value), self._scope)
            return Holding(watched.as_subject(), empty=False, cookie=value)
        # A client that dropped its ticket to avoid the timeout is a visitor to the app.
        return Holding(empty=not self._values, is_carried=self._is_mentioned)

    def _keeps_unmatched(self, now: float) -> bool:
        settings = self._engine.settings
        return settings.enforcement == "report" or now < settings.adopt_until

    def _digest(self, value: str) -> str:
        return self._engine.signer.keyed_hash("watched", value)

    def _digests(self, value: str) -> tuple[str, ...]:
        """Return the digests of *value* by all keys, also as the first version wrote them.

        A ticket keeps the one that it has until the app sets its cookie again. The script
        learns from the subject whose page it is on, and would discard typed text if it changed.
        """
        return self._engine.signer.known_hashes("watched", value)

    def apply(self, effect: SessionEffect) -> None:
        match effect:
            case ShowCookie(value):
                self._show(value)
            case HideSession() | ReplaceSession():
                self._show(None)
            case ClearSession():
                self._show(None)
                self._is_cleared = bool(self._values)
                self._set = None  # what the replaced answer had set
            case Bind() | Unbind() | RenewKey():
                pass  # the ticket's subject has the digest of the cookie that it is bound to
            case _:
                assert_never(effect)

    def _show(self, value: str | None) -> None:
        """Let the app see this value of its cookie and no other."""
        if self.shows(value):
            return
        kept = without(self._request.environ["HTTP_COOKIE"], self._name)
        if value is not None:
            kept.append(f"{self._name}={value}")
        self._request.environ["HTTP_COOKIE"] = "; ".join(kept)

    def may_be_bound_to(self, value: str) -> bool:
        subject = value.partition(SEPARATOR)[2]
        return subject[:HASH] in self._by_digest

    def judge_first(self, judging: Judging) -> bool:
        return False  # its cookie is in the environ

    def refusal(self) -> Refusal | None:
        return None

    def shows(self, cookie: str | None) -> bool:
        return not self._is_mentioned or (self._is_plain and cookie == self._values[0])

    def may_block(self) -> bool:
        return True

    def refuses_user(self) -> bool:
        return False

    # The response's cookie

    def is_left_alone(self, headers: HeaderList) -> bool:
        """Return whether a response does nothing to the app's cookie."""
        for name, value in headers:
            if name.lower() == "set-cookie" and self._name in value:
                return False
        return not self._is_cleared

    def note(self, status: int, headers: HeaderList, location: str | None, now: float) -> None:
        """Note how the app's response changes its cookie."""
        path = location_of(self._request.environ).partition("?")[0]
        self._set = set_cookies(headers, self._name, path, now) or None
        self._is_login = self._set is not None and self._leads_away(status, location)
        if self._set is not None and status == 200 and not self._is_mentioned:
            self._note_visitor(self._set)

    def _note_visitor(self, found: SetCookies) -> None:
        """Say once that a page gave the cookie to somebody who had none, and sent no form."""
        is_page = self._request.environ.get("REQUEST_METHOD") == "GET"
        if is_page and found.counting(None) is not None:
            _warn_of_visitors(self._name)

    def unusual_age(self, scope: Scope) -> float | None:
        return None  # it is known for each response

    def sends_cookie(self) -> bool:
        """Return whether the response sets the app's own cookie: its ticket goes with it."""
        return self._set is not None

    def is_untouched(self) -> bool:
        return self._set is None

    def change(self, login: Ticket | None) -> Change | None:
        if self._set is None:
            return None
        known = None if login is None else watched_of(login.subject)
        cookie = self._set.counting(known and known.scope)
        if cookie is None:
            gone = known is None or self._set.is_deleted(known.scope)
            return LoggedOut() if gone else None
        subject = Watched(self._digest(cookie.value), cookie.scope).as_subject()
        if known is not None and not self._is_login:
            self._scope = cookie.scope
            return Renamed(subject)
        if known is not None and known.digest in self._digests(cookie.value):
            return None
        self._scope = cookie.scope
        return LoggedIn(subject)

    def scope(self) -> Scope:
        return self._scope

    def cookie_name(self) -> str | None:
        return self._name

    def deletions(self) -> tuple[Cookie, ...]:
        if not self._is_cleared or self._set is not None:
            return ()
        return (deletion(self._name, self._scope),)


def watched_session(
    request: PlainRequest, engine: Engine, scope: Scope, name: str
) -> WatchedSession:
    """Return the session of the app's cookie called *name*.

    :param scope: of a cookie whose own is not known.
    """

    def leads_away(status: int, location: str | None) -> bool:
        is_form = request.environ.get("REQUEST_METHOD") == "POST"
        return is_form and 300 <= status < 400 and request.leaves_login_page(location)

    return WatchedSession(request, engine, scope, name, leads_away)


@cache
def _warn_of_visitors(name: str) -> None:
    logger.warning(
        "a page set %s for somebody who had no such cookie: if visitors get it, watch_cookie "
        "tells people that they were signed out who never logged in (session440 doctor: E068)",
        name,
    )


def _digest_in(ticket: Ticket) -> str:
    return watched_of(ticket.subject).digest
