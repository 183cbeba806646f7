"""What asks for a proof again, and who else may: ASVS 7.5 and 7.6, NIST 5.1.2 and 5.3."""

from __future__ import annotations

from collections.abc import Callable

from ...moments import spoken
from .facts import Facts
from .requirement import NOT, Answer, check, code, kept, missing


def before_changes(facts: Facts) -> Answer:
    """Answer for a full login before changes of the account."""
    answer = before_what_matters(facts)
    if answer.by == NOT or facts.settings.step_up_url is None:
        return answer
    return check(
        f"the page of {facts.option('step_up_url')} asks for all factors, as a login does; "
        + answer.how
    )


def before_what_matters(facts: Facts) -> Answer:
    """Answer for a proof before what matters."""
    recent = facts.settings.recent
    if not recent:
        return missing(
            f"{facts.option('recent')} names no path; it would ask. (A view that has the "
            "decorator `@recent` asks all the same: the settings do not show it.)"
        )
    paths = ", ".join(f"{code(path)} ({spoken(within)})" for path, within in recent.items())
    return kept(
        f"at {paths}: later than that after the login, a request is answered 401 with "
        '`WWW-Authenticate: Session440 error="insufficient_user_authentication"`; whether the '
        "list is whole is the site's to know"
    )


def own_sessions(facts: Facts) -> Answer:
    """Answer for the page of one's own sessions."""
    if facts.engine.store is None:
        return missing(f"there is no list of logins; {facts.option('store')} would keep one")
    page = facts.endpoint("logins")
    if page is None:
        return check(
            "it has a page of its own (`engine.logins(subject)`, `engine.revoke(id)`), behind a "
            f"recent login: {facts.option('endpoint')} is None"
        )
    if facts.is_in_memory:
        return check(f"one process serves all of it, whose memory the list at {page} is")
    return kept(f"{page} lists them and ends any or all others, after a recent login")


def federated(facts: Facts) -> Answer:
    """Answer for sessions that last as long as the identity provider says."""
    ends, hears = facts.settings.credential is not None, bool(facts.settings.oidc)
    if not ends and not hears:
        return missing(
            "nothing moves the end of a login to the identity provider's; "
            f"{facts.option('credential')} and {facts.option('oidc')} would. Without a provider "
            "this does not apply"
        )
    own = f"a login ends with its credential, {facts.ended('credential')}"
    called = f"the provider ends it by {facts.endpoint('POST backchannel-logout')}"
    if ends and hears:
        return kept(f"{own}; {called}")
    other = facts.option("oidc" if ends else "credential")
    return check(f"this is as documented: {own if ends else called}; {other} is not set")


def explicit(facts: Facts) -> Answer:
    """Answer for sessions that would begin by themselves."""
    if facts.site.remember is not None:
        return missing(
            "a remember cookie begins a login without anybody's doing; do without `remember=True`"
        )
    return check(
        "no page logs in by itself, as by a silent `prompt=none` at an identity provider, without "
        "a button that its person presses"
    )


def is_there(facts: Facts) -> Answer:
    """Answer for access tokens as a sign of life."""
    if facts.without("idle_timeout"):
        return missing(
            f"not each policy has an idle timeout; {facts.option('idle_timeout')} would end "
            "logins whose person has left, whatever token is left"
        )
    return kept(
        "a login whose person has left ends by its idle timeout while its token is still good: a "
        "token's end can shorten a login, and never prolongs it"
    )


def suspicion(facts: Facts) -> Answer:
    """Answer for the detection of fraud."""
    end = (
        "`engine.revoke_all(subject)`" if facts.engine.store is not None else "`raise LoginTimeout`"
    )
    return check(
        f"whatever it uses to detect fraud ends the login (in a view {end}), asks for a proof or "
        "tells somebody; session440 watches nobody"
    )


def collected(facts: Facts) -> Answer:
    """Answer for the privacy of what is collected."""
    if facts.settings.label is not None:
        return check(
            f"its privacy risk assessment has what {facts.option('label')} keeps with each login"
        )
    return check(
        "its privacy risk assessment has whatever else watches sessions; session440 collects no "
        "address, browser or place"
    )


ANSWERS: dict[str, Callable[[Facts], Answer]] = {
    "7.5.1": before_changes,
    "7.5.2": own_sessions,
    "7.5.3": before_what_matters,
    "7.6.1": federated,
    "7.6.2": explicit,
    "5.1.2, paragraph 1": is_there,
    "5.3, paragraph 1": suspicion,
    "5.3, paragraph 2": collected,
}
