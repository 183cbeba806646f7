"""What a login is recognized by: ASVS 7.2, and NIST 5.1 on session secrets."""

from __future__ import annotations

from collections.abc import Callable

from ..clauses import breaches
from .facts import Facts
from .requirement import BY_SESSION440, BY_SITE, Answer, check, code, kept, missing

_BITS = "the ticket's id is 128 bits of the operating system's generator"
_LEVELS = ("nist-aal3", "nist-aal2", "nist-aal1")


def verified(facts: Facts) -> Answer:
    """Answer for the verification on the server."""
    if facts.site.follows_another:
        return check(
            f"the app verifies the cookie that it is known by; {code(facts.engine.cookie_name)} "
            "is signed and bound to it, and is verified at each request"
        )
    return kept(
        f"with any character of {facts.token} changed, nobody is logged in: each request's cookies "
        "are verified on the server"
    )


def dynamic(facts: Facts) -> Answer:
    """Answer for tokens that are no fixed keys."""
    if facts.site.follows_another:
        return check("the app's cookie has another value after each login; the ticket has")
    return kept(f"two logins of one person have two values of {facts.cookies}")


def random(facts: Facts) -> Answer:
    """Answer for the randomness of tokens."""
    if facts.site.follows_another:
        return check(f"the app's own cookie has 128 random bits or more; {_BITS}")
    if facts.is_django and facts.has_own_session:
        return kept(f"{_BITS}; Django's session key is 32 random letters and digits (165 bits)")
    if facts.has_own_session:
        return check(f"the session's id has 128 random bits or more (`SESSION_ID_LENGTH`); {_BITS}")
    return kept(f"{_BITS}, and nothing else stands for the session")


def renewed(facts: Facts) -> Answer:
    """Answer for the new token at a login."""
    if facts.site.follows_another:
        return check("the app's cookie changes at each login, and its former value is refused")
    again = f"; {facts.again}" if facts.again else ""
    if facts.has_own_session and not facts.is_django:
        return check(
            f"{facts.token} changes at the first login, too (Flask-Session: "
            f"`app.session_interface.regenerate(session)`); the ticket does{again}"
        )
    if facts.engine.store is None and not facts.has_own_session:
        return missing(
            f"a login makes new values of {facts.cookies}, but copies of the former ones stay good "
            f"until the timeouts; {facts.option('store')} would end them"
        )
    if facts.is_in_memory and not facts.has_own_session:
        return check(facts.one_process("which tickets are over") + again)
    if facts.is_django and not facts.asks_again:
        return check(
            f"{facts.cookies} change at a login; Django keeps its session's key for the same "
            f"person, but where a view wants a recent login ({facts.option('recent')}, @recent)"
        )
    return Answer(
        BY_SITE if again else BY_SESSION440,
        f"{facts.cookies} change at a login, also of somebody who is logged in; the former "
        f"values, sent again with curl, let nobody in{again}",
    )


# NIST 5.1


def presented(facts: Facts) -> Answer:
    """Answer for the secret that both ends share."""
    return kept(f"without {facts.token} a request is a visitor's; its browser presents it")


def restart(facts: Facts) -> Answer:
    """Answer for secrets that outlast a restart of the browser."""
    if facts.site.remember is not None:
        return missing(
            "the app has remember cookies, which outlast a restart; only without "
            "`remember=True` there are none"
        )
    if facts.site.session is None and not facts.site.follows_another:
        return kept(f"{facts.token} is set without Max-Age and Expires")
    return check(
        f"{facts.token} is set without Max-Age and Expires ({_restart_option(facts)}); the "
        "ticket's cookie is then, too"
    )


def _restart_option(facts: Facts) -> str:
    if facts.is_django:
        return "`SESSION_EXPIRE_AT_BROWSER_CLOSE = True`"
    return "`session.permanent` is False" if facts.site.session else "by the app"


def remembered(facts: Facts) -> Answer:
    """Answer for remember cookies."""
    if facts.site.remember is not None:
        return missing(
            "Flask-Login's remember cookie logs in without a password; do without "
            f"`remember=True`, or end it within the limits ({code(facts.site.remember_option)})"
        )
    return check("no package of the app logs people in by a cookie alone; session440 never does")


def limits_hold(facts: Facts) -> Answer:
    """Answer for the limits of secrets that are bound to a device."""
    return kept(
        "a valid signature prolongs nothing: the times in the ticket are compared with the "
        'limits in "Limits" at each request'
    )


def made_here(facts: Facts) -> Answer:
    """Answer for the origin of the secret."""
    if facts.can_adopt:
        return check(
            "nobody is logged in by a session from before session440 any more: until then "
            f"{facts.option('adopt')} begins a login for it, without an authentication"
        )
    if facts.site.follows_another or (facts.has_own_session and not facts.is_django):
        return renewed(facts)
    return kept(f"{code(facts.engine.cookie_name)} is set by the answer to a login, and not before")


def same_level(facts: Facts) -> Answer:
    """Answer for the AAL of a session."""
    by_policy = (
        f"; of its policies {', '.join(map(code, facts.policies))} none raises it"
        if len(facts.policies) > 1
        else ""
    )
    return check(f"the app gives a session no higher AAL than its login had{by_policy}")


def approved(facts: Facts) -> Answer:
    """Answer for the random generator."""
    return check(
        "the operating system's random generator is an approved one (NIST SP 800-90A); "
        f"{_BITS}" + (", and the session's own id is the framework's" if facts.site.session else "")
    )


def in_time(facts: Facts) -> Answer:
    """Answer for secrets that are refused after the times of an AAL."""
    met = [
        level.rpartition("-")[2].upper()
        for level in _LEVELS
        if not any(breaches(each, level) for each in facts.policies.values())
    ]
    if not met:
        return missing(
            f"the limits keep no AAL whole, by what it requires and recommends; "
            f"{facts.option('absolute_timeout')} and {facts.option('idle_timeout')} would"
        )
    return kept(f"the limits are those of {', '.join(met)}, by what it requires and recommends")


def httponly(facts: Facts) -> Answer:
    """Answer for the attribute HttpOnly."""
    session = facts.site.session
    if session is not None and not session.httponly:
        return missing(
            f"{code(session.cookie_name)} can be read by scripts; "
            "`SESSION_COOKIE_HTTPONLY = True` would prevent it"
        )
    if facts.site.follows_another:
        return check("the app's own cookie is HttpOnly; the ticket's is")
    return kept(f"`Set-Cookie` of {facts.cookies} says HttpOnly; the script stores neither")


ANSWERS: dict[str, Callable[[Facts], Answer]] = {
    "7.2.1": verified,
    "7.2.2": dynamic,
    "7.2.3": random,
    "7.2.4": renewed,
    "5.1, paragraph 1": presented,
    "5.1, paragraph 2": dynamic,
    "5.1, paragraph 3, sentence 1": restart,
    "5.1, paragraph 3, sentence 2": remembered,
    "5.1, paragraph 4": limits_hold,
    "5.1, paragraph 5, sentence 1": made_here,
    "5.1, paragraph 5, sentence 3": same_level,
    "5.1, item 1": made_here,
    "5.1, item 2": approved,
    "5.1, item 5": in_time,
    "5.1, paragraph 7, sentence 2": httponly,
    "5.1.1, item 3": httponly,
}
