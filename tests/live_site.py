"""A small WSGI app whose connections stay open, and browsers that talk to it."""

from __future__ import annotations

from calling import Call
from wsgi_apps import wrap


class LiveSite:
    """An app with logins. Its clock is looked at only when a test says :meth:`tick`."""

    def __init__(self, clock, **options) -> None:
        self.clock = clock
        self.opened = None
        self.app = wrap(self._answer, clock, **options)
        self.engine = self.app.engine

    def _answer(self, environ, start_response):
        visit, path = environ["session440"], environ["PATH_INFO"]
        if path.startswith("/login/"):
            visit.login(path.removeprefix("/login/"))
        elif path == "/confirm":
            visit.confirm()
        elif path == "/logout":
            visit.logout()
        elif path.startswith("/credential/"):
            visit.credential(self.clock() + float(path.removeprefix("/credential/")))
        if path in ("/open", "/login/open"):
            self.opened = visit.watch()
        start_response("500 Oops" if path.endswith("/fails") else "200 OK", [])
        return [b"hello"]

    def tick(self) -> float | None:
        """Do what the thread of the process does."""
        return self.engine.live.tick(self.clock())


class Tab:
    """A browser: it keeps the cookies of its answers."""

    def __init__(self, site: LiveSite, name: str | None = "alice") -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        if name is not None:
            self.get(f"/login/{name}")

    def get(self, path: str = "/", **environ) -> Call:
        call = Call(self.site.app, path, self.cookies, **environ)
        call.body()
        kept = {**self.cookies, **call.cookies()}
        self.cookies = {name: value for name, value in kept.items() if value}
        return call

    def at(self, site: LiveSite) -> Tab:
        """The same browser, at another server of the site."""
        other = Tab(site, None)
        other.cookies = self.cookies
        return other

    def open(self):
        """Open a connection, and return its login."""
        self.get("/open", HTTP_SESSION440_PASSIVE="?1")
        return self.site.opened.open()


class Still:
    """Stands in for the thread of the process, which does nothing by itself then."""

    def add(self, ticking) -> None:
        pass

    def wake(self) -> None:
        pass

    def soon(self, function, *given) -> None:
        function(*given)
