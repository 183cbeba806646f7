"""What a store keeps beside the record of a login, for sites that use it."""

from __future__ import annotations

from ..core.external import External
from ..core.ticket import Ticket
from ..greenlets import call_foreign
from ..registry.labels import keep_label
from ..registry.logins import Logins
from .exchange import Exchange


def keep_beside(exchange: Exchange, logins: Logins, ticket: Ticket) -> None:
    """Keep the login's label, and link it to the identity provider's session.

    :raises StoreError: if the store is out; then the login counts as not recorded yet, and all of
        this is done again with its next request.
    """
    settings = exchange.engine.settings
    if settings.label is not None:
        label = call_foreign(settings.label, exchange.request.native)
        keep_label(logins, ticket, label, exchange.now)
    external = External.parse(ticket.external) if settings.oidc and ticket.external else None
    if external is not None:
        _link(exchange, logins, ticket, external)


def _link(exchange: Exchange, logins: Logins, ticket: Ticket, external: External) -> None:
    from ..oidc.logout import REASON, remember  # only for who uses the option

    until = logins.notes_until(ticket)
    if remember(ticket, external, logins, until, exchange.now):  # a logout has overtaken it
        logins.revoke(ticket.id, exchange.now, REASON)
