"""The options by theme: what servers share, and what this one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

from ..events import Listener
from ..oidc import Client
from ..policy import Duration
from ..stores import TicketStore
from .types import Clock


class Stores(TypedDict, total=False):
    """Logins on all servers."""

    store: TicketStore | str | None
    """Memory of logins that all servers share, or its URL, such as ``"redis://host:6379/0"``.

    Default: none. In Django ``"django:"`` is the project's own database.

    Example: ``store="redis://localhost:6379/0"``.
    """

    store_failure: Literal["degrade", "refuse"]
    """What happens while the store is out: ``"degrade"`` (default) relies on the signed ticket,
    ``"refuse"`` answers 503 to each request that carries a login.

    Example: ``store_failure="refuse"``.
    """

    revalidate_interval: Duration
    """How long a process relies on the store's last answer: a revocation may take this much longer.

    Seconds, a ``timedelta``, or text. Default: 0. It needs a store.

    Example: ``revalidate_interval=5``.
    """

    max_logins: int | None
    """How many logins a person may have; the newest displaces the oldest.

    A number of logins. Default: ``None``, any number. It needs a store. (OWASP ASVS 5.0, 7.1.2.)

    Example: ``max_logins=3``.
    """

    store_debts: int
    """How many ended logins a process keeps for a store that is out, about 1 kB each. With one
    more the oldest is dropped, and the event ``store_debt_lost`` reports it.

    A number of logins. Default: 10,000. It needs a store.

    Example: ``store_debts=50_000``.
    """

    label: Callable[[Any], str] | None
    """A function of ``(request)`` that returns the name of a login in the list of its person's
    logins, such as the name of the browser; at most 64 characters are kept. Called at login.

    Default: none. It needs a store.

    Example: ``label=lambda request: "Firefox on Linux"``.
    """

    oidc: Mapping[str, Client | str]
    """Identity providers that may end a login themselves, by their issuers: for each a
    ``session440.oidc.Client``, or only the client id by which the provider knows this site. They
    send their logout tokens to ``backchannel-logout`` under ``endpoint``.

    Default: none. It needs a store, and joserfc (``session440[oidc]``). (OpenID Connect
    Back-Channel Logout 1.0.)

    Example: ``oidc={"https://id.example.org": "the client id"}``.
    """


class Surroundings(TypedDict, total=False):
    """This server."""

    node: str
    """This server's name; tickets carry a keyed hash of it. Default: the host's name.

    Example: ``node="web-1"``.
    """

    clock: Clock
    """A function that returns the time, in UTC epoch seconds. Default: ``time.time``.

    Example: ``clock=time.time``.
    """

    on_event: Listener
    """A plain function that is called with each event. Default: ``session440.events.log``.

    Example: ``on_event=print``.
    """
