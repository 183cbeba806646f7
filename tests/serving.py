"""Real servers on free loopback ports, in a thread of the test's own process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass

    def connection_dropped(self, error, environ=None) -> None:
        """Close the answer to a browser that has gone.

        Werkzeug's server closes it only after it has read what the browser still sends, and that
        fails: a static file stayed open.
        """
        if environ is not None and "serving.answer" in environ:
            environ["serving.answer"].close()


class _ByOne(_Quiet):
    protocol_version = "HTTP/1.0"


class _Answer:
    """What an app has returned; it is closed once."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        if not self._is_closed and hasattr(self._parts, "close"):
            self._is_closed = True
            self._parts.close()


@contextmanager
def serve(app, *, has_sockets: bool = False) -> Iterator[str]:
    """Serve a WSGI app; gives its URL. Werkzeug's server has WebSockets by HTTP/1.1."""

    def answering(environ, start_response):
        answer = environ["serving.answer"] = _Answer(app(environ, start_response))
        return answer

    handler = _Quiet if has_sockets else _ByOne
    server = make_server("127.0.0.1", 0, answering, threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
