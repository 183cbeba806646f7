"""The last answers and events of each browser, for the panel that shows them.

Nothing in it says who somebody is, and a browser is shown its own alone. It is in the memory of one
process, and small: the oldest goes first.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict, deque
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from itertools import count
from threading import Lock
from typing import Any

from session440.events import Event

COOKIE = "tour"
KEPT = 20  # entries of a browser
BROWSERS = 50
LONGEST = 200  # characters of what was asked for
#: Pages that give a browser its cookie.
FIRST_PAGES = ("/login", "/tour")
#: What is asked for beside a page: it would push out what is worth a look.
_ASIDE = re.compile(r"/static/|/tour/news$|/session440/status$|.*\.(js|css|ico)$")

#: As we have written it; no other name for a browser is kept, however long somebody makes it.
_OURS = re.compile(rf"(?:^|;) *{COOKIE}=([\w-]{{22}})(?:;|$)", re.ASCII)

_browser: ContextVar[str] = ContextVar("browser", default="")


@dataclass(frozen=True)
class Entry:
    """An answer, or an event.

    :param number: counts up, so that a page knows which are new.
    :param at: by the demo's clock, in UTC epoch seconds.
    :param mark: the status of an answer, or ``event``.
    """

    number: int
    at: float
    mark: str
    what: str
    cause: str = ""

    def members(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


class Journal:
    """What has happened in each browser, the newest first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = count(1)
        self._kept: OrderedDict[str, deque[Entry]] = OrderedDict()

    def entries(self) -> list[Entry]:
        """Return those of the browser that asks."""
        with self._lock:
            return [*self._kept.get(_browser.get(), ())]

    def note_event(self, event: Event) -> None:
        """Note what has happened to a login, in the request of a browser."""
        self._add(event.at, "event", event.headline, event.cause or event.reason or "")

    def note_answer(self, at: float, method: str, path: str, status: int, cause: str) -> None:
        """Note what was answered."""
        if not _ASIDE.match(path):
            self._add(at, str(status), f"{method} {path}"[:LONGEST], cause)

    def _add(self, at: float, mark: str, what: str, cause: str) -> None:
        browser = _browser.get()
        if not browser:
            return
        with self._lock:
            own = self._kept.setdefault(browser, deque(maxlen=KEPT))
            own.appendleft(Entry(next(self._numbers), at, mark, what, str(cause)))
            self._kept.move_to_end(browser)
            while len(self._kept) > BROWSERS:
                self._kept.popitem(last=False)


def begin(cookies: str, path: str) -> str | None:
    """Begin a request of the browser that sent *cookies*; return a ``Set-Cookie`` for a new one."""
    known = _OURS.search(cookies)
    _browser.set(known[1] if known else "")
    if known or path not in FIRST_PAGES:
        return None
    _browser.set(secrets.token_urlsafe(16))
    return f"{COOKIE}={_browser.get()}; Path=/; HttpOnly; SameSite=Lax"
