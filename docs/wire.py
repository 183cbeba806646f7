"""Writes the exchanges of docs/on-the-wire.md by making them: ``python -m docs.wire``.

A small WSGI app stands behind the real middleware, with a clock of its own. What is random, or
says the same each time, is shown as an ellipsis.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse

from session440.http.reply import VARY
from session440.stores import MemoryStore
from session440.wsgi import Session440Middleware

PAGE = Path(__file__).parent / "on-the-wire.md"
_BLOCK = re.compile(r"(<!-- wire: (\w+) -->\n\n).*?(<!-- end -->)", re.DOTALL)
START = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
PERSON = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
CALL = {
    "Accept": "application/json",
    "Sec-Fetch-Mode": "cors",
    "Referer": "http://localhost/reports?page=2",
}
SAME_ORIGIN = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}


def site(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Log people in at ``/login``; all else is for those who are."""
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


class Visit:
    """One person's requests, at one time after another."""

    def __init__(self, **options: Any) -> None:
        self.now = START
        given = {"secret_key": "a long random text", "recent": {"/account/*": "10m"}, **options}
        app = Session440Middleware(site, clock=lambda: self.now, **given)
        self.client = Client(app)

    def log_in(self, later: float = 0) -> Visit:
        """Log in, and let some time pass."""
        self.client.get("/login").close()
        self.now += later
        return self

    def ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        """Return a request and its answer, as they are shown."""
        answer = self.client.open(path, method=method, headers=headers)
        sent = "".join(f"{name}: {value}\n" for name, value in headers.items())
        cookie = "Cookie: login440=…\n" if answer.request.headers.get("Cookie") else ""
        request = f"{method} {path} HTTP/1.1\nHost: localhost\n{sent}{cookie}"
        return f"```http\n{request}```\n\n```http\n{_shown(answer)}```\n\n"


def _shown(answer: TestResponse) -> str:
    headers = "".join(f"{name}: {_value(name, value)}\n" for name, value in answer.headers)
    body = _body(answer)
    return f"HTTP/1.1 {answer.status}\n{headers}" + (f"\n{body}\n" if body else "")


def _value(name: str, value: str) -> str:
    if name == "Set-Cookie":
        return re.sub(r"^(login440)=[^;]{9,}", r"\1=…", value)
    if name == "Session440-Sample":
        return "…"
    if name == "Content-Security-Policy":
        return re.sub(r"'sha256-[^']+'", "'sha256-…'", value)
    return value.replace(VARY, "Cookie, …")


def _body(answer: TestResponse) -> str:
    if answer.is_json:
        text = json.dumps(answer.get_json(), indent=2, ensure_ascii=False)
        return re.sub(r'"(id|key)": "[\w-]{16,}"', r'"\1": "…"', text)
    main = re.search(r"<main>\n(.*)\n</main>", answer.text, re.DOTALL)
    return f"…\n{main[1]}\n…" if main else answer.text


# --- the exchanges


def _ended(**options: Any) -> Visit:
    return Visit(**options).log_in(later=1200)


def _logins() -> str:
    visit = Visit(store=MemoryStore()).log_in(later=60)
    return visit.ask("GET", "/session440/logins", CALL)


EXCHANGES: dict[str, Callable[[], str]] = {
    "login": lambda: Visit().ask("GET", "/login", PERSON),
    "renewed": lambda: Visit().log_in(later=60).ask("GET", "/reports", PERSON),
    "page": lambda: _ended().ask("GET", "/reports?page=2", PERSON),
    "problem": lambda: _ended().ask("GET", "/api/rows", CALL),
    "htmx": lambda: _ended().ask(
        "GET", "/rows", {"HX-Request": "true", "HX-Current-URL": "http://localhost/reports?page=2"}
    ),
    "unauthorized": lambda: _ended(status=401).ask("GET", "/api/rows", CALL),
    "step_up": lambda: Visit().log_in(later=900).ask("GET", "/account/keys", CALL),
    "active": lambda: Visit().log_in(later=12.6).ask("GET", "/session440/status", CALL),
    "anonymous": lambda: Visit().ask("GET", "/session440/status", CALL),
    "expired": lambda: _ended().ask("GET", "/session440/status", CALL),
    "extend": lambda: Visit().log_in(later=600).ask("POST", "/session440/extend", SAME_ORIGIN),
    "forbidden": lambda: (
        Visit()
        .log_in(later=600)
        .ask(
            "POST",
            "/session440/extend",
            {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
        )
    ),
    "logout": lambda: Visit().log_in(later=600).ask("POST", "/session440/logout", SAME_ORIGIN),
    "auth": lambda: Visit().log_in(later=12).ask("GET", "/session440/auth", {}),
    "turned_away": lambda: _ended().ask("GET", "/session440/auth", {"Accept": "application/json"}),
    "sample": lambda: Visit().ask("GET", "/session440/sample", CALL),
    "logins": _logins,
}


def page() -> str:
    """Return the page with its exchanges made anew."""
    return _BLOCK.sub(lambda each: each[1] + EXCHANGES[each[2]]() + each[3], PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(page())
