"""A client over a real socket that keeps cookies, and shows the bytes of the status line."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@dataclass
class Answer:
    version: int
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    #: Whether the phrase is the app's: ASGI passes none on, and HTTP/2 has none.
    has_phrase: bool = True

    @property
    def status_line(self) -> str:
        return f"{self.status} {self.reason}"

    def says(self, status_line: str) -> bool:
        """Return whether it has this status, and this phrase where the phrase is the app's."""
        if self.has_phrase:
            return self.status_line == status_line
        return status_line.startswith(f"{self.status} ")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str | None:
        values = self.all(name)
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, SimpleCookie]:
        """The cookies set, by name."""
        found = {}
        for text in self.all("Set-Cookie"):
            jar = SimpleCookie(text)
            found.update(jar)
        return found

    def deletes(self, name: str) -> bool:
        morsel = self.cookies.get(name)
        if morsel is None or "1970" not in morsel["expires"]:
            return False
        return morsel["max-age"] == "0" or morsel.value == "null"  # as Starlette does

    def sets(self, name: str) -> bool:
        return name in self.cookies and not self.deletes(name)

    @property
    def vary(self) -> set[str]:
        return {each.strip().lower() for each in (self["Vary"] or "").split(",") if each.strip()}


@dataclass
class Browser:
    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    has_phrases: ClassVar[bool] = True

    def request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        cookie: str | None = None,
    ) -> Answer:
        headers = dict(headers or {})
        if cookie is None:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if cookie:
            headers["Cookie"] = cookie
        answer = self.ask(method, path, headers, body)
        answer.has_phrase = self.has_phrases
        self._keep(answer)
        self.answers.append(answer)
        return answer

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Answer:
        """Send a request over a connection of its own."""
        connection = self.connection()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(
                response.version,
                response.status,
                response.reason,
                response.getheaders(),
                response.read(),
            )
        finally:
            connection.close()

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def _keep(self, answer: Answer) -> None:
        for name, morsel in answer.cookies.items():
            if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, _named(headers))

    def navigate(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, NAVIGATION | _named(headers))

    def post(self, path: str, data: dict[str, str] | None = None, **headers: str) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, form | _named(headers), urlencode(data or {}).encode())

    def another(self) -> Browser:
        """A second browser."""
        return type(self)(self.url)

    def copy(self) -> Browser:
        """The same browser, for an answer that is still on its way."""
        return type(self)(self.url, dict(self.cookies))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
