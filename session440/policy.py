"""How long a login may last: durations, the policy, the presets and the one formula."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from .exceptions import ConfigurationError
from .moments import DAY, HOUR, MINUTE, UNITS, spoken

Duration = timedelta | float | int | str

#: The longest duration: five thousand years, in seconds. Python's dates end with the year 9999,
#: and a login's end is shown as a date.
LONGEST = 5000 * 365 * float(DAY)

_UNITS = {name[0]: size for name, size in UNITS}
_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", re.ASCII)


def seconds(name: str, value: Duration) -> float:
    """Return the seconds of a duration: a ``timedelta``, seconds, or text such as ``"20m"``.

    :raises ConfigurationError: it names the option *name*, what was given and what is accepted.
    """
    length = _seconds(value)
    if length is None or not 0 < length <= LONGEST:
        raise ConfigurationError(
            f"{name} is {value!r}; give a positive timedelta, a number of seconds, "
            'or text such as "90s", "20m", "8h" or "1d" (at most 5000 years)'
        )
    return length


def is_zero(value: object) -> bool:
    """Return whether *value* is a duration of zero: ``0``, ``"0s"`` ..."""
    return _seconds(value) == 0


def _seconds(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(min(value, 2 * LONGEST))  # an int may be too large for a float
    match = _TEXT.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None


@dataclass(frozen=True, init=False)
class Policy:
    """The limits of a login: given as durations, kept in seconds. ``None`` turns a limit off.

    :param idle_timeout: longest time between two requests that count as activity
        (NIST SP 800-63B-4 section 5.2, "inactivity timeout").
    :param absolute_timeout: longest time since the login, also for a person who is active
        (NIST SP 800-63B-4 section 5.2, "overall timeout").
    :param warn_before: how long before the end a person is warned; the default is two minutes,
        or half of the shorter timeout if that is less.
    :param renew_interval: the ticket is issued again at most this often, so a login may end
        this much early, but never late; the default is ``min(60, idle_timeout / 20)``.
    :raises ConfigurationError: for values that are not durations or contradict each other.
    """

    idle_timeout: float | None
    absolute_timeout: float | None
    warn_before: float | None
    renew_interval: float | None

    def __init__(
        self,
        idle_timeout: Duration | None = 20 * MINUTE,
        absolute_timeout: Duration | None = 8 * HOUR,
        warn_before: Duration | None = None,
        renew_interval: Duration | None = None,
    ) -> None:
        given = {
            "idle_timeout": idle_timeout,
            "absolute_timeout": absolute_timeout,
            "warn_before": warn_before,
            "renew_interval": renew_interval,
        }
        for name, value in given.items():
            length = None if value is None else seconds(name, value)
            object.__setattr__(self, name, length)  # as the __init__ of a frozen dataclass does
        self._check()

    def _check(self) -> None:
        if self.idle_timeout is None and self.absolute_timeout is None:
            raise ConfigurationError(
                "idle_timeout and absolute_timeout are both None, so no login would ever end; "
                "give at least one of them"
            )
        if self.idle_timeout and self.renewal >= self.idle_timeout:
            raise ConfigurationError(
                f"renew_interval is {spoken(self.renewal)}, not less than idle_timeout "
                f"({spoken(self.idle_timeout)}): an active login would end; "
                "leave it out for a twentieth of idle_timeout"
            )

    @cached_property
    def warning(self) -> float:
        """Seconds before the end at which a person is warned."""
        if self.warn_before is not None:
            return self.warn_before
        return min(120.0, _shortest((self.idle_timeout, self.absolute_timeout)) / 2)

    @cached_property
    def renewal(self) -> float:
        """Seconds that must pass before a ticket is issued again."""
        if self.renew_interval is not None:
            return self.renew_interval
        return min(60.0, (self.idle_timeout or 1200.0) / 20)


def _shortest(lengths: Iterable[float | None]) -> float:
    return min((each for each in lengths if each is not None), default=math.inf)


def strictest(policies: Iterable[Policy]) -> Policy:
    """Return a policy with the shortest of each limit, for tickets whose policy is unknown now."""
    known = list(policies)
    idle = _shortest(each.idle_timeout for each in known)
    absolute = _shortest(each.absolute_timeout for each in known)
    return Policy(
        idle_timeout=None if idle == math.inf else idle,
        absolute_timeout=None if absolute == math.inf else absolute,
        warn_before=min(each.warning for each in known),
        renew_interval=min(each.renewal for each in known),
    )


#: Limits with a name. "None" means that the source sets no such limit.
PRESETS = {
    # NIST SP 800-63B-4 (2025) section 2.1.3: overall SHOULD be no more than 30 days.
    "nist-aal1": Policy(idle_timeout=None, absolute_timeout=30 * DAY),
    # section 2.2.3: overall SHOULD be at most 24 hours, inactivity at most 1 hour.
    "nist-aal2": Policy(idle_timeout=1 * HOUR, absolute_timeout=24 * HOUR),
    # section 2.3.3: overall SHALL be at most 12 hours, inactivity SHOULD be 15 minutes.
    "nist-aal3": Policy(idle_timeout=15 * MINUTE, absolute_timeout=12 * HOUR),
    # PCI DSS v4.0.1 requirement 8.2.8: re-authenticate after more than 15 idle minutes.
    "pci-dss": Policy(idle_timeout=15 * MINUTE, absolute_timeout=None),
    # OWASP Session Management Cheat Sheet, "common ranges": 2-5 min (high value),
    # 15-30 min (low risk); absolute 4-8 hours.
    "owasp-high": Policy(idle_timeout=5 * MINUTE, absolute_timeout=4 * HOUR),
    "owasp-low": Policy(idle_timeout=30 * MINUTE, absolute_timeout=8 * HOUR),
    # DISA ASD STIG V-222389: 15 minutes for users (V-222390: 10 for administrators).
    "disa-stig": Policy(idle_timeout=15 * MINUTE, absolute_timeout=None),
    # The default of <sessionState timeout="20">; ASP.NET has no absolute limit.
    "iis": Policy(idle_timeout=20 * MINUTE, absolute_timeout=None),
}
