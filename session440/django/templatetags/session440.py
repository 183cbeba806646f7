"""``{% load session440 %}{% session440_client %}`` writes the tag that loads the script."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import SafeString, mark_safe

from ...events import logger
from ...http.script import client_tag
from ..receivers import EXCHANGE

register = template.Library()


@register.simple_tag(takes_context=True)
def session440_client(context: Any, nonce: str | None = None, **options: Any) -> SafeString:
    """Return the tag; options become ``data-`` attributes.

    :param nonce: for a Content-Security-Policy that needs one.
    :raises ImproperlyConfigured: if the context has no request and ``DEBUG`` is on. Otherwise
        there is no tag then, and a line in the log.
    """
    request = context.get("request")
    if request is None:
        _miss_request()
    exchange = getattr(request, EXCHANGE, None)
    if exchange is None:  # without the middleware: no tag
        return mark_safe("")
    return mark_safe(client_tag(exchange, nonce, **options))  # noqa: S308  # escaped there


def _miss_request() -> None:
    if settings.DEBUG:
        raise ImproperlyConfigured(_MISSING)
    _warn()


@cache
def _warn() -> None:
    logger.warning(_MISSING)


_MISSING = (
    "{% session440_client %} writes nothing, since the template's context has no request: add "
    "django.template.context_processors.request to the context_processors, or render the "
    "template with a request"
)
