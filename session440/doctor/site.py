"""A site as its adapter describes it to the doctor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ..core.cookie import Scope
from ..engine import Engine
from ..policy import Policy
from .finding import Finding


class Session(NamedTuple):
    """The framework's own session.

    :param cookie_name: the name of its cookie.
    :param lifetime: how many seconds it lasts; ``None``: for ever.
    :param lifetime_option: the framework's option that sets it.
    :param slides: whether each request starts its lifetime again.
    :param scope: the scope of its cookie.
    :param httponly: whether scripts cannot read its cookie.
    :param memory: what it is kept in, if that is the memory of one process.
    :param on_client: whether all of it is in its cookie.
    """

    cookie_name: str
    lifetime: float | None
    lifetime_option: str
    slides: bool
    scope: Scope
    httponly: bool
    memory: str | None = None
    on_client: bool = False


class Workers(NamedTuple):
    """How many processes serve the site, and what says so."""

    number: int
    source: str


@dataclass(frozen=True)
class Site:
    """What an adapter knows about the set-up.

    :param adapter: ``"WSGI"``, ``"ASGI"``, ``"Flask"`` or ``"Django"``.
    :param option: returns an option's name as this framework's settings have it.
    :param engine: ``None`` if there is none to examine; then ``faults`` say why.
    :param faults: what the adapter itself has found wrong.
    :param scope: the scope of the ticket's cookie.
    :param session: ``None`` if there is only the ticket.
    :param is_https: whether people use the site over https.
    :param follows_another: whether logins follow another session, about which nothing is known.
    :param key_option: the option that sets the secret key.
    :param notes: what is right as far as is known, and what a person may want to see.
    :param remember: for how many seconds a remember cookie lets people in without a password,
        if there are such cookies; ``remember_option`` sets it.
    :param refuses_disabled: whether the framework lets nobody in whose account was disabled.
    :param recycled: what says that workers are replaced by new ones after a while.
    :param folders: where its templates and scripts are.
    :param libraries: with which people log in at an identity provider, as far as it shows.
    :param names_person: whether the app says who is logged in by a key of its session alone.
    """

    adapter: str
    option: Callable[[str], str]
    engine: Engine | None = None
    faults: tuple[Finding, ...] = ()
    scope: Scope = field(default_factory=Scope)
    session: Session | None = None
    is_https: bool = False
    follows_another: bool = False
    key_option: str = "secret_key"
    remember: float | None = None
    remember_option: str = ""
    refuses_disabled: bool = False
    workers: Workers | None = None
    recycled: str | None = None
    notes: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    libraries: tuple[str, ...] = ()
    names_person: bool = False

    @property
    def policies(self) -> list[Policy]:
        """What a login may last: by each policy, or by the default one if there is no engine."""
        if self.engine is None:
            return [Policy()]
        return [self.engine.policy(name) for name in self.engine.limits.names]
