"""Durations, the formula and the presets."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from session440 import ConfigurationError, Policy
from session440.core.limits import expiry_of
from session440.policy import PRESETS, seconds, strictest


@pytest.mark.parametrize(
    ("given", "length"),
    [
        (timedelta(minutes=20), 1200),
        (timedelta(days=1, seconds=1), 86401),
        (1200, 1200),
        (0.5, 0.5),
        ("90", 90),
        ("90s", 90),
        ("20m", 1200),
        ("1.5h", 5400),
        (" 1 d ", 86400),
    ],
)
def test_durations_are_read(given, length):
    assert seconds("idle_timeout", given) == length


@pytest.mark.parametrize(
    "given", [0, -1, "", "soon", "20 minutes", "-5m", True, None, math.inf, math.nan, [], "1e9"]
)
def test_bad_durations_name_the_option_and_what_would_do(given):
    with pytest.raises(ConfigurationError, match=r"idle_timeout is .*give .*20m"):
        seconds("idle_timeout", given)


@pytest.mark.parametrize(
    ("policy", "not_after", "deadline", "cause"),
    [
        (Policy(100, 1000), None, 600, "idle"),
        (Policy(600, 1000), None, 1000, "absolute"),
        (Policy(500, 1000), None, 1000, "absolute"),  # both at once: the one that cannot slide
        (Policy(100, 1000), 550, 550, "credential"),
        (Policy(100, 1000), 700, 600, "idle"),
        (Policy(None, 1000), None, 1000, "absolute"),
        (Policy(100, None), None, 600, "idle"),
        (Policy(None, 1000), 10, 10, "credential"),
    ],
)
def test_the_earliest_term_of_the_formula_fires(policy, not_after, deadline, cause):
    """A login issued at 0 and seen at 500."""
    assert expiry_of(policy, 0, 500, not_after) == (deadline, cause)


def test_defaults():
    policy = Policy()
    assert (policy.idle_timeout, policy.absolute_timeout) == (1200, 28800)
    assert (policy.warning, policy.renewal) == (120, 60)


def test_short_policies_renew_and_warn_in_proportion():
    policy = Policy(idle_timeout="60s", absolute_timeout="10m")
    assert (policy.warning, policy.renewal) == (30, 3)


def test_both_timeouts_off_is_an_error():
    with pytest.raises(ConfigurationError, match="both None"):
        Policy(None, None)


def test_renewing_more_rarely_than_idling_out_is_an_error():
    with pytest.raises(
        ConfigurationError, match=r"renew_interval is 1 minute, .* idle_timeout \(1 minute\)"
    ):
        Policy(60, 600, renew_interval=60)


def test_presets_are_what_their_sources_say():
    """best.md section 3: idle and absolute in minutes."""
    assert {name: (p.idle_timeout, p.absolute_timeout) for name, p in PRESETS.items()} == {
        "nist-aal1": (None, 30 * 86400),
        "nist-aal2": (3600, 86400),
        "nist-aal3": (900, 43200),
        "pci-dss": (900, None),
        "owasp-high": (300, 14400),
        "owasp-low": (1800, 28800),
        "disa-stig": (900, None),
        "iis": (1200, None),
    }


def test_strictest_takes_the_least_of_each_limit():
    policy = strictest([PRESETS["nist-aal1"], PRESETS["pci-dss"], PRESETS["owasp-low"]])
    assert (policy.idle_timeout, policy.absolute_timeout) == (900, 28800)


def test_strictest_warns_and_renews_as_the_shortest_does():
    policy = strictest([Policy(60, 600), Policy(1200, 28800)])
    assert (policy.warning, policy.renewal) == (30, 3)
