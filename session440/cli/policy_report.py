"""``session440 policy --report``: how an app's logins end, in Markdown, for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..doctor.clauses import ASVS, ASVS_URL, BROKEN, clauses_of
from ..doctor.requirements import Answered, answers, asvs, nist
from ..doctor.site import Site
from ..engine import Engine
from ..moments import iso, spoken
from ..version import __version__
from .markdown import table
from .policy_rows import LIMITS, VERDICTS, engine_of, hold_all, limits_row, policies, verdict_row

#: The standards whose requirements are answered, by the heading above.
_STANDARDS = {
    "Requirements of OWASP ASVS 5.0.0, chapter 7 and 14.3": asvs.STANDARD,
    "Requirements of NIST SP 800-63B-4, section 5": nist.STANDARD,
}
_ANSWERS = ("number", "force", "asks that", "who sees to it", "how, or what to check", "source")
_READING = (
    "Each answer is made from the settings that are in force, and claims no more than they give. "
    "*By session440* comes with how that is seen, *by the site* with what somebody has to check, "
    "and *not* with what would change it. What is asked is told in our words; the source has the "
    "standard's own."
)
_LEVELS = ("nist-aal1", "nist-aal2", "nist-aal3")
_EXPLANATION = (
    "A login ends at the earliest of: the idle timeout after the last request that counted as "
    "activity, the absolute timeout after it began, and the end of the credential behind it, "
    "if the app says when that is. It is over at that moment, not after it. It may end early by "
    'as much as "renewed each" says, but never late.'
)
_ENFORCEMENT = {
    "strict": "strict: a request with a login that has ended is answered 440",
    "challenge": "challenge: a login that has ended lets nobody in; safe requests run as a "
    "visitor's, and are answered 440 if the app refuses them",
    "report": "report: nothing ends; the log says what would have",
}
_STORES = {
    "RedisStore": "Redis or Valkey",
    "SQLStore": "a relational database",
    "DjangoStore": "the project's own database",
    "MemoryStore": "the memory of one process",
}
_OUTAGE = {
    "degrade": "the signed ticket keeps timeouts working, revocations wait",
    "refuse": "a request with a login is answered 503",
}


def report(site: Site, preset: str | None, now: float) -> str:
    """Return a document about an app's timeouts in Markdown, as OWASP ASVS 5.0, 7.1.1, asks.

    There is no key, no host and no person in it, and only the kind of the store.

    :param preset: the standard with which the policies are compared, beside ASVS.
    :param now: when it is written, in UTC epoch seconds.
    """
    engine = engine_of(site)
    held = hold_all(engine, (*(clauses_of(preset) if preset else ()), *ASVS))
    written = iso(now, "seconds")
    return "\n\n".join(
        [
            "# How logins end",
            f"Written at {written}, by session440 {__version__}, from the settings of the app "
            f"({site.adapter}). This page is for OWASP ASVS 5.0, 7.1.1 (<{ASVS_URL}>).",
            "## Limits",
            table(LIMITS, [limits_row(*each) for each in policies(engine).items()]),
            _EXPLANATION,
            "## How they are kept",
            table(("what", "how"), _ways(site, engine)),
            "## Clauses",
            table((*VERDICTS, "source"), [(*verdict_row(e), e.clause.source) for e in held]),
            "## Deviations from NIST SP 800-63B-4",
            _deviations(engine, preset),
            *_requirements(site),
        ]
    )


def _requirements(site: Site) -> Iterator[str]:
    """Yield a heading and a table of answers for each standard."""
    given = answers(site)
    for heading, standard in _STANDARDS.items():
        yield f"## {heading}"
        if heading == next(iter(_STANDARDS)):
            yield _READING
        rows = [_answer_row(each) for each in given if each.requirement.standard == standard]
        yield table(_ANSWERS, rows)


def _answer_row(answered: Answered) -> tuple[str, ...]:
    asked = answered.requirement
    return (asked.number, asked.force, asked.text, answered.by, answered.how, asked.source)


def _deviations(engine: Engine, preset: str | None) -> str:
    """Return the broken clauses, with space for the reasons that ASVS 5.0, 7.1.1, asks for."""
    levels = [preset] if preset in _LEVELS else _LEVELS
    rows = [
        (level.rpartition("-")[2].upper(), *verdict_row(held)[:-1], "")
        for level in levels
        for held in hold_all(engine, clauses_of(level))
        if held.verdict == BROKEN
    ]
    if not rows:
        return "There are none."
    said = "Each needs a reason; levels that the app does not aim at may be left out."
    return f"{said}\n\n{table(('level', *VERDICTS[:-1], 'reason'), rows)}"


def _ways(site: Site, engine: Engine) -> Iterator[tuple[str, str]]:
    settings, slack = engine.settings, engine.limits.slack
    choice = "as the app chooses at login" if settings.choose_policy else "'default'"
    yield "enforcement", _ENFORCEMENT[settings.enforcement]
    yield "policy of a login", f"{choice}, if its code names none"
    yield "an ended login is told from a visitor for", spoken(engine.limits.evidence)
    yield "logins from before deployment", _adoption(settings.adopt)
    if engine.store is None:
        yield "store", "none: only cookies count, and a login cannot be revoked from elsewhere"
    else:
        kind = type(engine.store).__name__
        yield "store", _STORES.get(kind, kind)
        yield "a revocation holds", f"within {spoken(slack)}" if slack else "at the next request"
        yield "while the store is out", _OUTAGE[settings.store_failure]
    yield "logins that a person may have", str(settings.max_logins or "any number")
    yield "ticket cookie", f"{engine.cookie_name}: {_attributes(site)}"
    if site.remember is not None:
        yield "remember cookie", f"logs in again without a password for {spoken(site.remember)}"


def _adoption(adopt: bool | datetime) -> str:
    begin = "begin when they are first seen"
    if isinstance(adopt, bool):
        return begin if adopt else "are ended"
    return f"{begin}, until {str(adopt).removesuffix(' 00:00:00+00:00')}"


def _attributes(site: Site) -> str:
    scope = site.scope
    by_request = site.adapter in ("WSGI", "ASGI") and scope.secure and not site.is_https
    secure = "Secure if the request is https" if by_request else "Secure" if scope.secure else ""
    domain = f"Domain={scope.domain}" if scope.domain else "no Domain"
    samesite = f"SameSite={scope.samesite}" if scope.samesite else "no SameSite"
    partitioned = "Partitioned" if scope.partitioned else ""
    told = ("HttpOnly", secure or "not Secure", samesite, f"Path={scope.path}", domain, partitioned)
    return "; ".join(each for each in told if each)
