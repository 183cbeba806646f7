"""Every option by its name in WSGI, ASGI and Flask, described with its unit, default and source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypedDict

from ..core.credential import Credential, Moment
from ..events import Listener
from ..oidc import Client
from ..policy import Duration, Policy
from ..stores import TicketStore

Key = str | bytes
#: A list of keys or patterns. Not any iterable: a text is also an iterable, of its characters.
Keys = list[str] | list[bytes] | list[Key] | tuple[Key, ...]
Patterns = list[str] | tuple[str, ...] | set[str] | frozenset[str]
#: Called at login with the framework's request and the subject; returns a policy's name.
PolicyChoice = Callable[[Any, str], str | None]
#: A URL, or a function that takes the framework's request and returns one.
LoginURL = str | Callable[[Any], str]
Clock = Callable[[], float]
#: Called at login with the framework's request and the subject.
CredentialOf = Callable[[Any, str], Credential | Moment | None]
#: Called with the framework's request and the subject.
ValidFrom = Callable[[Any, str], datetime | None]


class _Options(TypedDict, total=False):
    """All options except the secret key, which only the WSGI and ASGI wrappers require."""

    secret_key_fallbacks: Keys
    """Former secret keys: tickets that they signed are still accepted.

    Default: the framework's own ``SECRET_KEY_FALLBACKS``; in WSGI and ASGI none.
    """

    policy: Policy | str
    """How long logins last, unless another option says so: a ``Policy``, the name of one in
    ``policies``, or of a preset with the limits of a standard: ``"nist-aal1"``,
    ``"nist-aal2"``, ``"nist-aal3"`` (NIST SP 800-63B-4), ``"pci-dss"`` (PCI DSS v4.0.1, 8.2.8),
    ``"owasp-high"``, ``"owasp-low"`` (OWASP Session Management Cheat Sheet), ``"disa-stig"``
    (V-222389), ``"iis"`` (ASP.NET's default).

    Default: ``Policy()``, 20 minutes idle and 8 hours in all.
    """

    idle_timeout: Duration | None
    """Longest time between two requests that count as activity; ``None``: no limit.

    Seconds, a ``timedelta``, or text such as ``"20m"``. Default: the policy's, 20 minutes.
    OWASP's common ranges are 2 to 5 minutes if much is at stake and 15 to 30 if little is;
    NIST SP 800-63B-4, section 2.2.3 (AAL2): at most an hour; section 2.3.3 (AAL3): 15 minutes.
    """

    absolute_timeout: Duration | None
    """Longest time since the login, whatever the activity; ``None``: no limit.

    Seconds, a ``timedelta``, or text such as ``"8h"``. Default: the policy's, 8 hours.
    OWASP's common range is 4 to 8 hours; NIST SP 800-63B-4, section 2.2.3 (AAL2): at most 24
    hours; section 2.3.3 (AAL3): at most 12.
    """

    warn_before: Duration | None
    """How long before the end a person is warned.

    Seconds, a ``timedelta``, or text. Default, also for ``None``: 2 minutes, or half of the
    shorter timeout if that is less. WCAG 2.2, 2.2.1: people need 20 seconds to answer.
    """

    renew_interval: Duration | None
    """How much time passes before a ticket in use is issued again: a login may end this much
    early, but never late.

    Seconds, a ``timedelta``, or text. Default, also for ``None``: a twentieth of the idle
    timeout, at most 60 seconds.
    """

    policies: Mapping[str, Policy | str]
    """More policies, or names of presets, by their names; ``"remember"`` applies to logins with
    Flask-Login's ``remember=True``.

    Default: none. ``"default"`` is the name of the one that ``policy`` gives.
    """

    choose_policy: PolicyChoice | None
    """``(request, subject)`` -> a policy's name, or ``None`` for the default; asked at login.

    A plain function. Default: none.
    """

    credential: CredentialOf | None
    """``(request, subject)`` -> when the credential behind a login ends: an aware datetime, UTC
    epoch seconds, a ``session440.Credential``, or ``None``; asked at each login that does not say
    so itself.

    A plain function. Default: none.
    """

    oidc: Mapping[str, Client | str]
    """Identity providers that may end a login themselves, by their issuers: for each a
    ``session440.oidc.Client``, or only the client id by which the provider knows this site. They
    send their logout tokens to ``backchannel-logout`` under ``endpoint``.

    Default: none. It needs a store, and joserfc (``session440[oidc]``). (OpenID Connect
    Back-Channel Logout 1.0.)
    """

    valid_from: date | str | ValidFrom | None
    """Logins that were issued before this moment are over, and end as ``revoked``: for everybody
    (an aware ``datetime``, a ``date`` or text such as ``"2027-01-31"``, in UTC), or for one person
    (a plain function ``(request, subject)`` -> an aware ``datetime`` or ``None``).

    The function is asked once for each request of somebody who is logged in, so it should look at
    what is read anyway, such as the app's user. Default: none. (OWASP ASVS 5.0, 7.4.1.)
    """

    recent: Mapping[str, Duration]
    """Path patterns, such as ``"/account/*"``, and how recent a login must be for them.

    Default: none. It is like ``@recent("10m")``. (OWASP ASVS 5.0, 7.5.1.)
    """

    step_up_url: LoginURL | None
    """Where a person logs in again for a page that wants a recent login: a path, a URL, or a plain
    function that takes the request. This page must ask those who are logged in, too.

    Default, also for ``None``: ``login_url``. As that, it may be a name in Flask and Django.
    """

    login_url: LoginURL
    """Where people log in: a path, a URL, or a plain function that takes the request.

    Default: ``"/login"``; in Flask, Flask-Login's ``login_view``; in Django ``LOGIN_URL``, and
    the admin's own login page for its pages. In Django it may be the name of a URL pattern.
    """

    next_param: str
    """The parameter of the login page that says where to go afterwards. Default: ``"next"``."""

    trusted_origins: Sequence[str]
    """Other origins whose pages may extend and end a login, such as ``"https://app.example.org"``
    or ``"https://*.example.org"``: for proxies that change ``Host``.

    Default: none; in Django ``CSRF_TRUSTED_ORIGINS``.
    """

    enforcement: Literal["strict", "challenge", "report"]
    """What happens to a login that has ended.

    ``"strict"`` (default): it is answered 440, before any of the app runs. ``"challenge"``: safe
    requests run as for a visitor, and only a refusal becomes the 440. ``"report"``: nothing
    ends, and the log says what would have.
    """

    status: Literal[440, 401]
    """The status of that answer. Default: 440; 401 is for gateways that refuse 440."""

    public: Patterns
    """Paths that are open to anyone, as patterns such as ``"/docs/*"``. Default: none."""

    passive: Patterns
    """Paths whose requests do not count as activity, as patterns such as ``"/poll/*"``.

    Default: none.
    """

    activity: Literal["requests", "people"]
    """Which requests count as activity, and keep a person logged in.

    ``"requests"`` (default): all that a person may have made, and that are not passive.
    ``"people"``: pages that are opened and forms that are sent, but no calls by scripts
    (``Sec-Fetch-Mode`` other than ``navigate``, ``X-Requested-With``); whoever types or clicks
    stays logged in by the pings of client.js, so it is for sites that have its tag on their pages.
    """

    endpoint: str | None
    """The path under which status, extend and client.js are; ``None``: they are switched off.

    Default: ``"/session440"``.
    """

    page_cache: Literal["no-store"] | None
    """``"no-store"``: browsers keep no HTML page of somebody who is logged in, so that the Back
    button shows none after the end. A page that says itself how it may be kept is left alone.

    Default: ``None``; with the presets ``"owasp-high"`` and ``"nist-aal3"`` ``"no-store"``.
    (OWASP ASVS 5.0, 14.3.2.)
    """

    clear_site_data: Sequence[Literal["storage", "cache"]]
    """What a browser is told to clear when a person logs out, and with a 440 that they see
    (``Clear-Site-Data``). Browsers take some seconds for ``"cache"``.

    Default: nothing. (OWASP ASVS 5.0, 14.3.1.)
    """

    label: Callable[[Any], str] | None
    """``(request)`` -> how a login is called in the list of its person's logins, such as the name
    of the browser; at most 64 characters are kept. Asked at login. It needs a store.

    A plain function. Default: none.
    """

    cookie_name: str | None
    """The ticket cookie's name. With the prefix ``__Host-`` or ``__Secure-`` the cookie must
    keep the rules of the prefix (RFC 6265bis, section 4.1.3).

    Default, also for ``None``: the session cookie's name + ``440``; in WSGI and
    ASGI ``"login440"``.
    """

    evidence: Duration
    """How long a person whose login has ended is told apart from one who never logged in.

    Seconds, a ``timedelta``, or text. Default: 1 day.
    """

    adopt: bool | date | str
    """Whether a session that is logged in, but that session440 has never seen, begins a login
    now; or the day until which it does (UTC; a ``date``, text such as ``"2027-01-31"``, or an
    aware ``datetime``).

    Default: ``True``; with ``watch_cookie`` ``False``.
    """

    store: TicketStore | str | None
    """Memory of logins that all servers share, or its URL, such as ``"redis://host:6379/0"``.

    Default: none. In Django ``"django:"`` is the project's own database.
    """

    store_failure: Literal["degrade", "refuse"]
    """What happens while the store is out: ``"degrade"`` (default) relies on the signed ticket,
    ``"refuse"`` answers 503 to each request that carries a login.
    """

    revalidate_interval: Duration
    """For how long the store's answer is believed: a revocation may take this much longer.

    Seconds, a ``timedelta``, or text. Default: 0. It needs a store.
    """

    max_logins: int | None
    """How many logins a person may have; the newest displaces the oldest.

    Default: ``None``, any number. It needs a store. (OWASP ASVS 5.0, 7.1.2.)
    """

    store_debts: int
    """How many ended logins a process keeps for a store that is out, about 1 kB each. With one
    more the oldest is given up, and the event ``store_debt_lost`` reports it.

    Default: 10,000. It needs a store.
    """

    node: str
    """This server's name; tickets carry a keyed hash of it. Default: the host's name."""

    clock: Clock
    """A function that returns the time, in UTC epoch seconds. Default: ``time.time``."""

    drain_limit: int
    """How much of an unread request body is read before a 440, in bytes. Default: 1 MiB.

    Behind a proxy an unread body turns the answer into a 502.
    """

    on_event: Listener
    """A plain function that is called with each event. Default: ``session440.events.log``."""


class Options(_Options, total=False):
    """Every option; none is required."""

    secret_key: Key
    """The key that signs tickets: a long random text, or bytes (32 random bytes are enough).

    Default: the framework's own.
    """


class WSGIOptions(_Options):
    """Every option; ``secret_key`` is required, because WSGI has no key of its own."""

    secret_key: Key
    """The key that signs tickets: a long random text, or bytes (32 random bytes are enough)."""


class ASGIOptions(WSGIOptions):
    """Every option; ``secret_key`` is required, because ASGI has no key of its own.

    The "request" that is given to a function of the site's is the connection's scope, of which
    Starlette makes a request by ``HTTPConnection(scope)``.
    """
