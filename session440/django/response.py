"""A Django response, as the engine amends it."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from ..core.cookie import Cookie
from ..core.delivery import Amendment
from ..core.enforcement import Answer
from ..core.shared_cache import Header
from ..http.reply import Reply


def made(answer: Reply) -> HttpResponse:
    """Return the response that session440 gives itself."""
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


def by_name(response: HttpResponseBase) -> Header:
    """Return what gives a header's value."""
    # As a dict: Django's headers make an exception of each that is not there.
    return {name.lower(): value for name, value in response.headers.items()}.get


def encoded(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """Return the headers as ASGI sends them."""
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [each.output(header="").strip().encode("ascii") for each in response.cookies.values()]
    return [*headers, *((b"Set-Cookie", each) for each in cookies)]


def amend(response: HttpResponseBase, amendment: Amendment, answer: Answer) -> None:
    """Add headers and cookies to the response.

    :param answer: who gives it.
    """
    for name, value in amendment.headers:
        response.headers[name] = value
    for cookie in amendment.cookies[:-1]:
        _set_beside(response, cookie)
    for cookie in amendment.cookies[-1:]:
        _set_cookie(response, cookie)
    if answer in (Answer.LOGIN_TIMEOUT, Answer.STEP_UP):
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
