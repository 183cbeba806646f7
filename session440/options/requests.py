"""The options by theme: what requests are answered, and which count as activity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from ..policy import Duration
from .types import LoginURL, Patterns


class Ends(TypedDict, total=False):
    """What happens when a login has ended."""

    enforcement: Literal["strict", "challenge", "report"]
    """What happens to a login that has ended.

    ``"strict"`` (default): it is answered 440, before the app runs. ``"challenge"``: safe
    requests run as for a visitor, and only a refusal becomes the 440. ``"report"``: nothing
    ends, and the log says what would have ended.

    Example: ``enforcement="report"``.
    """

    status: Literal[440, 401]
    """The status of the answer to a login that has ended.

    Default: 440; 401 is for gateways that refuse 440.

    Example: ``status=401``.
    """

    login_url: LoginURL
    """Where people log in: a path, a URL, or a plain function that takes the request.

    Default: ``"/login"``; in Flask, Flask-Login's ``login_view``; in Django ``LOGIN_URL``, and
    the admin's own login page for its pages. In Django it may be the name of a URL pattern.

    Example: ``login_url="/accounts/login"``.
    """

    next_param: str
    """The parameter of the login page that says where to go afterwards. Default: ``"next"``.

    Example: ``next_param="continue"``.
    """

    public: Patterns
    """Paths that are open to anyone, as patterns such as ``"/docs/*"``. Default: none.

    Example: ``public=["/", "/docs/*"]``.
    """

    evidence: Duration
    """How long after the end of a login its person is still told about it; later they count as a
    visitor.

    Seconds, a ``timedelta``, or text. Default: 1 day.

    Example: ``evidence="7d"``.
    """

    drain_limit: int
    """How much of an unread request body is read before a 440.

    A number of bytes. Default: 1 MiB. Behind a proxy an unread body turns the answer into a 502.

    Example: ``drain_limit=4 * 1024 * 1024``.
    """


class Activity(TypedDict, total=False):
    """What counts as activity."""

    activity: Literal["requests", "people"]
    """Which requests count as activity, and keep a person logged in.

    ``"requests"`` (default): all that a person may have made, and that are not passive.
    ``"people"``: pages that are opened and forms that are sent, but no calls by scripts
    (``Sec-Fetch-Mode`` other than ``navigate``, ``X-Requested-With``). The pings of client.js
    keep people logged in who type or click, so put its tag on your pages.

    Example: ``activity="people"``.
    """

    passive: Patterns
    """Paths whose requests do not count as activity, as patterns such as ``"/poll/*"``.

    Default: none.

    Example: ``passive=["/poll/*"]``.
    """


class Proofs(TypedDict, total=False):
    """Pages that want a recent login."""

    recent: Mapping[str, Duration]
    """Path patterns, such as ``"/account/*"``, and how recent a login must be for them.

    Seconds, a ``timedelta``, or text for each. Default: none. It is like
    ``@recent("10m")``. (OWASP ASVS 5.0, 7.5.1.)

    Example: ``recent={"/account/*": "10m"}``.
    """

    step_up_url: LoginURL | None
    """Where a person logs in again for a page that wants a recent login: a path, a URL, or a plain
    function that takes the request. This page must also ask people who are logged in.

    Default, also for ``None``: ``login_url``. Like that, it may be a name in Flask and Django.

    Example: ``step_up_url="/prove-it"``.
    """
