"""How a Flask app shows an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, render_template
from jinja2 import TemplateNotFound

TEMPLATE = "session440/440.html"


class FlaskPresentation:
    """Uses Flask-Babel's language, Flask-WTF's token and the app's own template."""

    def language(self) -> str | None:
        if "babel" not in current_app.extensions:
            return None
        from flask_babel import get_locale  # type: ignore[import-untyped]  # it ships no types

        locale = get_locale()
        return None if locale is None else str(locale)

    def csrf_token(self) -> tuple[str, str] | None:
        if "csrf" not in current_app.extensions:
            return None
        from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]  # likewise

        return current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"), generate_csrf()

    def own_page(self, login_timeout: Callable[[], dict[str, Any]]) -> str | None:
        try:
            current_app.jinja_env.get_template(TEMPLATE)
        except TemplateNotFound:
            return None
        return render_template(TEMPLATE, login_timeout=login_timeout())
