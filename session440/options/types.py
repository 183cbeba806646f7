"""The types of the options' values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..core.credential import Credential, Moment

Key = str | bytes
#: A list of keys or patterns. Not any iterable: a text is also an iterable, of its characters.
Keys = list[str] | list[bytes] | list[Key] | tuple[Key, ...]
Patterns = list[str] | tuple[str, ...] | set[str] | frozenset[str]
#: Called at login with the framework's request and the subject; returns a policy's name.
PolicyChoice = Callable[[Any, str], str | None]
#: A URL, or a function that takes the framework's request and returns one.
LoginURL = str | Callable[[Any], str]
Clock = Callable[[], float]
#: Called at login with the framework's request and the subject.
CredentialOf = Callable[[Any, str], Credential | Moment | None]
#: Called with the framework's request and the subject.
ValidFrom = Callable[[Any, str], datetime | None]
