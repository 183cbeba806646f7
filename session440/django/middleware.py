"""The middleware: the only part of the adapter that a project needs to know."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.cache import FetchFromCacheMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.module_loading import import_string

from ..core.enforcement import FOR_THE_APP, Answer
from ..engine import Engine
from ..events import logger
from ..exceptions import LOGIN_TIMEOUT, PHRASE, Answered, ConfigurationError
from ..exchange import Exchange, InThread
from ..processing import (
    aprocess_request,
    areply,
    passes_as_it_is,
    process_exception,
    process_request,
    reply,
)
from . import user
from .answering import acompleted, completed, exchange_of
from .cancellation import abandon, is_at_stake, whole
from .conf import APP, PACKAGE, get_engine, lists_package
from .deferral import is_concerned, is_put_off
from .event_stream import aguard_stream, guard_stream, is_guarded
from .reauthentication import hear_allauth
from .receivers import EXCHANGE, current_exchange
from .response import made
from .threads import in_thread

AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


class Session440Middleware:
    """Ends the logins of a Django project on time. List it last in ``MIDDLEWARE``.

    :raises ConfigurationError: when the handler loads, for a bad option, or if it comes before
        ``AuthenticationMiddleware`` in ``MIDDLEWARE``.

    It logs a warning if ``INSTALLED_APPS`` lists ``session440`` instead of its app.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        classes = [import_string(path) for path in settings.MIDDLEWARE]
        _check_order(classes)
        _warn_of_package()
        is_conditional = any(_is_a(each, ConditionalGetMiddleware) for each in classes)
        self._conditional = ConditionalGetMiddleware(get_response) if is_conditional else None
        self._is_cached_before = is_cached_before(classes)
        self._is_next = is_next_to_view(classes)
        get_engine()
        hear_allauth()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        else:  # where it would cost a thread, nothing is put off
            self.process_view = self._before_view

    @property
    def engine(self) -> Engine:
        """The project's engine."""
        return get_engine()

    def __call__(self, request: HttpRequest) -> Any:
        """Judge the login, then let the rest of the project answer."""
        if self._is_async:
            return self._acall(request)
        exchange = _begun(request)
        response = self._answer(request, exchange)
        if self._conditional is not None:
            response = self._conditioned(request, response)
        if not passes_as_it_is(exchange):
            response = completed(exchange, response)
        if is_guarded(exchange, response):
            guard_stream(exchange, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.reason_phrase = PHRASE
        if self._is_cached_before or response.cookies:
            _keep_from_cache(request, exchange)
        current_exchange.set(None)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        exchange = _begun(request, in_thread)
        try:
            response = await self._aanswer(request, exchange)
        except CancelledError:
            await abandon(exchange)
            raise
        if self._conditional is not None:
            response = self._conditioned(request, response)
        if not passes_as_it_is(exchange):
            completing = acompleted(exchange, response)
            response = await (whole(completing) if is_at_stake(exchange) else completing)
        if is_guarded(exchange, response):
            await aguard_stream(exchange, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.reason_phrase = PHRASE
        if self._is_cached_before or response.cookies:
            _keep_from_cache(request, exchange)
        current_exchange.set(None)
        return response

    async def _aanswer(self, request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
        if await aprocess_request(exchange) not in FOR_THE_APP:
            return made(await areply(exchange))
        if exchange.engine.settings.valid_from is not None:
            user.share(request)
        response: HttpResponseBase = await self.get_response(request)
        return response

    def _answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
        if not is_put_off(exchange) and process_request(exchange) not in FOR_THE_APP:
            return made(reply(exchange))
        response: HttpResponseBase = self.get_response(request)
        exchange.note_answer()
        if exchange.is_late and (
            is_concerned(request.session, response.headers.get("Vary"))
            or is_guarded(exchange, response)
        ):
            exchange.judged()
        return response

    def _before_view(
        self, request: HttpRequest, view: Callable[..., Any], given: Any, named: Any
    ) -> HttpResponse | None:
        """Answer for the view, if another middleware has looked, and the login is over.

        An async view cannot wait for a query when it looks, so its login is judged before.
        """
        exchange: Exchange = getattr(request, EXCHANGE)
        if exchange.is_late and iscoroutinefunction(view):
            exchange.judged()
        if exchange.engine.settings.valid_from is not None and not exchange.is_late:
            user.share(request)
        if exchange.owes_reply and exchange.provisional.answer is Answer.LOGIN_TIMEOUT:
            exchange.note_reply()
            return made(reply(exchange))
        if self._is_next:
            exchange.note_view()
        own = getattr(type(self), "process_view", None)  # of a subclass
        return None if own is None else own(self, request, view, given, named)

    def _conditioned(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Let ``ConditionalGetMiddleware`` go first: later it would make a 304 of a renewal."""
        conditional: Any = self._conditional
        conditioned: HttpResponseBase = conditional.process_response(request, response)
        return conditioned

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a ``LoginTimeout`` or a ``StepUpRequired`` raised by a view."""
        exchange: Exchange = getattr(request, EXCHANGE)
        exchange.note_answer()  # what handles the exception may look, too
        if isinstance(exception, Answered):
            return made(process_exception(exchange, exception))
        return None


def _keep_from_cache(request: HttpRequest, exchange: Exchange) -> None:
    """Keep a page of somebody logged in out of a cache that would serve it after the end.

    And one with a cookie out of each: Django 4.2 would hand the ticket out again.
    """
    if exchange.tickets or exchange.provisional.login:
        request.__dict__["_cache_update_cache"] = False  # UpdateCacheMiddleware asks for it


def is_cached_before(classes: list[object]) -> bool:
    """Return whether Django's per-site cache answers before us."""
    caches = [_is_a(each, FetchFromCacheMiddleware) for each in classes]
    ours = [_is_a(each, Session440Middleware) for each in classes]
    return True in ours and True in caches[: ours.index(True)]


def is_next_to_view(classes: list[object]) -> bool:
    """Return whether no other middleware may look between us and the view."""
    ours = [_is_a(each, Session440Middleware) for each in classes]
    after = classes[ours.index(True) :] if True in ours else []
    return not any(hasattr(each, "process_view") for each in after)


def _check_order(classes: list[object]) -> None:
    needed = import_string(AUTHENTICATION)
    places = [_is_a(each, needed) for each in classes]
    ours = [_is_a(each, Session440Middleware) for each in classes]
    if True in ours and True not in places[: ours.index(True)]:
        raise ConfigurationError(
            "MIDDLEWARE lists session440.django.Session440Middleware without "
            f"{AUTHENTICATION} before it; put it after that, ideally last"
        )


def _warn_of_package() -> None:
    """Say that the app is missing: its own checks, which would say so, are missing with it."""
    if lists_package():
        logger.warning(
            'INSTALLED_APPS lists "%s", the package; put "%s" in its place: its template tags, '
            "its tables and its checks are missing",
            PACKAGE,
            APP,
        )


def _is_a(candidate: object, kind: type) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, kind)


def _begun(request: HttpRequest, in_thread: InThread | None = None) -> Exchange:
    exchange = exchange_of(request, in_thread)
    current_exchange.set(exchange)
    return exchange
