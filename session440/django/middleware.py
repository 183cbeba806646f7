"""The middleware: the only part of the adapter that a project needs to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.cache import FetchFromCacheMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.module_loading import import_string

from ..core.cookie import Cookie
from ..core.delivery import Amendment
from ..core.enforcement import FOR_THE_APP, Answer
from ..core.shared_cache import Header
from ..engine import Engine
from ..events import logger
from ..exceptions import LOGIN_TIMEOUT, PHRASE, Answered, ConfigurationError
from ..exchange import Exchange, InThread
from ..http.reply import Reply
from ..processing import (
    aprocess_request,
    aprocess_response,
    areply,
    asettle,
    passes_as_it_is,
    process_exception,
    process_request,
    process_response,
    reply,
    settle,
)
from ..visit import Visit
from . import user
from .conf import APP, PACKAGE, get_engine, lists_package
from .deferral import is_concerned, is_put_off
from .presentation import DjangoPresentation
from .reauthentication import hear_allauth
from .receivers import EXCHANGE, VISIT, current_exchange
from .request import DjangoRequest
from .session import DjangoSession

AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


class Session440Middleware:
    """Ends the logins of a Django project on time. List it last in ``MIDDLEWARE``.

    :raises ConfigurationError: when the handler loads, for a bad option, or if it stands before
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
        exchange = _exchange(request)
        response = self._answer(request, exchange)
        if self._conditional is not None:
            response = self._conditioned(request, response)
        if not passes_as_it_is(exchange):
            response = _completed(exchange, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.reason_phrase = PHRASE
        if self._is_cached_before:
            _keep_from_cache(request, exchange)
        current_exchange.set(None)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        exchange = _exchange(request, in_thread)
        if await aprocess_request(exchange) in FOR_THE_APP:
            if exchange.engine.settings.valid_from is not None:
                user.share(request)
            response: HttpResponseBase = await self.get_response(request)
        else:
            response = _response(await areply(exchange))
        if self._conditional is not None:
            response = self._conditioned(request, response)
        if not passes_as_it_is(exchange):
            response = await _acompleted(exchange, response)
        if response.status_code == LOGIN_TIMEOUT:
            response.reason_phrase = PHRASE
        if self._is_cached_before:
            _keep_from_cache(request, exchange)
        current_exchange.set(None)
        return response

    def _answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
        if not is_put_off(exchange) and process_request(exchange) not in FOR_THE_APP:
            return _response(reply(exchange))
        response: HttpResponseBase = self.get_response(request)
        exchange.note_answer()
        if exchange.is_late and is_concerned(request.session, response.headers.get("Vary")):
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
            return _response(reply(exchange))
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
            return _response(process_exception(exchange, exception))
        return None


def _keep_from_cache(request: HttpRequest, exchange: Exchange) -> None:
    """Keep a page of somebody logged in out of a cache that would serve it after the end."""
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


def _exchange(request: HttpRequest, in_thread: InThread | None = None) -> Exchange:
    exchange = Exchange(
        get_engine(),
        DjangoRequest(request),
        DjangoSession(request),
        DjangoPresentation(request),
        in_thread,
    )
    setattr(request, EXCHANGE, exchange)
    setattr(request, VISIT, Visit(exchange))
    current_exchange.set(exchange)
    return exchange


async def in_thread(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Return what *function* returns; it may block, so it runs in Django's thread for sync code."""
    return await sync_to_async(function)(*given, **named)


def _completed(exchange: Exchange, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response as it goes out."""
    header = _by_name(response)
    if settle(exchange, response.status_code, header("location")):
        response = _response(reply(exchange))
        header = _by_name(response)
    _amend(exchange, response, process_response(exchange, response.status_code, header))
    return response


async def _acompleted(exchange: Exchange, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response as it goes out."""
    header = _by_name(response)
    if await asettle(exchange, response.status_code, header("location")):
        response = _response(await areply(exchange))
        header = _by_name(response)
    _amend(exchange, response, await aprocess_response(exchange, response.status_code, header))
    return response


def _by_name(response: HttpResponseBase) -> Header:
    # As a dict: Django's headers make an exception of each that is not there.
    return {name.lower(): value for name, value in response.headers.items()}.get


def _amend(exchange: Exchange, response: HttpResponseBase, amendment: Amendment) -> None:
    for name, value in amendment.headers:
        response.headers[name] = value
    for cookie in amendment.cookies[:-1]:
        _set_beside(response, cookie)
    for cookie in amendment.cookies[-1:]:
        _set_cookie(response, cookie)
    if exchange.provisional.answer in (Answer.LOGIN_TIMEOUT, Answer.STEP_UP):
        # Events report it; the logger "django.request" need not.
        setattr(response, "_has_been_logged", True)  # noqa: B010  # unknown to mypy


def _set_cookie(response: HttpResponseBase, cookie: Cookie) -> None:
    scope = cookie.scope
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=scope.max_age,
        expires="Thu, 01 Jan 1970 00:00:00 GMT" if scope.max_age == 0 else None,
        path=scope.path,
        domain=scope.domain,
        secure=scope.secure,
        httponly=True,
        samesite=scope.samesite,  # type: ignore[arg-type]  # as it is in Django's settings
    )


def _set_beside(response: HttpResponseBase, cookie: Cookie) -> None:
    """Set a cookie beside another one of its name: Django's dict of cookies has one for each."""
    other = response.cookies.pop(cookie.name, None)
    _set_cookie(response, cookie)
    response.cookies[f"{cookie.name} of {cookie.scope.place}"] = response.cookies.pop(cookie.name)
    if other is not None:
        response.cookies[cookie.name] = other


def _response(answer: Reply) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response
