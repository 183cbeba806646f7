"""The response to one Flask request: an answer of ours, or the app's and what is added to it."""

from __future__ import annotations

from flask import Response, current_app

from ..cause import Cause
from ..exceptions import LoginTimeout
from ..exchange import Exchange
from ..http.reply import Reply
from ..processing import process_response, settle

#: Where an answer of ours keeps its own Content-Security-Policy.
POLICY = "_session440_policy"


def response_of(answer: Reply) -> Response:
    """Return an answer of ours as a response of the app's class."""
    response = current_app.response_class(answer.body, answer.status_line)
    response.headers.clear()
    response.headers.extend(answer.headers)
    response.__dict__[POLICY] = response.headers.get("Content-Security-Policy")
    return response


def keep_policy(response: Response) -> None:
    """Give an answer of ours its own policy, in place of which an extension may have put its."""
    policy = response.__dict__.get(POLICY)
    if policy is not None:
        response.headers["Content-Security-Policy"] = policy


def login_timeout(exchange: Exchange) -> LoginTimeout:
    """Return the exception for the app's error handlers, as if a view had raised it."""
    ended = exchange.provisional.ended
    return LoginTimeout((ended and ended.cause) or Cause.CREDENTIAL)


def completed(exchange: Exchange, response: Response) -> Response:
    """Return the response as it goes out: the app's, or the 440 in its place."""
    if settle(exchange, response.status_code, _location(response)):
        response = _handled(login_timeout(exchange))
    _amend(exchange, response)
    return response


def _handled(exception: LoginTimeout) -> Response:
    """Return the answer as if a view had raised *exception*: the app's error handlers go first."""
    try:
        raise exception
    except LoginTimeout as raised:
        return current_app.make_response(current_app.handle_user_exception(raised))


def _location(response: Response) -> str | None:
    # Only of a redirect: Werkzeug makes an exception of each header that is not there.
    is_redirect = 300 <= response.status_code < 400
    return response.headers.get("Location") if is_redirect else None


def _amend(exchange: Exchange, response: Response) -> None:
    cookies, headers = process_response(exchange, response.status_code, response.headers.get)
    for name, value in headers:
        response.headers[name] = value
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie.header())
