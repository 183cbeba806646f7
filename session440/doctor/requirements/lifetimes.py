"""How long logins last, and what is written down about it: ASVS 7.1 and 7.3, NIST 5.2."""

from __future__ import annotations

from ...moments import spoken
from ..clauses import breaches
from .facts import Facts
from .requirement import Answer, check, code, kept, missing

_LEVELS = ("nist-aal1", "nist-aal2", "nist-aal3")


def written_down(facts: Facts) -> Answer:
    """Answer for the documentation of both timeouts."""
    if not facts.enforces or any(_broken(facts, level) for level in _LEVELS):
        return check(
            'the table "Deviations" of this page has a reason for each row that concerns the '
            'site, and the limits in "Limits" fit its risks'
        )
    return kept('the tables "Limits" and "Deviations" of this page, made from the settings')


def _broken(facts: Facts, level: str) -> bool:
    return any(breaches(policy, level) for policy in facts.policies.values())


def how_many(facts: Facts) -> Answer:
    """Answer for the number of logins that a person may have."""
    most, option = facts.settings.max_logins, facts.option("max_logins")
    if most is None:
        return check(
            "the site's own documents say that a person may have any number of logins; "
            f"{option} would limit them, and needs a store"
        )
    if facts.is_in_memory:
        return check(
            facts.one_process(f"how many logins there are, of which {option} allows {most}")
        )
    return kept(
        f"{option} is {most}: the newest login ends the oldest, whose next request is "
        f"{facts.ended('displaced')}"
    )


def single_sign_on(facts: Facts) -> Answer:
    """Answer for the documentation of federated systems."""
    names = [each for each in ("credential", "oidc") if getattr(facts.settings, each)]
    here = (
        f"{' and '.join(map(facts.option, names))} decide here" if names else "nothing is set here"
    )
    return check(
        "the site's own documents name each identity provider, how long its sessions last and "
        f"what ends them; {here}"
    )


def idle(facts: Facts) -> Answer:
    """Answer for the idle timeout."""
    off = facts.without("idle_timeout")
    if off:
        return _off(facts, "idle_timeout", off)
    if _is_replayable(facts):
        return _replayed(facts)
    return kept(
        f"{facts.option('idle_timeout')} is {facts.lengths('idle_timeout')}: a page that is "
        f"opened after so long without a request is {facts.ended('idle')}; {_activity(facts)}"
    )


def _off(facts: Facts, option: str, names: list[str]) -> Answer:
    which = ", ".join(map(code, names))
    return missing(f"the policy {which} has no such limit; {facts.option(option)} would set it")


def _activity(facts: Facts) -> str:
    if facts.settings.activity == "people":
        return "calls by scripts are no activity"
    return f"calls by scripts count unless they are passive ({facts.option('activity')})"


def absolute(facts: Facts) -> Answer:
    """Answer for the absolute timeout."""
    off = facts.without("absolute_timeout")
    if off:
        return _off(facts, "absolute_timeout", off)
    longer = _remembered_for(facts)
    if longer is not None:
        return missing(
            f"a remember cookie lets people in again for {spoken(longer)} without a password; "
            f"{code(facts.site.remember_option)} would end that sooner"
        )
    if _is_replayable(facts):
        return _replayed(facts)
    return kept(
        f"{facts.option('absolute_timeout')} is {facts.lengths('absolute_timeout')}: so long "
        f"after the login the next request is {facts.ended('absolute')}, even with activity"
    )


def _remembered_for(facts: Facts) -> float | None:
    """Return how long a remember cookie lasts, if that is longer than a login may."""
    remember = facts.site.remember
    name = "remember" if "remember" in facts.policies else "default"
    limit = facts.policies[name].absolute_timeout
    return remember if remember and limit and remember > limit else None


def _is_replayable(facts: Facts) -> bool:
    """Return whether a copy of a cookie from before deployment begins a login for ever."""
    return facts.can_adopt and not facts.has_own_session


def _replayed(facts: Facts) -> Answer:
    return check(
        "it has had session440 for longer than a session of before can last, and "
        f"{facts.option('adopt')} is False or a date by now: a copied cookie from before begins "
        "a login whenever it is sent. From then on both timeouts hold"
    )


# NIST 5.2


def again(facts: Facts) -> Answer:
    """Answer for the periodic authentication."""
    return idle(facts) if facts.without("absolute_timeout") else absolute(facts)


def either(facts: Facts) -> Answer:
    """Answer for the end at either timeout."""
    if _remembered_for(facts) is not None or _is_replayable(facts):
        return absolute(facts)
    return kept(
        "at each request both are compared with the clock, and a login is over at the earlier "
        "one; the answer's `Session440-Cause` says which it was"
    )


def resets(facts: Facts) -> Answer:
    """Answer for what resets the timeouts."""
    status = facts.endpoint("GET status")
    seen = f"in the answer to {status}, " if status else "of the app's visit, "
    seen += (
        "`idle_remaining` starts again with a request that counts, and `absolute_remaining` only "
        "with a new login"
    )
    return check(f"{seen}; {facts.again}") if facts.again else kept(seen)


def warned(facts: Facts) -> Answer:
    """Answer for the warning before the end."""
    if facts.settings.endpoint is None:
        return missing(f"{facts.option('endpoint')} is None, so no page has the script")
    before = spoken(facts.engine.policy("default").warning)
    if facts.has_tag:
        return kept(
            f"a dialog {before} before the end offers to stay signed in "
            f"({facts.option('warn_before')}), on pages with the tag of the script"
        )
    return check(
        "the pages have the tag of the script (docs/browser.md): then a dialog "
        f"{before} before the end offers to stay signed in"
    )


def plan(facts: Facts) -> Answer:
    """Answer for the system security plan."""
    return check(
        f"its plan has the limits of this page: {facts.lengths('idle_timeout')} without "
        f"activity, {facts.lengths('absolute_timeout')} in all"
    )


def authoritative(facts: Facts) -> Answer:
    """Answer for who decides whether a federated login is recent."""
    if facts.settings.credential or facts.settings.recent:
        return check(
            "a login by an identity provider passes on its `auth_time` (`proved_at`, "
            f"{facts.option('credential')}), and asks for `max_age` or `prompt=login`: session440 "
            "uses that time, and not the moment of the answer"
        )
    return missing(
        f"nothing asks how old an authentication is; {facts.option('recent')} would ask, where it "
        f"matters, and {facts.option('credential')} would say it. Without an identity provider "
        "this does not apply"
    )


ANSWERS = {
    "7.1.1": written_down,
    "7.1.2": how_many,
    "7.1.3": single_sign_on,
    "7.3.1": idle,
    "7.3.2": absolute,
    "5.2, paragraph 1": again,
    "5.2, paragraph 2, sentence 4": warned,
    "5.2, paragraph 2, sentence 5": either,
    "5.2, paragraph 2, sentence 6": resets,
    "5.2, paragraph 3": plan,
    "5.2, paragraph 5": authoritative,
}
