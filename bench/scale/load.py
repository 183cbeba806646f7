"""How much a site is used, and how it is set up. All times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from session440.core.ticket import SKEW
from session440.stores.recent import REMEMBERED


@dataclass(frozen=True)
class Load:
    """People who log in, make requests with pauses in between, and leave.

    :param logins: how many begin in a second; their beginnings are a Poisson process.
    :param requests: how many each makes after its login, on average. After each of them it is
        equally likely to be the last, so that their number is geometric.
    :param gap: the mean time between two requests of a person who is busy.
    :param pause: the mean time between two requests of a person who pauses.
    :param pauses: the share of pauses. Gaps and pauses are exponential, so that a person's
        requests are a Poisson process with interruptions.
    :param logouts: the share of logins whose last request is a logout.
    :param returns: the share of logins whose person comes back too late, and is answered 440.
    :param processes: how many processes serve the site.
    :param spread: over how many of them the requests of one login are spread: 1 if the load
        balancer sends each login to one process, the processes of a server if it sends each
        login to one server, and all of them if it is not sticky.
    """

    logins: float = 1.0
    requests: float = 40.0
    gap: float = 5.0
    pause: float = 120.0
    pauses: float = 0.2
    logouts: float = 0.3
    returns: float = 0.3
    processes: int = 1
    spread: int = 1

    @property
    def mean_gap(self) -> float:
        """Mean time between two requests of a login."""
        return (1 - self.pauses) * self.gap + self.pauses * self.pause

    @property
    def requests_a_second(self) -> float:
        """Of the whole site: logins, the requests after them, and those that come too late."""
        return self.logins * (1 + self.requests + self.returns)

    def alive(self, idle_timeout: float) -> float:
        """Return how many logins there are at a time, also those that wait to time out."""
        waits = (1 - self.logouts) * idle_timeout
        return self.logins * (self.requests * self.mean_gap + waits)


@dataclass(frozen=True)
class Setup:
    """The options that decide what the store is asked, and what it keeps.

    :param remembered: for how many logins a process remembers that the store knew them.
    """

    revalidate_interval: float = 0.0
    renew_interval: float = 60.0
    idle_timeout: float = 1200.0
    absolute_timeout: float = 28_800.0
    evidence: float = 86_400.0
    remembered: int = REMEMBERED

    @property
    def kept(self) -> float:
        """For how long a record is kept after its login began, however early that ended."""
        return self.absolute_timeout + self.revalidate_interval + self.evidence + SKEW
