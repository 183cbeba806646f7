"""What the app's answer does to the login, and what is added to the answer's head."""

from __future__ import annotations

from collections.abc import Iterable

from ..core.enforcement import Answer
from ..core.shared_cache import Header
from ..exchange import Exchange
from ..http.reply import Reply
from ..plain.watched import HeaderList, WatchedSession
from ..processing import aprocess_response, asettle

_LATIN = "latin-1"
#: Headers as ASGI has them.
Encoded = list[tuple[bytes, bytes]]


async def is_refused(
    exchange: Exchange, watched: WatchedSession | None, status: int, pairs: HeaderList
) -> bool:
    """Note what the app did; return whether the 440 replaces its refusal."""
    location = by_name(pairs)("location")
    if watched is not None and not watched.is_left_alone(pairs):
        # First: a cookie that the app sets in its refusal begins no login.
        is_challenge = exchange.provisional.answer is Answer.CHALLENGE
        if is_challenge and await asettle(exchange, status, location):
            return True
        if exchange.provisional.answer is not Answer.LOGIN_TIMEOUT:
            watched.note(status, pairs, location, exchange.now)
    return await asettle(exchange, status, location)


async def amended(exchange: Exchange, status: int, pairs: HeaderList) -> Encoded | None:
    """Return the headers as they are sent; ``None`` if nothing is added."""
    cookies, changes = await aprocess_response(exchange, status, by_name(pairs))
    if not (cookies or changes):
        return None
    replaced = {name.lower() for name, _ in changes}
    kept = [each for each in pairs if each[0].lower() not in replaced]
    return encoded([*kept, *changes, *(("Set-Cookie", each.header()) for each in cookies)])


async def head_of(exchange: Exchange, reply: Reply) -> Encoded:
    """Return the headers of an answer of ours, as they are sent."""
    pairs = [*reply.headers]
    headers = await amended(exchange, reply.status, pairs)
    return encoded(pairs) if headers is None else headers


def decoded(headers: Iterable[tuple[bytes, bytes]]) -> HeaderList:
    """Return headers as text, which stands for bytes."""
    return [(str(name, _LATIN), str(value, _LATIN)) for name, value in headers]


def encoded(headers: Iterable[tuple[str, str]]) -> Encoded:
    """Return headers as ASGI has them: bytes, and names in small letters."""
    return [(name.lower().encode(_LATIN), value.encode(_LATIN)) for name, value in headers]


def by_name(pairs: HeaderList) -> Header:
    """Return a function that returns a header by its name in small letters."""
    found: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found.get
