"""Finds timeouts that contradict each other, the framework's session, or people's needs."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from ..engine import Engine
from ..moments import DAY, spoken
from ..policy import PRESETS, Policy
from .clauses import breaches
from .finding import Finding
from .site import Session, Site

#: For how many seconds people may use a site without a pause, if it has no absolute timeout.
LONGEST_USE = DAY
#: WCAG 2.2, success criterion 2.2.1: a person has at least 20 seconds to answer a warning.
#: https://www.w3.org/WAI/WCAG22/Understanding/timing-adjustable.html
TIME_TO_ANSWER = 20


def examine(site: Site) -> Iterator[Finding]:
    """Yield where policies contradict themselves, the session, a standard, or people's needs."""
    engine = _engine(site)
    for name in engine.limits.names:
        policy = engine.policy(name)
        label = "" if name == "default" else f" of the policy {name!r}"
        yield from _contradictions(site, policy, label)
        yield from _warnings(site, policy, label)
    yield from _lifetime(site)
    yield from _remembering(site)
    yield from _standard(site)
    yield from _reporting(site)


def _engine(site: Site) -> Engine:
    if site.engine is None:
        raise ValueError("there is no engine to examine")
    return site.engine


def _contradictions(site: Site, policy: Policy, label: str) -> Iterator[Finding]:
    idle, absolute = policy.idle_timeout, policy.absolute_timeout
    if idle is not None and absolute is not None and idle >= absolute:
        yield Finding(
            "session440.W012",
            f"idle_timeout{label} is {spoken(idle)}, not less than absolute_timeout, "
            f"which is {spoken(absolute)}",
            "the idle timeout never ends a login: the absolute one always comes first",
            f"make {site.option('idle_timeout')} less than {spoken(absolute)}, or None",
        )


def _warnings(site: Site, policy: Policy, label: str) -> Iterator[Finding]:
    shortest = min(_or_inf(policy.idle_timeout), _or_inf(policy.absolute_timeout))
    if policy.warning < TIME_TO_ANSWER:
        yield Finding(
            "session440.W013",
            f"people are warned {spoken(policy.warning)} before a login{label} ends",
            f"WCAG 2.2 (2.2.1) asks for {spoken(TIME_TO_ANSWER)} to answer: slow people are logged "
            "out while they read the warning",
            f"make {site.option('warn_before')} at least {spoken(TIME_TO_ANSWER)}, and timeouts "
            f"at least {spoken(2 * TIME_TO_ANSWER)}",
        )
    if policy.warning >= shortest:
        yield Finding(
            "session440.W014",
            f"warn_before{label} is {spoken(policy.warning)}, not less than the shortest timeout, "
            f"which is {spoken(shortest)}",
            "people are warned from the moment they log in, and learn to ignore it",
            f"make {site.option('warn_before')} less than {spoken(shortest)}",
        )


def _or_inf(length: float | None) -> float:
    return inf if length is None else length


def _lifetime(site: Site) -> Iterator[Finding]:
    """Yield a finding if the framework's session ends before the longest timeouts."""
    session = site.session
    if session is None or session.lifetime is None:
        return
    policies = site.policies
    idle = max((each.idle_timeout or 0 for each in policies), default=0)
    # A session that slides needs to last only as long as people may be idle.
    concerned = [each for each in policies if each.idle_timeout is None or not session.slides]
    absolute = max((each.absolute_timeout or LONGEST_USE for each in concerned), default=0)
    if session.lifetime < idle:
        yield _too_short("session440.E010", site, session, "idle_timeout", idle)
    elif session.lifetime < absolute:
        yield _too_short("session440.W011", site, session, "absolute_timeout", absolute)


def _too_short(id: str, site: Site, session: Session, timeout: str, length: float) -> Finding:
    lasts = spoken(session.lifetime)
    since = "the last request" if session.slides else "it was last written"
    return Finding(
        id,
        f"{session.lifetime_option} is {lasts}, but by {site.option(timeout)} a login may last "
        f"{spoken(length)}",
        f"the framework's session ends {lasts} after {since}, before session440 would end the "
        "login: people are logged out early, and their login counts as lost",
        f"make {session.lifetime_option} at least {spoken(length)} ({length:.0f} seconds)",
    )


def _remembering(site: Site) -> Iterator[Finding]:
    """Yield a finding for remember cookies that last longer than the absolute timeout."""
    engine = _engine(site)
    name = "remember" if "remember" in engine.limits.names else "default"
    absolute = engine.policy(name).absolute_timeout
    if site.remember is None or absolute is None or site.remember <= absolute:
        return
    yield Finding(
        "session440.W016",
        f"{site.remember_option} is {spoken(site.remember)}, more than the absolute timeout of "
        f"the policy {name!r} ({spoken(absolute)})",
        "after a restart of the browser the remember cookie lets people in without a password, "
        "long after the absolute timeout",
        f"make {site.remember_option} at most {spoken(absolute)}, or give "
        f"{site.option('policies')} a policy named 'remember' that is as long as you want",
    )


def _standard(site: Site) -> Iterator[Finding]:
    """Yield where policies break the standard that the settings name."""
    engine = _engine(site)
    preset = engine.settings.preset
    for name in engine.limits.names if preset in PRESETS else ():
        for clause in breaches(engine.policy(name), preset):
            yield Finding(
                "session440.W015",
                f"the policy {name!r} breaks {clause.standard} {clause.number} "
                f"({clause.force}): {clause.text}",
                f"the settings say {preset!r}, but people stay logged in for longer than it allows",
                f"remove the options that override the preset: "
                f"{site.option('idle_timeout')}, {site.option('absolute_timeout')}",
            )


def _reporting(site: Site) -> Iterator[Finding]:
    if _engine(site).settings.enforcement == "report":
        yield Finding(
            "session440.W017",
            f"{site.option('enforcement')} is 'report'",
            "no login ends: people who have been let in stay in, and only the log says otherwise",
            "after the first week make it 'strict' or 'challenge'",
        )
