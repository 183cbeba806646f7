"""Asserts that an answer is a 440, whatever library has received it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from ..cause import Cause
from ..exceptions import LOGIN_TIMEOUT, PHRASE

CAUSE = "Session440-Cause"


class Response(Protocol):
    """An answer, as the test clients of the frameworks, httpx and requests return it."""

    @property
    def status_code(self) -> int:
        """The status."""

    @property
    def headers(self) -> Any:
        """The headers: a mapping that does not care about upper and lower case."""


def assert_login_timeout(response: Response, cause: Cause | str | None = None) -> None:
    """Assert that a login has ended: the answer is ``440 Login Timeout``.

    It is the 401 of the option ``status`` also.

    :param response: of the test client of Flask, Werkzeug, Django or Starlette, or of httpx or
        requests.
    :param cause: why it must have ended, such as ``"idle"``; ``None``: any cause.
    :raises AssertionError: if it is another answer or another cause. The message says which.
    :raises ValueError: if there is no such cause.
    """
    wanted = None if cause is None else Cause(cause)
    headers = response.headers
    if not _is_login_timeout(response.status_code, headers):
        raise AssertionError(
            f"the answer is {_told(response.status_code, headers)}, not {LOGIN_TIMEOUT} {PHRASE}"
        )
    told = headers.get(CAUSE)
    if wanted and told != wanted:
        raise AssertionError(f"the login ended as {told!r}, not as {str(wanted)!r}{_hint(told)}")


def _is_login_timeout(status: int, headers: Mapping[str, str]) -> bool:
    # The option ``status`` makes a 401 of it. Of all answers of 401 only this one has a cause.
    is_another = status == HTTPStatus.UNAUTHORIZED and headers.get(CAUSE) is not None
    return status == LOGIN_TIMEOUT or is_another


def _told(status: int, headers: Mapping[str, str]) -> str:
    """Return an answer as text: its status, and where it leads."""
    known = status in {each.value for each in HTTPStatus}
    text = f"{status} {HTTPStatus(status).phrase}" if known else str(status)
    location = headers.get("Location")
    return f"{text} to {location!r}" if location else text


def _hint(told: str | None) -> str:
    if told != Cause.LOST:
        return ""
    return (
        "; its ticket was never sent: after force_login() make one request before you travel, "
        "so that the client has it"
    )
