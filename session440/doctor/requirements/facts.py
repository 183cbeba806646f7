"""What a site's settings say, as a requirement asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ...engine import Engine
from ...moments import spoken
from ...policy import Policy
from ...settings import Settings
from ...stores import MemoryStore
from .. import pages
from ..site import Site
from .requirement import code


@dataclass(frozen=True)
class Facts:
    """A site, and the settings that are in force there."""

    site: Site
    engine: Engine

    @property
    def settings(self) -> Settings:
        """The options' values."""
        return self.engine.settings

    def option(self, name: str) -> str:
        """Return the name of an option as this framework has it, as code."""
        return code(self.site.option(name))

    @property
    def asks_again(self) -> bool:
        """Whether a page may want a recent login, by the settings."""
        return bool(self.settings.recent) or self.settings.step_up_url is not None

    @property
    def enforces(self) -> bool:
        """Whether logins end at all."""
        return not self.engine.reports_only

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """Every policy of a login, by its name."""
        return {name: self.engine.policy(name) for name in self.engine.limits.names}

    def lengths(self, timeout: str) -> str:
        """Return a timeout of every policy, in words."""
        lengths = {name: spoken(getattr(each, timeout)) for name, each in self.policies.items()}
        if len(set(lengths.values())) == 1:
            return lengths["default"]
        return ", ".join(f"{length} by the policy {code(n)}" for n, length in lengths.items())

    def without(self, timeout: str) -> list[str]:
        """Return the names of the policies that have no such timeout."""
        return [name for name, each in self.policies.items() if getattr(each, timeout) is None]

    def ended(self, cause: str) -> str:
        """Return what an ended login is answered."""
        return f"answered {self.settings.status} with {code(f'Session440-Cause: {cause}')}"

    # Where logins are kept

    @property
    def has_store(self) -> bool:
        """Whether there is a store that all processes share."""
        return self.engine.store is not None and not self.is_in_memory

    @property
    def is_in_memory(self) -> bool:
        """Whether the store is the memory of one process."""
        return isinstance(self.engine.store, MemoryStore)

    @property
    def has_own_session(self) -> bool:
        """Whether the framework keeps its sessions on the server."""
        return self.site.session is not None and not self.site.session.on_client

    @property
    def can_adopt(self) -> bool:
        """Whether a session from before session440 begins a login, however late it is sent."""
        has_session = self.site.session is not None or self.site.follows_another
        return has_session and self.settings.adopt is True

    @property
    def is_django(self) -> bool:
        """Whether Django says who is logged in."""
        return self.site.adapter == "Django"

    @property
    def again(self) -> str | None:
        """What to check of a login again, if the app only names its person in its session."""
        if not self.site.names_person:
            return None
        return (
            "the view that logs in is sent a POST at the login page, or calls `session.clear()` "
            "first, or `current_visit.login(...)`: for somebody who is logged in already, to set "
            "the same name once more is a login only then"
        )

    @property
    def soon(self) -> str:
        """When a revocation holds."""
        slack = self.engine.limits.slack
        return f"within {spoken(slack)}" if slack else "at the next request"

    @property
    def outage(self) -> str:
        """What a revocation does while the store is out."""
        if self.settings.store_failure == "refuse":
            return "while the store is out, requests with a login are answered 503"
        return f"it waits while the store is out ({self.option('store_failure')})"

    def one_process(self, what: str) -> str:
        """Return what to check where the store is the memory of one process."""
        return (
            "one process serves all of it, and is never replaced: its store is that process's "
            f"memory, and no other process knows {what}"
        )

    @property
    def reads_dates(self) -> bool:
        """Whether the app says from when on the logins of a person count."""
        return callable(self.settings.valid_from)

    # What is offered to people

    def endpoint(self, name: str) -> str | None:
        """Return an endpoint as code, such as "POST logout"; ``None`` if all are switched off."""
        method, _, last = name.rpartition(" ")
        endpoint = self.settings.endpoint
        return None if endpoint is None else code(f"{method} {endpoint}/{last}".strip())

    @cached_property
    def has_tag(self) -> bool:
        """Whether a template or script in the site's folders has the tag of client.js."""
        return self.settings.endpoint is not None and pages.has_tag(self.site)

    # Cookies

    @property
    def cookie_names(self) -> list[str]:
        """The names of the cookies that a login has."""
        session = self.site.session
        return [*([session.cookie_name] if session else []), self.engine.cookie_name]

    @property
    def cookies(self) -> str:
        """The names of the cookies that a login has, as code."""
        return " and ".join(map(code, self.cookie_names))

    @property
    def token(self) -> str:
        """The cookie that says who is logged in, as code."""
        return code(self.cookie_names[0])

    @property
    def secure_option(self) -> str:
        """The option that makes the cookies Secure, as code."""
        return code("SESSION_COOKIE_SECURE" if self.site.session else "cookie_secure=")
