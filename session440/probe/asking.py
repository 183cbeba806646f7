"""Asks a site over the network: with limits on time, length and number, without redirects."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from ..moments import spoken
from ..version import __version__
from .answer import LONGEST_BODY, Answer, shown

#: The most requests that one probe makes.
MOST_REQUESTS: Final = 8
_CHUNK = 16 * 1024


class ProbeError(ValueError):
    """The URL or an option cannot be used. The message says what to give instead."""


class UnreachableError(Exception):
    """The site sends no readable answer. The message says why; ``remedy`` says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Target(NamedTuple):
    """The place of the endpoints."""

    is_https: bool
    host: str
    port: int
    prefix: str  # their path

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.is_https else ''}://{shown(host)}:{self.port}"

    @property
    def origin(self) -> str:
        """The site's origin, as browsers send it: without the port that the scheme has anyway."""
        name = self.host if ":" in self.host else self.host.encode("idna").decode("ascii")
        return str(self._replace(host=name)).removesuffix(":443" if self.is_https else ":80")


def read_url(url: str, endpoint: str) -> Target:
    """Return where to ask.

    :raises ProbeError: if the URL or the endpoint cannot be used.
    """
    if not re.fullmatch(r"(/[\w.~-]+)+", endpoint):
        raise ProbeError(f"endpoint is {endpoint!r}; give a path such as '/session440'")
    parts, port = _split(url)
    if parts is None or parts.query or parts.fragment:
        raise ProbeError(
            f"{_without_user(url)!r} is not a site's URL; give one such as "
            "'https://example.com/' or 'https://example.com/app', without a user or a query"
        )
    is_https = parts.scheme == "https"
    path = quote(parts.path.rstrip("/") + endpoint, safe="/%:@!$&'()*+,;=~-._")
    return Target(is_https, parts.hostname or "", port or (443 if is_https else 80), path)


def read_origin(origin: str) -> str:
    """Return an origin (RFC 6454) in its usual form.

    :raises ProbeError: if the text is not an origin.
    """
    parts, _ = _split(origin)
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ProbeError(
            f"origin is {_without_user(origin)!r}; give one such as 'https://example.com'"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _split(url: str) -> tuple[SplitResult | None, int | None]:
    """Return the parts of a URL and its port; twice ``None`` if it names no site."""
    try:
        parts = urlsplit(url)
        port = parts.port
        # The name that DNS and TLS get.
        name = (parts.hostname or "").encode("idna")
    except ValueError:
        return None, None
    # urlsplit() removes tabs and line breaks; the rest would be another URL.
    is_plain = url.isprintable() and " " not in url and "@" not in parts.netloc
    is_site = parts.scheme in ("http", "https") and bool(name) and port != 0
    return (parts, port) if is_site and is_plain else (None, None)


def _without_user(url: str) -> str:
    """Return a URL without its user and password, so that it can be printed."""
    return re.sub(r"//[^/]*@", "//", url)


class Asker:
    """Asks one site, and keeps its answers in ``asked``.

    :raises ProbeError: if there are no certificates in *cafile*.
    """

    def __init__(
        self, target: Target, clock: Callable[[], float], timeout: float, cafile: str | None
    ) -> None:
        self.target = target
        self._clock = clock
        self._timeout = timeout
        self.asked: list[Answer] = []
        try:
            self._context = ssl.create_default_context(cafile=cafile)
        except OSError as error:  # ssl.SSLError is one
            told = error.strerror or type(error).__name__
            raise ProbeError(f"cafile is {cafile!r}: {told}; give a file in PEM") from error

    def ask(self, name: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        """Return the answer of the endpoint called *name*.

        :raises UnreachableError: if there is no answer, or it cannot be read.
        """
        if len(self.asked) >= MOST_REQUESTS:
            raise RuntimeError(f"a probe makes {MOST_REQUESTS} requests at most")
        try:
            answer = self._ask(method, f"{self.target.prefix}/{name}", headers)
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error) from error
        except HTTPException as error:
            raise self._unreadable(error) from error
        except (OSError, UnicodeError) as error:
            raise self._silent(error) from error
        self.asked.append(answer)
        return answer

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        own = {"User-Agent": f"session440-probe/{__version__}", "Connection": "close"}
        began = self._clock()
        with self._connection() as connection:
            connection.request(method, path, headers={**own, **headers})
            with connection.getresponse() as response:
                body, is_whole = _read(response)
        return Answer(
            method,
            path,
            self.target.is_https,
            response.status,
            response.reason,
            tuple(response.getheaders()),
            body,
            is_whole,
            began,
            self._clock(),
        )

    @contextmanager
    def _connection(self) -> Iterator[HTTPConnection]:
        """Yield a connection; it is cut off when its time is over, even while the site sends."""
        target = self.target
        kind = HTTPSConnection if target.is_https else HTTPConnection
        connection = kind(target.host, target.port, timeout=self._timeout)
        sock = socket.create_connection((target.host, target.port), self._timeout)
        is_late = threading.Event()
        timer = threading.Timer(self._timeout, _cut_off, [sock, is_late])
        timer.daemon = True
        timer.start()
        try:
            connection.sock = self._secured(sock) if target.is_https else sock
            yield connection
        except (OSError, HTTPException) as error:
            if is_late.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
            connection.close()
            sock.close()
        if is_late.is_set():
            raise TimeoutError

    def _secured(self, sock: socket.socket) -> ssl.SSLSocket:
        # A copy: the timer needs the socket, and wrap_socket() takes away its descriptor.
        return self._context.wrap_socket(sock.dup(), server_hostname=self.target.host)

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> UnreachableError:
        return UnreachableError(
            f"{self.target} has a certificate that is not trusted: {shown(error.verify_message)}",
            "use one that browsers trust, with its intermediate certificates; for an authority "
            "of your own, give --cafile its certificate",
        )

    def _unreadable(self, error: HTTPException) -> UnreachableError:
        return UnreachableError(
            f"{self.target} sends an answer that cannot be read as HTTP: "
            f"{type(error).__name__} {shown(error)}".rstrip(),
            "give the URL of the site as in a browser, with the right scheme and port",
        )

    def _silent(self, error: OSError | UnicodeError) -> UnreachableError:
        told = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(error, TimeoutError):
            told = f"no whole answer within {spoken(self._timeout)}"
        return UnreachableError(
            f"{self.target} cannot be reached: {shown(told)}",
            "start it, or give the URL of the site as in a browser; --timeout gives it more time",
        )


def _cut_off(sock: socket.socket, is_late: threading.Event) -> None:
    is_late.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended already


def _read(response: HTTPResponse) -> tuple[bytes, bool]:
    """Return a body, read within its limits, and whether that is all of it."""
    body = bytearray()
    try:
        while len(body) <= LONGEST_BODY:
            chunk = response.read(_CHUNK)
            if not chunk:
                length = response.getheader("Content-Length", "")
                return bytes(body), not length.isdecimal() or int(length[:20]) == len(body)
            body += chunk
    except HTTPException:  # IncompleteRead: the rest did not arrive
        pass
    return bytes(body[:LONGEST_BODY]), False
