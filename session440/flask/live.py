"""Streams of events of a Flask app, which end with the login under which they were opened."""

from __future__ import annotations

from flask import Response

from ..exchange import Exchange
from ..http.event_stream import EventStream, guard_of, is_live
from ..visit import Visit


def guard_stream(exchange: Exchange, response: Response) -> None:
    """Let a response end with its login, if it is a stream of events; no other is changed."""
    header = response.headers.get
    if not is_live(exchange, response.status_code, header):
        return
    guard = guard_of(exchange, Visit(exchange).watch().open(), header)
    close = getattr(response.response, "close", None)
    response.response = EventStream(guard, response.iter_encoded(), close)
