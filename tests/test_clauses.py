"""What each standard asks for, and which policies do it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from calling import Call
from clock import START

from session440 import ConfigurationError, Policy
from session440.doctor.clauses import (
    ASVS,
    CLAUSES,
    breaches,
    clauses_of,
    hold,
    satisfied,
)
from session440.policy import PRESETS
from session440.wsgi import Session440Middleware

MINUTE, HOUR, DAY = 60, 3600, 86400

#: Each clause, as its source has it: number, force, timeout, longest.
FACTS = {
    "nist-aal1": [
        ("2.1.3", "SHALL", "absolute", None),
        ("2.1.3", "SHOULD", "absolute", 30 * DAY),
    ],
    "nist-aal2": [
        ("2.2.3", "SHALL", "absolute", None),
        ("2.2.3", "SHOULD", "absolute", 24 * HOUR),
        ("2.2.3", "SHOULD", "idle", HOUR),
    ],
    "nist-aal3": [
        ("2.3.3", "SHALL", "absolute", 12 * HOUR),
        ("2.3.3", "SHOULD", "idle", 15 * MINUTE),
    ],
    "pci-dss": [("8.2.8", "SHALL", "idle", 15 * MINUTE)],
    "owasp-high": [
        ("Session Expiration", "common range", "idle", 5 * MINUTE),
        ("Session Expiration", "common range", "absolute", 8 * HOUR),
    ],
    "owasp-low": [
        ("Session Expiration", "common range", "idle", 30 * MINUTE),
        ("Session Expiration", "common range", "absolute", 8 * HOUR),
    ],
    "disa-stig": [
        ("V-222389", "SHALL", "idle", 15 * MINUTE),
        ("V-222390", "SHALL", "idle", 10 * MINUTE),
    ],
    "iis": [('<sessionState timeout="20">', "default", "idle", 20 * MINUTE)],
}
EVERY = [(preset, clause) for preset, clauses in CLAUSES.items() for clause in clauses]
BINDING = [(preset, clause) for preset, clause in EVERY if clause.binds]


def with_timeout(kind, length):
    """A policy whose other timeout is as short as any standard wants."""
    short = {"idle_timeout": 120, "absolute_timeout": 240, "renew_interval": 1}
    return Policy(**{**short, f"{kind}_timeout": length})


def test_the_clauses_are_what_their_sources_say():
    assert {
        name: [(each.number, each.force, each.kind, each.limit) for each in clauses]
        for name, clauses in CLAUSES.items()
    } == FACTS


def test_every_preset_has_clauses_and_keeps_them():
    assert CLAUSES.keys() == PRESETS.keys()
    for name, policy in PRESETS.items():
        assert breaches(policy, name) == [], name
        assert satisfied(policy, name), name


def test_every_clause_says_where_to_read_it():
    for clause in (*[clause for _, clause in EVERY], *ASVS):
        assert urlsplit(clause.source).scheme == "https"
        assert clause.text


@pytest.mark.parametrize(("preset", "clause"), BINDING)
def test_a_clause_is_broken_by_a_timeout_that_is_longer_or_missing(preset, clause):
    longest = clause.limit or 365 * DAY
    assert clause in satisfied(with_timeout(clause.kind, longest), preset)
    assert clause not in breaches(with_timeout(clause.kind, longest), preset)
    if clause.limit is not None:
        assert clause in breaches(with_timeout(clause.kind, longest + 1), preset)
        assert clause not in satisfied(with_timeout(clause.kind, longest + 1), preset)
    assert clause in breaches(with_timeout(clause.kind, None), preset)


def test_a_standard_that_sets_no_such_limit_is_not_broken_by_having_none():
    assert breaches(Policy(None, 30 * DAY), "nist-aal1") == []
    assert breaches(Policy(15 * MINUTE, None), "pci-dss") == []


def test_a_recommendation_is_broken_without_the_requirement():
    """NIST at AAL2: there SHALL be an overall timeout, which SHOULD be at most 24 hours."""
    broken = breaches(Policy(HOUR, 25 * HOUR), "nist-aal2")
    assert [each.force for each in broken] == ["SHOULD"]
    assert [each.force for each in breaches(Policy(HOUR, None), "nist-aal2")] == ["SHALL", "SHOULD"]


def test_what_is_for_administrators_is_no_breach_of_everybodys_policy():
    users, administrators = clauses_of("disa-stig")
    assert breaches(Policy(15 * MINUTE, None), "disa-stig") == []
    assert satisfied(Policy(15 * MINUTE, None), "disa-stig") == [users]
    assert satisfied(Policy(10 * MINUTE, None), "disa-stig") == [users, administrators]
    verdicts = [
        each.verdict for each in hold({"p": Policy(15 * MINUTE, None)}, CLAUSES["disa-stig"])
    ]
    assert verdicts == ["satisfied", "not for administrators"]


def test_a_default_is_no_demand():
    assert breaches(Policy(HOUR, None), "iis") == []
    assert satisfied(Policy(HOUR, None), "iis") == []
    (held,) = hold({"p": Policy(HOUR, None)}, CLAUSES["iis"])
    assert (held.verdict, held.fails) == ("longer", False)


def test_only_what_is_required_fails():
    held = hold({"p": Policy(2 * HOUR, None)}, CLAUSES["nist-aal2"])
    assert [(each.clause.force, each.verdict, each.fails) for each in held] == [
        ("SHALL", "broken", True),
        ("SHOULD", "broken", False),
        ("SHOULD", "broken", False),
    ]


def test_every_policy_is_held_against_every_clause():
    policies = {"default": PRESETS["pci-dss"], "remember": PRESETS["nist-aal1"]}
    held = hold(policies, iter(ASVS))
    assert [(each.name, each.clause.number, each.verdict) for each in held] == [
        ("default", "7.3.1", "satisfied"),
        ("default", "7.3.2", "broken"),
        ("remember", "7.3.1", "broken"),
        ("remember", "7.3.2", "satisfied"),
    ]


def test_where_nothing_ends_nothing_is_satisfied():
    for name, policy in PRESETS.items():
        held = hold({"p": policy}, CLAUSES[name], enforced=False)
        assert "satisfied" not in [each.verdict for each in held], name


def test_a_preset_that_is_none_is_named_with_those_that_are():
    for function in (breaches, satisfied):
        with pytest.raises(ConfigurationError, match=r"'pci'; the presets are nist-aal1, .*iis"):
            function(Policy(), "pci")


def test_a_clause_tells_all_that_a_finding_needs():
    (clause,) = CLAUSES["pci-dss"]
    assert str(clause) == (
        "PCI DSS v4.0.1, 8.2.8 (SHALL): "
        "a user who has been idle for more than 15 minutes logs in again"
    )


@pytest.mark.parametrize("used_for", [0, 1, 44, 45, 46, 100, 899])
def test_a_strict_limit_holds_whatever_the_renewals(clock, used_for):
    """A login ends early by less than a renewal, and never late: no clause needs an allowance."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/login":
            environ["session440"].login("alice")
        start_response("200 OK", [])
        return [b""]

    app = Session440Middleware(app, secret_key="long and random", policy="pci-dss", clock=clock)
    cookies = Call(app, "/login").cookies()
    clock.advance(used_for)
    cookies |= Call(app, cookies=cookies).cookies()
    clock.now = START + used_for + 900 - PRESETS["pci-dss"].renewal
    assert Call(app, "/session440/status", cookies).status == "200 OK"
    assert b"active" in Call(app, "/session440/status", cookies).body()
    clock.now = START + used_for + 900
    assert Call(app, cookies=cookies).status == "440 Login Timeout"


def test_presets_have_no_longer_limits_than_their_clauses():
    for name, policy in PRESETS.items():
        for clause in CLAUSES[name]:
            if clause.limit is not None and not clause.applies_to:
                assert clause.length(policy) <= clause.limit
    assert CLAUSES["owasp-high"][1].limit > PRESETS["owasp-high"].absolute_timeout, (
        "the preset takes the short end of a range that belongs to no kind of site"
    )


def test_policies_that_override_a_preset_are_named_by_the_clause_they_break():
    policy = replace(PRESETS["nist-aal3"], absolute_timeout=13 * HOUR)
    (broken,) = breaches(policy, "nist-aal3")
    assert (broken.number, broken.force, broken.kind) == ("2.3.3", "SHALL", "absolute")
