"""A Django request."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.urls import (
    NoReverseMatch,
    Resolver404,
    ResolverMatch,
    get_script_prefix,
    resolve,
    reverse,
)

from ..core.ports import Place
from ..decorators import PASSIVE, PUBLIC, is_marked, is_used, view_class
from ..http import negotiation as caller
from .conf import own_login_url, resolved


class DjangoRequest:
    """Answers the engine's questions about a Django request."""

    def __init__(self, request: HttpRequest) -> None:
        self.environ: dict[str, Any] = request.META
        self.native = request

    def read(self, size: int, /) -> bytes:
        if self.environ.get("wsgi.input_terminated") and not self.environ.get("CONTENT_LENGTH"):
            # A chunked body, of which Django reads nothing.
            chunk: bytes = self.environ["wsgi.input"].read(size)
            return chunk
        return self.native.read(size)

    def path(self) -> str:
        return self.native.path_info

    def host(self) -> str:
        try:
            return self.native.get_host()
        except DisallowedHost:
            return ""

    def place(self) -> Place:
        location, host, url = self.native.get_full_path(), self.host(), self._login_url()
        return Place(location, host, url, self._is_login_page(location, host, url))

    def is_static(self) -> bool:
        prefix = settings.STATIC_URL or ""
        return len(prefix) > 1 and prefix[0] == "/" and self.native.path.startswith(prefix)

    def is_public(self) -> bool:
        view = self.view()
        # login_not_required() of Django 5.1. Django REST framework puts the same mark on all
        # its views, because they have their own permissions; its views have the attribute "cls".
        is_open = getattr(view, "login_required", True) is False and not hasattr(view, "cls")
        return is_open or is_marked(view, PUBLIC)

    def is_passive(self) -> bool:
        return is_used(PASSIVE) and is_marked(self.view(), PASSIVE)

    def has_own_credentials(self) -> bool:
        """Return whether this is a view of Django REST framework that never asks the session."""
        found = getattr(getattr(self.view(), "cls", None), "authentication_classes", None)
        framework = sys.modules.get("rest_framework.authentication")
        if found is None or framework is None:
            return False
        return not any(issubclass(each, framework.SessionAuthentication) for each in found)

    def view(self) -> object:
        """Return the view that answers the request, if there is one."""
        match = self._match()
        return match and match.func

    def _match(self) -> ResolverMatch | None:
        return self.native.resolver_match or self._resolve(self.native.path_info)

    def _resolve(self, path: str) -> ResolverMatch | None:
        try:
            return resolve(path, getattr(self.native, "urlconf", None))
        except Resolver404:
            return None

    def is_login_page(self, location: str) -> bool:
        return self._is_login_page(location, self.host(), self._login_url())

    def _is_login_page(self, location: str, host: str, login_url: str) -> bool:
        if caller.is_page_of(login_url, location, host):
            return True
        try:
            parts = urlsplit(location)
        except ValueError:  # for example "http://["
            return False
        if parts.netloc and parts.netloc != host:
            return False
        path = unquote(parts.path)
        match = self._resolve("/" + path.removeprefix(get_script_prefix()))
        return match is not None and _is_login_view(match)

    def _login_url(self) -> str:
        own = own_login_url()
        if own is not None:
            return str(own(self.native) if callable(own) else own)
        return self._admin_login_url() or resolved(settings.LOGIN_URL)

    def _admin_login_url(self) -> str | None:
        """Return the login page of the admin site that the request is for."""
        match = self._match()
        if match is None or "admin" not in match.app_names:
            return None
        try:
            return reverse(f"{match.namespace}:login")
        except NoReverseMatch:
            return None


def _is_login_view(match: ResolverMatch) -> bool:
    from django.contrib.auth.views import LoginView  # needs the app registry

    if match.url_name == "login" and "admin" in match.app_names:
        return True
    found = view_class(match.func)
    return isinstance(found, type) and issubclass(found, LoginView)
