"""A login that is judged only when the page looks into the session.

Reading a session costs a query; a page that never looks does not need it, and uses nobody's
authority. A page that does look, by whatever road, finds what a judged login has left there. If
the login turns out to be over on a page that is guarded, the look raises
:class:`~session440.LoginTimeout`, and the answer is the 440, whatever becomes of the exception.
"""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied

from ..cause import Cause
from ..core.enforcement import Answer
from ..decorators import PUBLIC, is_used
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..exchange.tickets import by_tickets
from ..http import endpoints
from ..http.negotiation import is_overridden
from ..http.step_up import path_wants
from ..http.targets import SAFE_METHODS, is_public, is_untouched
from ..processing.request import judge
from .conf import saves_every_request


class LateTimeout(LoginTimeout, PermissionDenied):
    """The login that a running view has looked for is over.

    Where no view runs, as in another middleware, Django makes no error of a ``PermissionDenied``;
    the 440 then takes the place of its answer.
    """


def is_put_off(exchange: Exchange) -> bool:
    """Leave the session unread until somebody looks, if the ticket by itself is live.

    Return whether that is so.
    """
    if not _may_wait(exchange):
        return False
    state = by_tickets(exchange)
    return state is not None and exchange.judge_later(state, partial(_judge, exchange))


def _may_wait(exchange: Exchange) -> bool:
    """Return whether there is a session, and the page may be begun without it."""
    if exchange.engine.shared is not None:  # ask it before the view and its transaction
        return False
    if endpoints.is_asked(exchange) or is_untouched(exchange):
        return False
    if exchange.engine.settings.recent and path_wants(exchange) is not None:
        return False
    if not exchange.session.is_carried():  # there is nothing to be read
        return False
    if exchange.request.method in SAFE_METHODS and not is_overridden(exchange.request.environ):
        return True
    return _is_public(exchange)


def _is_public(exchange: Exchange) -> bool:
    may_be_public = exchange.engine.settings.public_paths or is_used(PUBLIC)
    return bool(may_be_public) and is_public(exchange)


def _judge(exchange: Exchange, is_asked: bool) -> None:
    """Judge the login.

    :param is_asked: by the view, which is running.
    :raises LateTimeout: if it is, and the login is over, and the page is guarded.
    """
    if exchange.is_sent:  # nobody can be told any more: this look is shown nobody, the next told
        judge(exchange, passes=True)
    elif judge(exchange) is Answer.LOGIN_TIMEOUT and is_asked:
        ended = exchange.provisional.ended
        raise LateTimeout((ended and ended.cause) or Cause.CREDENTIAL)


def is_concerned(session: object, vary: str | None) -> bool:
    """Return whether a page that did not look is about somebody all the same.

    Its session is going to be saved; or it says that it depends on the cookies, as one does that
    comes out of a cache.

    :param vary: the response's ``Vary``.
    """
    if saves_every_request() or getattr(session, "modified", False):
        return True
    return vary is not None and ("cookie" in vary.lower() or "*" in vary)
