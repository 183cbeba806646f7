"""Notes what a WSGI app answers, 440s included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .journal import begin
from .tour import Tour

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def noting(app: WSGIApplication, tour: Tour) -> WSGIApplication:
    """Return *app*, whose answers are noted."""

    def noted(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        cookie = begin(environ.get("HTTP_COOKIE", ""), path)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            cause = dict(headers).get("Session440-Cause")
            tour.note_answer(environ["REQUEST_METHOD"], path, int(status[:3]), cause)
            more = [("Set-Cookie", cookie)] if cookie else []
            return start_response(status, [*headers, *more], *error)

        return app(environ, start)

    return noted
