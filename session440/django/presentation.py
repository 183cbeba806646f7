"""How a Django project shows an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import get_language

TEMPLATE = "session440/440.html"
CSRF_MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"


class DjangoPresentation:
    """Uses the project's language, its CSRF token and its own template."""

    def __init__(self, request: HttpRequest) -> None:
        self.native = request

    def language(self) -> str | None:
        return get_language() if settings.USE_I18N else None

    def csrf_token(self) -> tuple[str, str] | None:
        if CSRF_MIDDLEWARE not in settings.MIDDLEWARE:
            return None
        return "csrfmiddlewaretoken", get_token(self.native)

    def own_page(self, login_timeout: Callable[[], dict[str, Any]]) -> str | None:
        try:
            template = loader.get_template(TEMPLATE)
        except TemplateDoesNotExist:
            return None
        return template.render({"login_timeout": login_timeout()}, self.native)
