"""The middleware, which is all of the adapter that a project has to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.module_loading import import_string

from ..core.cookie import Cookie
from ..decorators import PUBLIC, is_used
from ..departure import finish, settle
from ..engine import Engine
from ..exceptions import LOGIN_TIMEOUT, PHRASE, ConfigurationError, LoginTimeout
from ..http.reply import Reply, exception_reply, timeout_reply
from ..processing import door_reply
from ..visit import Visit
from .conf import get_engine
from .deferral import defer
from .exchange import DjangoExchange
from .receivers import current_visit

#: Where a view finds its visit: ``request.session440``.
VISIT = "session440"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


class Session440Middleware:
    """Ends the logins of a Django project on time. List it last in ``MIDDLEWARE``.

    :raises ConfigurationError: when the handler loads, for a bad option or a place in
        ``MIDDLEWARE`` before ``AuthenticationMiddleware``.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        classes = [import_string(path) for path in settings.MIDDLEWARE]
        _check_order(classes)
        is_conditional = any(_is_a(each, ConditionalGetMiddleware) for each in classes)
        self._conditional = ConditionalGetMiddleware(get_response) if is_conditional else None
        get_engine()
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    @property
    def engine(self) -> Engine:
        """The project's engine."""
        return get_engine()

    def __call__(self, request: HttpRequest) -> Any:
        """Judge the login, then let the rest of the project answer."""
        if iscoroutinefunction(self):
            return self._acall(request)
        return self._leave(request, self._enter(request) or self.get_response(request))

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        # Sessions and signal receivers may be anybody's, and may well be synchronous.
        response = await sync_to_async(self._enter)(request)
        response = response or await self.get_response(request)
        return await sync_to_async(self._leave)(request, response)

    def _enter(self, request: HttpRequest) -> HttpResponseBase | None:
        visit = Visit(get_engine(), DjangoExchange(request))
        setattr(request, VISIT, visit)
        current_visit.set(visit)
        if _may_wait(visit) and defer(visit, request):
            return None
        reply = door_reply(visit, request)
        return reply and _response(reply)

    def _leave(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if self._conditional:
            # Outside of us it would make a 304 of a response that has a ticket: it goes first.
            response = self._conditional.process_response(request, response)
        response = _leave(getattr(request, VISIT), request, response)
        current_visit.set(None)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a ``LoginTimeout`` raised by a view."""
        if isinstance(exception, LoginTimeout):
            return _response(exception_reply(getattr(request, VISIT), exception))
        return None


def _check_order(classes: list[object]) -> None:
    needed = import_string(AUTHENTICATION)
    places = [_is_a(each, needed) for each in classes]
    ours = [_is_a(each, Session440Middleware) for each in classes]
    if True in ours and True not in places[: ours.index(True)]:
        raise ConfigurationError(
            "MIDDLEWARE lists session440.django.Session440Middleware without "
            f"{AUTHENTICATION} before it; put it after that, best last"
        )


def _is_a(candidate: object, kind: type) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, kind)


def _may_wait(visit: Visit) -> bool:
    """Whether the session may stay unread: a public page, and a ticket."""
    if not visit.tickets or visit.is_under_endpoint() or visit.method == "OPTIONS":
        return False
    if visit.engine.shared is not None:  # to be asked before the view, and its transaction
        return False
    may_be_public = visit.engine.settings.public_paths or is_used(PUBLIC)
    return bool(may_be_public) and visit.is_public()


def _leave(visit: Visit, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if settle(visit, response.status_code, response.headers.get("Location")):
        response = _response(timeout_reply(visit))
    cookie, headers = finish(visit, response.status_code, response.headers.get)
    for name, value in headers:
        response.headers[name] = value
    if cookie is not None:
        _set_cookie(response, cookie)
    if visit.timed_out:
        # Events tell it; the logger "django.request" need not.
        setattr(response, "_has_been_logged", True)  # noqa: B010  # unknown to mypy
    if response.status_code == LOGIN_TIMEOUT:
        response.reason_phrase = PHRASE
    return response


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
        samesite=scope.samesite,  # type: ignore[arg-type]  # Django's own setting, as it came
    )


def _response(reply: Reply) -> HttpResponse:
    response = HttpResponse(reply.body, status=reply.status)
    for name, value in reply.headers:
        response.headers[name] = value
    return response
