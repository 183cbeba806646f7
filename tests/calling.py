"""Calls a WSGI app as a server does, with whatever a client might send."""

from __future__ import annotations

import io
from http.cookies import SimpleCookie
from wsgiref.util import setup_testing_defaults


class Call:
    """One request to a WSGI app, as a server makes it."""

    def __init__(self, app, path="/", cookies=None, method="GET", body=b"", **environ):
        self.environ = {}
        setup_testing_defaults(self.environ)
        self.environ |= {
            "PATH_INFO": path,
            "REQUEST_METHOD": method,
            "QUERY_STRING": "",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **environ,
        }
        if cookies:
            self.environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
        self.starts = []
        self.written = []
        self.iterable = app(self.environ, self.start_response)

    def start_response(self, status, headers, exc_info=None):
        if self.starts:
            assert exc_info is not None
        self.starts.append((status, headers))
        return self.written.append

    def body(self) -> bytes:
        try:
            return b"".join([*self.written, *self.iterable])
        finally:
            if hasattr(self.iterable, "close"):
                self.iterable.close()

    @property
    def status(self) -> str:
        return self.starts[-1][0]

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.starts[-1][1] if key.lower() == name.lower()]
        return ", ".join(found) if found else None

    def cookies(self) -> dict[str, str]:
        found = {}
        for name, value in self.starts[-1][1]:
            if name.lower() == "set-cookie":
                found |= {key: morsel.value for key, morsel in SimpleCookie(value).items()}
        return found
