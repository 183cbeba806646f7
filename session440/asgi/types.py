"""The types of ASGI 3, to which those of Starlette, uvicorn and asgiref are assignable.

https://asgi.readthedocs.io/en/latest/specs/main.html#applications
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ..live.messages import Message, Receive, Scope, Send

__all__ = ["App", "Message", "Receive", "Scope", "Send"]

App = Callable[[Any, Any, Any], Awaitable[None]]
