"""Every option by its name in WSGI, ASGI and Flask, described with its unit, default and source."""

from __future__ import annotations

from .browser import Cookies, Pages
from .lifetimes import Lifetimes
from .requests import Activity, Ends, Proofs
from .servers import Stores, Surroundings
from .types import Key


class _Options(
    Lifetimes, Ends, Activity, Proofs, Cookies, Pages, Stores, Surroundings, total=False
):
    """All options except the secret key, which only the WSGI and ASGI wrappers require."""


class Options(_Options, total=False):
    """Every option; none is required."""

    secret_key: Key
    """The key that signs tickets: a long random text, or bytes (32 random bytes are enough).

    Default: the framework's own.

    Example: ``secret_key=os.environ["SECRET_KEY"]``.
    """


class WSGIOptions(_Options):
    """Every option; ``secret_key`` is required, because WSGI has no key of its own."""

    secret_key: Key
    """The key that signs tickets: a long random text, or bytes (32 random bytes are enough)."""


class ASGIOptions(WSGIOptions):
    """Every option; ``secret_key`` is required, because ASGI has no key of its own.

    The "request" that your functions get is the connection's scope. Starlette makes a request of
    it by ``HTTPConnection(scope)``.
    """
