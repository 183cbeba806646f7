"""The ticket's cookie where no framework has a session cookie, by the options that describe it."""

from __future__ import annotations

from typing import NamedTuple

from .. import checks
from ..core.cookie import Scope, check_prefix
from ..core.ports import Session
from ..engine import Engine
from ..options import WSGIOptions
from ..settings import Settings
from .session import TicketSession

#: Its name, unless the site chooses another.
NAME = "login440"
#: The options that a middleware takes beside those of the settings.
OWN = ("watch_cookie", "cookie_secure", "cookie_domain")


class Cookies(NamedTuple):
    """What the two options say of the ticket's cookie.

    :param secure: whether it is ``Secure``; ``None``: when the request is https.
    """

    secure: bool | None
    domain: str | None

    def check(self, watched: str | None) -> None:
        """Check the options.

        :param watched: the option ``watch_cookie``.
        :raises ConfigurationError: for a value that cannot be used.
        """
        checks.optional(checks.cookie_name)("watch_cookie", watched)
        checks.optional(checks.truth)("cookie_secure", self.secure)
        checks.optional(checks.domain)("cookie_domain", self.domain)

    @property
    def scopes(self) -> dict[str, Scope]:
        """The scope of the cookie, by the scheme of the request."""
        scope = Scope("/", self.domain, bool(self.secure), "Lax")
        return {"http": scope, "https": scope._replace(secure=self.secure is not False)}

    def sessions(self) -> dict[str, Session]:
        """Return the session of every request, by its scheme, where the ticket is the login."""
        return {scheme: TicketSession(scope) for scheme, scope in self.scopes.items()}

    def engine(
        self,
        options: WSGIOptions,
        watched: str | None,
        name: str = NAME,
        own: tuple[str, ...] = OWN,
    ) -> Engine:
        """Return the engine of an app of no framework.

        :param watched: the option ``watch_cookie``.
        :param name: of the ticket's cookie, if the options give none.
        :param own: the options of the middleware itself.
        :raises ConfigurationError: for an option that cannot be used.
        """
        self.check(watched)
        if watched is not None:
            options.setdefault("adopt", False)
        scope = self.scopes["http"]
        place = "" if watched else scope.place_as_text  # the watched cookie has its own
        engine = Engine(Settings.load(options, own), name, place)
        if watched is not None:
            checks.unused_cookie(engine.cookie_name, {watched: "watch_cookie"})
        check_prefix(engine.cookie_name, scope)
        return engine
