"""What each standard asks for, clause by clause, and whether a policy meets it.

The presets of :mod:`session440.policy` are made from these clauses. They do not say who must
follow a standard, or what else it asks of sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from ..exceptions import ConfigurationError
from ..moments import DAY, HOUR, MINUTE
from ..policy import Policy

#: How much a clause demands. ``SHALL``: the standard requires it, with this word; ``SHOULD``: it
#: recommends it; ``common range``: a guide names it as common; ``default``: nothing.
Force = Literal["SHALL", "SHOULD", "common range", "default"]
Kind = Literal["idle", "absolute"]


class Clause(NamedTuple):
    """One thing that a standard asks of a login.

    :param number: of the section, requirement or rule.
    :param text: what the clause asks, in our own words.
    :param limit: how many seconds the timeout of that *kind* may be; ``None``: there must be
        one, of any length.
    :param source: where to read it.
    :param applies_to: the people it applies to; empty: everybody.
    """

    standard: str
    number: str
    text: str
    force: Force
    kind: Kind
    limit: float | None
    source: str
    applies_to: str = ""

    def length(self, policy: Policy) -> float | None:
        """Return the timeout that the clause is about, in seconds; ``None`` if it is off."""
        return policy.idle_timeout if self.kind == "idle" else policy.absolute_timeout

    def is_met_by(self, policy: Policy) -> bool:
        """Return whether a login under *policy* ends in time.

        Renewals need no allowance: because of them a login may end early, but never late.
        """
        length = self.length(policy)
        return length is not None and (self.limit is None or length <= self.limit)

    @property
    def binds(self) -> bool:
        """Return whether the clause demands something, and from everybody."""
        return self.force != "default" and not self.applies_to

    def __str__(self) -> str:
        return f"{self.standard}, {self.number} ({self.force}): {self.text}"


_NIST = "NIST SP 800-63B-4"
_NIST_URL = "https://pages.nist.gov/800-63-4/sp800-63b/aal/"
_DEFINITE = "a login ends after a definite time, whatever the activity"
_PCI_URL = (
    "https://www.pcisecuritystandards.org/faq/articles/Frequently_Asked_Question/"
    "what-is-the-purpose-of-pci-dss-requirement-8-2-8-which-requires-users-to-reauthenticate-"
    "after-15-minutes-of-idle-time"
)
_OWASP = "OWASP Session Management Cheat Sheet"
_OWASP_URL = (
    "https://cheatsheetseries.owasp.org/cheatsheets/Session_Management_Cheat_Sheet.html"
    "#session-expiration"
)
_STIG = "DISA ASD STIG V6R4"
_STIG_URL = "https://stigui.neal.codes/stigs/Application_Security_Development_STIG/groups/"
_IIS_URL = (
    "https://learn.microsoft.com/en-us/dotnet/api/"
    "system.web.configuration.sessionstatesection.timeout"
)
ASVS_URL: Final = "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x16-V7-Session-Management.md"


def _nist(number: str, text: str, force: Force, kind: Kind, limit: float | None) -> Clause:
    return Clause(_NIST, number, text, force, kind, limit, _NIST_URL)


def _owasp(text: str, kind: Kind, limit: float) -> Clause:
    heading = "Session Expiration"
    return Clause(_OWASP, heading, text, "common range", kind, limit, _OWASP_URL)


def _stig(rule: str, text: str, limit: float, applies_to: str = "") -> Clause:
    return Clause(_STIG, rule, text, "SHALL", "idle", limit, _STIG_URL + rule, applies_to)


def _asvs(number: str, text: str, kind: Kind) -> Clause:
    return Clause("OWASP ASVS 5.0", number, text, "SHALL", kind, None, ASVS_URL)


_OFFICE_DAY = _owasp(
    "a login that is used during a whole office day ends after 4 to 8 hours", "absolute", 8 * HOUR
)

#: The clauses of each preset, by its name.
CLAUSES: Final[dict[str, tuple[Clause, ...]]] = {
    # AAL1 says only that an idle timeout MAY be applied, so there is nothing to compare.
    "nist-aal1": (
        _nist("2.1.3", _DEFINITE, "SHALL", "absolute", None),
        _nist("2.1.3", "that time is at most 30 days", "SHOULD", "absolute", 30 * DAY),
    ),
    "nist-aal2": (
        _nist("2.2.3", _DEFINITE, "SHALL", "absolute", None),
        _nist("2.2.3", "that time is at most 24 hours", "SHOULD", "absolute", 24 * HOUR),
        _nist("2.2.3", "a login that is idle for 1 hour ends", "SHOULD", "idle", 1 * HOUR),
    ),
    "nist-aal3": (
        _nist(
            "2.3.3",
            "a login ends after at most 12 hours, whatever the activity",
            "SHALL",
            "absolute",
            12 * HOUR,
        ),
        _nist("2.3.3", "a login that is idle for 15 minutes ends", "SHOULD", "idle", 15 * MINUTE),
    ),
    "pci-dss": (
        Clause(
            "PCI DSS v4.0.1",
            "8.2.8",
            "a user who has been idle for more than 15 minutes logs in again",
            "SHALL",
            "idle",
            15 * MINUTE,
            _PCI_URL,
        ),
    ),
    "owasp-high": (
        _owasp("if much is at stake, an idle login ends after 2 to 5 minutes", "idle", 5 * MINUTE),
        _OFFICE_DAY,
    ),
    "owasp-low": (
        _owasp(
            "if little is at stake, an idle login ends after 15 to 30 minutes", "idle", 30 * MINUTE
        ),
        _OFFICE_DAY,
    ),
    "disa-stig": (
        _stig("V-222389", "a user's login that is idle for 15 minutes ends", 15 * MINUTE),
        _stig(
            "V-222390",
            "an administrator's login that is idle for 10 minutes ends",
            10 * MINUTE,
            "administrators",
        ),
    ),
    "iis": (
        Clause(
            "ASP.NET",
            '<sessionState timeout="20">',
            "a session that is idle for 20 minutes ends, unless the site says otherwise",
            "default",
            "idle",
            20 * MINUTE,
            _IIS_URL,
        ),
    ),
}

#: What ASVS asks of every policy from level 2 on: both timeouts. The site must document their
#: lengths (7.1.1).
ASVS: Final = (
    _asvs("7.3.1", "a login ends after some time without activity", "idle"),
    _asvs("7.3.2", _DEFINITE, "absolute"),
)


def clauses_of(preset: str) -> tuple[Clause, ...]:
    """Return the clauses that a preset is made from.

    :raises ConfigurationError: if there is no such preset.
    """
    if preset not in CLAUSES:
        known = ", ".join(CLAUSES)
        raise ConfigurationError(f"no preset is called {preset!r}; the presets are {known}")
    return CLAUSES[preset]


def breaches(policy: Policy, preset: str) -> list[Clause]:
    """Return the clauses of *preset* that *policy* breaks: its timeout is too long, or missing.

    Clauses that demand nothing (``default``) or do not apply to everybody are left out.

    :raises ConfigurationError: if there is no such preset.
    """
    return [each for each in clauses_of(preset) if each.binds and not each.is_met_by(policy)]


def satisfied(policy: Policy, preset: str) -> list[Clause]:
    """Return the clauses of *preset* that *policy* satisfies.

    :raises ConfigurationError: if there is no such preset.
    """
    return [each for each in clauses_of(preset) if each.is_met_by(policy)]


SATISFIED: Final = "satisfied"
BROKEN: Final = "broken"


class Held(NamedTuple):
    """A site's policy, compared with a clause.

    :param name: the site's name for the policy.
    :param enforced: whether logins really end; in report mode they do not.
    """

    name: str
    policy: Policy
    clause: Clause
    enforced: bool = True

    @property
    def verdict(self) -> str:
        """Return in one or a few words whether the policy satisfies the clause."""
        if self.enforced and self.clause.is_met_by(self.policy):
            return SATISFIED
        if self.clause.binds:
            return BROKEN
        applies_to = self.clause.applies_to
        return f"not for {applies_to}" if applies_to else "longer"

    @property
    def fails(self) -> bool:
        """Return whether the policy breaks what the standard requires, not only recommends."""
        return self.verdict == BROKEN and self.clause.force == "SHALL"


def hold(
    policies: Mapping[str, Policy], clauses: Iterable[Clause], enforced: bool = True
) -> list[Held]:
    """Return each of a site's policies compared with each of the *clauses*."""
    each_of_them = [*clauses]
    return [
        Held(name, policy, clause, enforced)
        for name, policy in policies.items()
        for clause in each_of_them
    ]
