"""The presentation of an app of no framework: no language, no forms and no templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class PlainPresentation:
    """No presentation of its own: the packaged page is used."""

    def language(self) -> str | None:
        return None

    def csrf_token(self) -> tuple[str, str] | None:
        return None

    def own_page(self, login_timeout: Callable[[], dict[str, Any]]) -> str | None:
        return None
