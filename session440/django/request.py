"""A Django request."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
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
from django.utils.translation import get_language_from_path, override

from ..core.ports import Place
from ..decorators import PASSIVE, PUBLIC, is_marked, is_used
from ..http import negotiation as caller
from ..http.login_paths import LOGIN_NAMES, is_named_login, warn_of_login_url
from .conf import get_engine, own_login_url, static_prefix
from .login_pages import is_login_view, is_logout_view, is_served, project_login_url


class DjangoRequest:
    """Answers the engine's questions about a Django request."""

    knows_logouts = True
    knows_files = True

    def __init__(self, request: HttpRequest) -> None:
        self.environ: dict[str, Any] = request.META
        # By which Django calls the view: a middleware may have taken it from a header or a field.
        self.method: str = request.method or ""
        self.path_info: str = request.META.get("PATH_INFO", "")
        self.cookies: str | None = request.META.get("HTTP_COOKIE")
        self.native = request

    def read(self, size: int, /) -> bytes:
        if self.environ.get("wsgi.input_terminated") and not self.environ.get("CONTENT_LENGTH"):
            # A chunked body, of which Django reads nothing.
            chunk: bytes = self.environ["wsgi.input"].read(size)
            return chunk
        return self.native.read(size)

    def path(self) -> str:
        return self.native.path_info

    def other_paths(self) -> tuple[str, ...]:
        """Return the path without its language, if ``i18n_patterns`` has put that there."""
        urlconf = getattr(self.native, "urlconf", None) or settings.ROOT_URLCONF
        is_used, _ = is_language_prefix_patterns_used(urlconf)
        if not is_used or get_language_from_path(self.path()) is None:
            return ()
        return ("/" + "/".join(self.path().split("/")[2:]),)

    def host(self) -> str:
        try:
            return self.native.get_host()
        except DisallowedHost:
            return ""

    def place(self) -> Place:
        return self._place

    @cached_property
    def _place(self) -> Place:
        location, host, url = self.native.get_full_path(), self.host(), self._login_url()
        is_known = self._is_known_login(location, host, url)
        is_named = caller.is_on(location, host) and is_named_login(location)
        return Place(location, host, url, is_known or is_named, not is_known)

    def is_static(self) -> bool:
        prefix = static_prefix()
        return prefix != "" and self.native.path.startswith(prefix)

    def is_public(self, by_framework: bool = True) -> bool:
        view = self.view()
        if not by_framework:
            return is_marked(view, PUBLIC, self.method)
        # login_not_required() of Django 5.1. Django REST framework puts the same mark on all
        # its views, because they have their own permissions; its views have the attribute "cls".
        is_open = getattr(view, "login_required", True) is False and not hasattr(view, "cls")
        return is_open or is_marked(view, PUBLIC, self.method)

    def is_passive(self) -> bool:
        return is_used(PASSIVE) and is_marked(self.view(), PASSIVE, self.method)

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
        host = self.host()
        is_named = caller.is_on(location, host) and is_named_login(location)
        return is_named or self._is_known_login(location, host, self._login_url())

    def _is_known_login(self, location: str, host: str, login_url: str) -> bool:
        if caller.is_page_of(login_url, location, host):
            return True
        if not caller.is_on(location, host):
            return False
        match = self._page_at(_within(urlsplit(location).path))
        return match is not None and _is_login_page(match)

    def is_logout(self, location: str) -> bool:
        match = self._page_at(_within(location))
        return match is not None and is_logout_view(match.func)

    def is_secure(self) -> bool:
        return self.native.is_secure()

    def trusted_origins(self) -> tuple[str, ...]:
        ours = get_engine().settings.trusted_origins
        return (*ours, *settings.CSRF_TRUSTED_ORIGINS)

    def _login_url(self) -> str:
        own = own_login_url()
        if own is not None:
            return str(own(self.native) if callable(own) else own)
        return self._admin_login_url() or self._project_login_url()

    def _project_login_url(self) -> str:
        url = project_login_url(getattr(self.native, "urlconf", None))
        if not is_served(url):
            warn_of_login_url("the project", url)
        return url

    def _page_match(self) -> ResolverMatch | None:
        """Return what serves the page on which the person is."""
        path = self._page()
        return self._match() if path == self.native.path_info else self._page_at(path)

    def _page(self) -> str:
        """Return the path of the page on which the person is; a script of its may ask."""
        prefix = get_engine().endpoint_prefix
        if prefix is None or not self.native.path_info.startswith(prefix):
            return self.native.path_info
        return _within(caller.path_on(self.host(), self.environ.get("HTTP_REFERER", "")) or "")

    def _page_at(self, path: str) -> ResolverMatch | None:
        """Return what serves another path of this site."""
        with _language_of(path):
            return self._resolve(path)

    def _admin_login_url(self) -> str | None:
        """Return the login page of the admin site that the request is for."""
        match = self._page_match()
        if match is None or "admin" not in match.app_names:
            return None
        try:
            with _language_of(self._page()):
                return reverse(f"{match.namespace}:login")
        except NoReverseMatch:
            return None


def _is_login_page(match: ResolverMatch) -> bool:
    return match.url_name in LOGIN_NAMES or is_login_view(match.func)


def _within(location: str) -> str:
    """Return the path of a location of this site, without what it is mounted at."""
    return "/" + unquote(location.partition("?")[0]).removeprefix(get_script_prefix())


def _language_of(path: str) -> AbstractContextManager[None]:
    """Let URLs be those of the language that a path begins with (``i18n_patterns``), if any."""
    language = get_language_from_path(path)
    return override(language) if language else nullcontext()
