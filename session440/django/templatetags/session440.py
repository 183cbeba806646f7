"""``{% load session440 %}{% session440_client %}`` writes the tag that loads the script."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from ...http.client import client_tag
from ..receivers import EXCHANGE

register = template.Library()


@register.simple_tag(takes_context=True)
def session440_client(context: Any, nonce: str | None = None, **options: Any) -> SafeString:
    """Return the tag; options become ``data-`` attributes.

    :param nonce: for a Content-Security-Policy that needs one.
    """
    exchange = getattr(context.get("request"), EXCHANGE, None)
    if exchange is None:  # without a request in the context, or the middleware: no tag
        return mark_safe("")
    return mark_safe(client_tag(exchange, nonce, **options))  # noqa: S308  # escaped there
