"""What the other files speak of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from session440.stores import MemoryStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

environ: "WSGIEnvironment" = {}
store_class = MemoryStore


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer nothing."""
    start_response("204 No Content", [])
    return []
