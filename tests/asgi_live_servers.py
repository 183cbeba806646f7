"""A site whose connections stay open, on each server of ASGI in turn, and its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

from asgi_live_site import MeasuredSite
from asgi_servers import serving
from browser import Browser
from clock import FakeClock

from session440.live.timer import TIMER

PATIENCE = 60.0  # seconds until what a test waits for must have happened
IDLE = 1200
#: Daphne passes no reason on.
HAVE_REASONS = ("uvicorn", "hypercorn")


class WakingClock(FakeClock):
    """A clock that wakes who watches it, which looks once a second by itself."""

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        TIMER.wake()


class Live:
    """A site on a server."""

    def __init__(self, url: str, site: MeasuredSite, clock: FakeClock, server: str) -> None:
        self.url, self.site, self.clock, self.server = url, site, clock, server

    def browser(self, name: str = "alice") -> Browser:
        browser = Browser(self.url)
        self.log_in(browser, name)
        return browser

    def log_in(self, browser: Browser, name: str = "alice") -> None:
        assert browser.post(f"/login?as={name}").status == 200

    def is_end(self, end: tuple, cause: str) -> None:
        """Assert how a socket ended; where no reason is passed on, there is none."""
        assert end[1:] == (4440, cause if self.server in HAVE_REASONS else "")

    def until(self, condition) -> None:
        for _ in range(int(PATIENCE / 0.01)):
            if condition():
                return
            Event().wait(0.01)
        raise AssertionError(self.site.measured())


@contextmanager
def opening(server: str) -> Iterator[Callable[..., Live]]:
    """Give what serves a site: ``open_live(store_url, **settings)``."""
    clock = WakingClock()
    with ExitStack() as stack:

        def open_live(store_url=None, options=None, **settings) -> Live:
            site = MeasuredSite(clock, store_url, idle_timeout=IDLE, **settings)
            url = stack.enter_context(serving(server, site, **(options or {})))
            return Live(url, site, clock, server)

        yield open_live
