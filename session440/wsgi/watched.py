"""A WSGI request of an app that knows nothing of session440 but has a session cookie.

A login is the time from the response that sets that cookie to the one that deletes it. The
ticket is bound to a keyed hash of the cookie's value and remembers the cookie's scope, so
that the 440 can delete both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

from werkzeug.http import parse_date

from ..core.cookie import Cookie, Scope, find_cookies
from ..core.ports import Holding
from ..core.ticket import Ticket
from ..engine import Engine
from ..visit import Visit
from .exchange import HeaderList, TicketExchange

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


#: What a cookie's name is made of (RFC 9110 section 5.6.2, a token).
_TOKEN = re.escape("!#$%&'*+-.^_`|~") + "0-9A-Za-z"


class Watched(NamedTuple):
    """The app's cookie as a ticket's subject tells it: whose hash it has, and its scope."""

    digest: str
    scope: Scope

    def as_subject(self) -> str:
        known = {name: value for name, value in self.scope._asdict().items() if value}
        return f"{self.digest} {urlencode(known)}"

    @classmethod
    def of_subject(cls, subject: str) -> Watched:
        digest, _, text = subject.partition(" ")
        known = dict(parse_qsl(text))
        age = known.get("max_age")
        return cls(
            digest,
            Scope(
                path=known.get("path", "/"),
                domain=known.get("domain"),
                secure="secure" in known,
                samesite=known.get("samesite"),
                partitioned="partitioned" in known,
                max_age=int(age) if age else None,
            ),
        )


class WatchedExchange(TicketExchange):
    """Whom the app's cookie stands for is not known; that it is the same as before is."""

    watches = True

    def __init__(self, environ: WSGIEnvironment, engine: Engine, scope: Scope, name: str) -> None:
        super().__init__(environ, engine, scope)
        self._name = name
        header = environ.get("HTTP_COOKIE") or ""
        self._values = find_cookies(header, name)
        self._mention = re.compile(rf"(?<![{_TOKEN}]){re.escape(name)}\s*=")
        self._is_mentioned = bool(self._mention.search(header))
        self._cleared = False

    # The session

    def session_carried(self) -> bool | None:
        return self._is_mentioned

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        values = {self._digest(value): value for value in self._values}
        bound = tuple(each for each in tickets if _digest_in(each) in values)
        ticket = self.engine.newest(bound, self.engine.clock())
        if ticket is None:
            return self._unmatched()
        self.scope = Watched.of_subject(ticket.subject).scope
        self._show(values[_digest_in(ticket)])
        return Holding(ticket.subject, ticket.binding, empty=False)

    def _unmatched(self) -> Holding:
        if self._values and self._keeps_unmatched():
            self._show(self._values[0])
            watched = Watched(self._digest(self._values[0]), self.scope)
            return Holding(watched.as_subject(), empty=False)
        # Whoever dropped the ticket to dodge the timeout is a visitor to the app.
        self._show(None)
        return Holding(empty=not self._values)

    def _keeps_unmatched(self) -> bool:
        settings = self.engine.settings
        return settings.enforcement == "report" or settings.adopts(self.engine.clock())

    def _digest(self, value: str) -> str:
        return self.engine.signer.keyed_hash(value)

    def _show(self, value: str | None) -> None:
        """Let the app see this value of its cookie and no other.

        Parsers disagree about what parts cookies (http.cookies takes a space for a
        semicolon), so whatever may be read as the cookie is taken out.
        """
        if not self._is_mentioned:
            return
        parts = self.environ["HTTP_COOKIE"].split(";")
        kept = [part.strip() for part in parts if not self._mention.search(part)]
        if value is not None:
            kept.append(f"{self._name}={value}")
        self.environ["HTTP_COOKIE"] = "; ".join(kept)

    def clear_session(self, keep_csrf: bool) -> None:
        self._show(None)
        self._cleared = bool(self._values)

    def hide_session(self) -> None:
        self._show(None)

    # The answer

    def follow(self, visit: Visit, headers: HeaderList) -> HeaderList:
        change = self._change(visit.now, headers)
        if change is None:
            return self._deletion()
        if not change:
            visit.forget()
        elif visit.active and not self._is_login():
            visit.rename(self._watch(change))
        elif not visit.active or self._digest(change[0]) != self._current(visit):
            visit.login(self._watch(change))
        return []

    def _current(self, visit: Visit) -> str:
        return Watched.of_subject(visit.subject or "").digest

    def _is_login(self) -> bool:
        is_post = self.environ.get("REQUEST_METHOD") == "POST"
        return is_post and self.is_login_page(self.location())

    def _watch(self, change: tuple[str, Scope]) -> str:
        value, self.scope = change
        return Watched(self._digest(value), self.scope).as_subject()

    def _deletion(self) -> HeaderList:
        if not self._cleared:
            return []
        return [("Set-Cookie", Cookie(self._name, "", self.scope._replace(max_age=0)).header())]

    def _change(self, now: float, headers: HeaderList) -> tuple[str, Scope] | tuple[()] | None:
        """Give the cookie the app sets, ``()`` where it deletes it, ``None`` for neither."""
        texts = [value for name, value in headers if name.lower() == "set-cookie"]
        ours = [text for text in texts if text.partition("=")[0].strip() == self._name]
        if not ours:
            return None
        pair, *attributes = ours[-1].split(";")
        value = pair.partition("=")[2].strip()
        known = {key.strip().lower(): text.strip() for key, _, text in _pairs(attributes)}
        scope = _scope_of(known, now)
        return (value, scope) if value and scope.max_age != 0 else ()


def _digest_in(ticket: Ticket) -> str:
    return Watched.of_subject(ticket.subject).digest


def _pairs(attributes: list[str]) -> list[tuple[str, str, str]]:
    return [each.partition("=") for each in attributes]


def _scope_of(known: dict[str, str], now: float) -> Scope:
    return Scope(
        path=known.get("path") or "/",
        domain=known.get("domain") or None,
        secure="secure" in known,
        samesite=known.get("samesite") or None,
        partitioned="partitioned" in known,
        max_age=_age_of(known, now),
    )


def _age_of(known: dict[str, str], now: float) -> int | None:
    """Give the seconds a cookie lasts: Max-Age goes before Expires (RFC 6265 5.3)."""
    age = known.get("max-age", "")
    if age.lstrip("-").isdigit():
        return max(0, int(age))
    expires = parse_date(known.get("expires"))
    return None if expires is None else max(0, int(expires.timestamp() - now))
