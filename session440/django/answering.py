"""The exchange of a Django request, and its response as it goes out."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..exchange import Exchange, InThread
from ..processing import aprocess_response, areply, asettle, process_response, reply, settle
from ..visit import Visit
from .conf import get_engine
from .presentation import DjangoPresentation
from .receivers import EXCHANGE, VISIT
from .request import DjangoRequest
from .response import amend, by_name, made
from .session import DjangoSession


def exchange_of(request: HttpRequest, in_thread: InThread | None = None) -> Exchange:
    """Return the exchange of a request, whose visit a view finds as ``request.session440``."""
    exchange = Exchange(
        get_engine(),
        DjangoRequest(request),
        DjangoSession(request),
        DjangoPresentation(request),
        in_thread,
    )
    setattr(request, EXCHANGE, exchange)
    setattr(request, VISIT, Visit(exchange))
    return exchange


def completed(exchange: Exchange, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response as it goes out."""
    header = by_name(response)
    if settle(exchange, response.status_code, header("location")):
        response = made(reply(exchange))
        header = by_name(response)
    amendment = process_response(exchange, response.status_code, header)
    amend(response, amendment, exchange.provisional.answer)
    return response


async def acompleted(exchange: Exchange, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response as it goes out."""
    header = by_name(response)
    if await asettle(exchange, response.status_code, header("location")):
        response = made(await areply(exchange))
        header = by_name(response)
    amendment = await aprocess_response(exchange, response.status_code, header)
    amend(response, amendment, exchange.provisional.answer)
    return response
