"""What goes between an ASGI server and an app, to whose types those of Starlette are assignable.

https://asgi.readthedocs.io/en/latest/specs/main.html#applications
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

#: A connection: what is known of it from the start.
Scope = MutableMapping[str, Any]
#: An event of the connection, from the server or from the app.
Message = MutableMapping[str, Any]
# Each library has event types of its own, dicts with other keys, so an app is asked for none.
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
