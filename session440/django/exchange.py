"""A Django request and its answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.middleware.csrf import CSRF_SESSION_KEY, get_token
from django.template import TemplateDoesNotExist, loader
from django.urls import (
    NoReverseMatch,
    Resolver404,
    ResolverMatch,
    get_script_prefix,
    resolve,
    reverse,
)
from django.utils.translation import get_language

from ..core.cookie import Scope
from ..core.ports import Holding
from ..core.ticket import Ticket
from ..decorators import PASSIVE, PUBLIC, is_marked, is_used, view_class
from ..http import negotiation as caller
from .conf import cookie_scope, own_login_url, resolved

BINDING_KEY = "_session440"
TEMPLATE = "session440/440.html"
CSRF_MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"
#: Marks a request that a middleware before ours logged out: its session is empty, not lost.
LOGGED_OUT = "_session440_logged_out"


class _Copy(dict[str, Any]):
    """A session's content, which Django may think to flush."""

    def flush(self) -> None:
        """Change nothing."""

    cycle_key = flush


class DjangoExchange:
    """A Django request and its answer."""

    def __init__(self, request: HttpRequest) -> None:
        self.environ: dict[str, Any] = request.META
        self.native = request

    # Where it goes

    def path(self) -> str:
        return self.native.path_info

    def location(self) -> str:
        return self.native.get_full_path()

    def host(self) -> str:
        try:
            return self.native.get_host()
        except DisallowedHost:
            return ""

    def is_static(self) -> bool:
        prefix = settings.STATIC_URL or ""
        return len(prefix) > 1 and prefix[0] == "/" and self.native.path.startswith(prefix)

    def is_public(self) -> bool:
        view = self._view()
        # login_not_required() of Django 5.1. Django REST framework puts the same mark on all
        # its views, because they have permissions of their own; "cls" is how it names them.
        is_open = getattr(view, "login_required", True) is False and not hasattr(view, "cls")
        return is_open or is_marked(view, PUBLIC)

    def is_passive(self) -> bool:
        return is_used(PASSIVE) and is_marked(self._view(), PASSIVE)

    def _view(self) -> object:
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
        if caller.is_page_of(self.login_url(), location, self.host()):
            return True
        parts = urlsplit(location)
        if parts.netloc and parts.netloc != self.host():
            return False
        path = unquote(parts.path)
        match = self._resolve("/" + path.removeprefix(get_script_prefix()))
        return match is not None and _is_login_view(match)

    def login_url(self) -> str:
        own = own_login_url()
        if own is not None:
            return str(own(self.native) if callable(own) else own)
        return self._admin_login_url() or resolved(settings.LOGIN_URL)

    def _admin_login_url(self) -> str | None:
        """Give the login page of the admin site that the request is for."""
        match = self._match()
        if match is None or "admin" not in match.app_names:
            return None
        try:
            return reverse(f"{match.namespace}:login")
        except NoReverseMatch:
            return None

    # The session

    def session_carried(self) -> bool:
        return settings.SESSION_COOKIE_NAME in self.native.COOKIES

    def read_session(self, tickets: tuple[Ticket, ...]) -> Holding:
        session = self.native.session
        accessed = session.accessed
        subject = session.get(SESSION_KEY)
        holding = Holding(
            None if subject is None else str(subject),
            session.get(BINDING_KEY),
            empty=not (session.keys() or hasattr(self.native, LOGGED_OUT)),
        )
        session.accessed = accessed
        return holding

    def session_changed(self) -> bool:
        return bool(self.native.session.modified)

    def is_voided(self) -> bool:
        """Whether Django found the password changed, or the user gone or deactivated."""
        # What AuthenticationMiddleware found, if anybody asked. A login in this request, or
        # a framework that authenticates in its own way, replaces request.user alone.
        found = getattr(self.native, "_cached_user", None)
        found = found or getattr(self.native, "_acached_user", None)
        return not (found is None or found.is_authenticated or self.native.user.is_authenticated)

    def refuses_user(self) -> bool:
        """Whether the password was changed, or the user is gone or deactivated."""
        if self.native.session.get(SESSION_KEY) is None:
            return False
        # On a copy: of a session whose password was changed get_user() leaves nothing.
        copy = _Copy(self.native.session.items())
        return not auth.get_user(SimpleNamespace(session=copy)).is_authenticated  # type: ignore[arg-type]

    def bind(self, binding: list[Any] | None) -> None:
        if binding is None:
            self.native.session.pop(BINDING_KEY, None)
        else:
            self.native.session[BINDING_KEY] = binding

    def clear_session(self, keep_csrf: bool) -> None:
        session = self.native.session
        token = session.get(CSRF_SESSION_KEY) if keep_csrf else None
        if session.get(SESSION_KEY) is not None:
            auth.logout(self.native)
        elif session.keys():
            session.flush()
        self._forget_user()
        if token is not None:
            session[CSRF_SESSION_KEY] = token

    def hide_session(self) -> None:
        from django.contrib.auth.models import AnonymousUser  # needs the app registry

        setattr(self.native.session, "_session_cache", {})  # noqa: B010  # not "modified"
        self.native.user = AnonymousUser()
        self._forget_user()

    def _forget_user(self) -> None:
        """Have request.auser() look again: a middleware before ours may have asked it."""
        for name in ("_cached_user", "_acached_user"):
            self.native.__dict__.pop(name, None)

    # The answer

    def cookie_scope(self) -> Scope:
        session = self.native.session
        if not hasattr(session, "_session_cache"):  # not loaded, and not to be for this
            by_browser = settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
            age = settings.SESSION_COOKIE_AGE
        else:
            accessed = session.accessed
            by_browser = session.get_expire_at_browser_close()
            age = session.get_expiry_age()
            session.accessed = accessed
        return cookie_scope()._replace(max_age=None if by_browser else int(age))

    def language(self) -> str | None:
        return get_language() if settings.USE_I18N else None

    def csrf_token(self) -> tuple[str, str] | None:
        if CSRF_MIDDLEWARE not in settings.MIDDLEWARE:
            return None
        return "csrfmiddlewaretoken", get_token(self.native)

    def own_page(self, login_timeout: dict[str, Any]) -> str | None:
        try:
            template = loader.get_template(TEMPLATE)
        except TemplateDoesNotExist:
            return None
        return template.render({"login_timeout": login_timeout}, self.native)


def _is_login_view(match: ResolverMatch) -> bool:
    from django.contrib.auth.views import LoginView  # needs the app registry

    if match.url_name == "login" and "admin" in match.app_names:
        return True
    found = view_class(match.func)
    return isinstance(found, type) and issubclass(found, LoginView)
