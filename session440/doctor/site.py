"""A site as an adapter knows it, for the doctor to examine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.cookie import Scope
from ..engine import Engine
from .finding import Finding


class Session(NamedTuple):
    """The framework's own session.

    :param cookie_name: of its cookie.
    :param lifetime: seconds for which it lasts; ``None``: for ever.
    :param lifetime_option: the framework's option that says so.
    :param slides: whether each request begins its lifetime anew.
    :param scope: of its cookie.
    :param httponly: whether scripts cannot read its cookie.
    :param memory: what it is kept in, where that is the memory of one process.
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


class Page(NamedTuple):
    """A URL of the site, as its URL configuration writes it."""

    path: str
    is_passive: bool


class Workers(NamedTuple):
    """How many processes serve the site, and who says so."""

    number: int
    source: str


@dataclass(frozen=True)
class Site:
    """What an adapter knows of the set-up.

    :param adapter: ``"WSGI"``, ``"Flask"`` or ``"Django"``.
    :param option: writes an option's name as this framework's settings have it.
    :param engine: ``None`` where there is none to examine; ``faults`` say why.
    :param faults: what the adapter itself found wrong.
    :param scope: of the ticket's cookie.
    :param session: ``None`` where the ticket is all there is.
    :param is_https: whether people use it by https.
    :param follows_another: whether the login is that of a session of which nothing is known.
    :param key_option: where the secret key is set.
    :param remember: seconds for which a remember cookie lets people in without a password,
        where there are such cookies; ``remember_option`` sets them.
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
    pages: tuple[Page, ...] = ()
    remember: float | None = None
    remember_option: str = ""
    workers: Workers | None = None
