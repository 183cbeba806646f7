"""The options by theme: how long logins last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from ..policy import Duration, Policy
from .types import CredentialOf, PolicyChoice, ValidFrom


class Lifetimes(TypedDict, total=False):
    """How long logins last."""

    policy: Policy | str
    """How long logins last, unless another option says so: a ``Policy``, the name of one in
    ``policies``, or of a preset with the limits of a standard: ``"nist-aal1"``,
    ``"nist-aal2"``, ``"nist-aal3"`` (NIST SP 800-63B-4), ``"pci-dss"`` (PCI DSS v4.0.1, 8.2.8),
    ``"owasp-high"``, ``"owasp-low"`` (OWASP Session Management Cheat Sheet), ``"disa-stig"``
    (V-222389), ``"iis"`` (ASP.NET's default).

    Default: ``Policy()``, 20 minutes idle and 8 hours in all.

    Example: ``policy="nist-aal2"``.
    """

    idle_timeout: Duration | None
    """Longest time between two requests that count as activity; ``None``: no limit.

    Seconds, a ``timedelta``, or text such as ``"20m"``. Default: the policy's, 20 minutes.
    OWASP's common ranges are 2 to 5 minutes if much is at stake and 15 to 30 if little is;
    NIST SP 800-63B-4, section 2.2.3 (AAL2): at most an hour; section 2.3.3 (AAL3): 15 minutes.

    Example: ``idle_timeout="20m"``.
    """

    absolute_timeout: Duration | None
    """Longest time since the login, also for a person who is active; ``None``: no limit.

    Seconds, a ``timedelta``, or text such as ``"8h"``. Default: the policy's, 8 hours.
    OWASP's common range is 4 to 8 hours; NIST SP 800-63B-4, section 2.2.3 (AAL2): at most 24
    hours; section 2.3.3 (AAL3): at most 12.

    Example: ``absolute_timeout="8h"``.
    """

    warn_before: Duration | None
    """How long before the end a person is warned.

    Seconds, a ``timedelta``, or text. Default, also for ``None``: 2 minutes, or half of the
    shorter timeout if that is less. WCAG 2.2, 2.2.1: people need 20 seconds to answer.

    Example: ``warn_before="3m"``.
    """

    renew_interval: Duration | None
    """How much time passes before a ticket in use is issued again: a login may end this much
    early, but never late.

    Seconds, a ``timedelta``, or text. Default, also for ``None``: a twentieth of the idle
    timeout, at most 60 seconds.

    Example: ``renew_interval=30``.
    """

    policies: Mapping[str, Policy | str]
    """More policies, or names of presets, by their names; ``"remember"`` applies to logins with
    Flask-Login's ``remember=True``.

    Default: none. ``"default"`` is the name of the one that ``policy`` gives.

    Example: ``policies={"remember": Policy(idle_timeout=None, absolute_timeout="14d")}``.
    """

    choose_policy: PolicyChoice | None
    """A function of ``(request, subject)`` that returns the name of a policy, or ``None`` for the
    default; asked at login.

    Default: none.

    Example: ``choose_policy=lambda request, subject: "remember"``.
    """

    credential: CredentialOf | None
    """A function of ``(request, subject)`` that returns when the credential behind a login ends: an
    aware ``datetime``, UTC epoch seconds, a ``session440.Credential``, or ``None``; asked at each
    login that does not say so itself.

    Default: none.

    Example: ``credential=lambda request, subject: time.time() + 3600``.
    """

    valid_from: date | str | ValidFrom | None
    """Logins that were issued before this moment are over, and end as ``revoked``: for everybody
    (an aware ``datetime``, a ``date`` or text such as ``"2027-01-31"``, in UTC), or for one person
    (a function of ``(request, subject)`` that returns an aware ``datetime`` or ``None``).

    The function is called once for each request of somebody who is logged in, so it should only
    use data that is read anyway, such as the app's user. Default: none. (OWASP ASVS 5.0, 7.4.1.)

    Example: ``valid_from="2026-01-31"``.
    """
