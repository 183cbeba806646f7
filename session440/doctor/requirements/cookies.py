"""How the cookies of a login travel, and what they hold: NIST 5.1 and 5.1.1."""

from __future__ import annotations

from collections.abc import Callable

from ...core.cookie import Scope
from .facts import Facts
from .requirement import Answer, check, code, kept, missing


def secure(facts: Facts) -> Answer:
    """Answer for the attribute Secure."""
    if not facts.site.scope.secure:
        return missing(f"{facts.cookies} are not Secure; {facts.secure_option} would make them so")
    if facts.site.follows_another:
        return check("the app's own cookie is Secure; the ticket's is, on https")
    on_https = " where the request is https" if facts.site.session is None else ""
    return kept(f"`Set-Cookie` of {facts.cookies} says Secure{on_https}")


def channel(facts: Facts) -> Answer:
    """Answer for the protected channel."""
    if not facts.site.scope.secure:
        return secure(facts)
    return check("people reach it by https only, with a valid certificate")


def no_way_back(facts: Facts) -> Answer:
    """Answer for sessions that fall back to http."""
    answer = secure(facts)
    if answer.by != "by session440" or facts.site.session is not None:
        return answer
    return check(
        "http is redirected or closed: the ticket's cookie is Secure where its login came by "
        "https, which the server has to know behind a proxy"
    )


def unseen(facts: Facts) -> Answer:
    """Answer for intermediaries that could see the secret."""
    return check(
        f"each server that decrypts https in front of it (a proxy, a CDN) is trusted, because it "
        f"sees {facts.cookies}; no answer with a ticket is `Cache-Control: public`"
    )


def narrow(facts: Facts) -> Answer:
    """Answer for the hosts and paths that cookies go to."""
    scope = facts.site.scope
    if scope.domain:
        return check(
            "each host of the cookies' Domain needs them, since all are sent them; without "
            f"{code('SESSION_COOKIE_DOMAIN' if facts.site.session else 'cookie_domain=')} only "
            "its own host is"
        )
    if facts.site.follows_another:
        return check("the app's own cookie has no Domain; the ticket's goes where that goes")
    return kept(f"`Set-Cookie` of {facts.cookies} has no Domain, and Path={code(scope.path)}")


def short(facts: Facts) -> Answer:
    """Answer for the expiry of cookies."""
    if facts.site.session is None and not facts.site.follows_another:
        return missing(
            f"{facts.token} says no time: a browser keeps it until it is closed, and it is of no "
            "use after the timeout. No option changes that"
        )
    return check(
        f"{_own(facts)} expires with the login. The ticket's is kept for longer, to tell a login "
        f"that has ended from a visitor ({facts.option('evidence')}), and lets nobody in then"
    )


def _own(facts: Facts) -> str:
    return facts.token if facts.site.session else "the app's own cookie"


def by_the_server(facts: Facts) -> Answer:
    """Answer for timeouts that would rely on cookies."""
    cause = "absolute" if facts.engine.policy("default").idle_timeout is None else "idle"
    return kept(
        f"a copy of the cookies that curl sends after the timeout is {facts.ended(cause)}: "
        "the server judges by the signed times, not by what the browser has kept"
    )


def host_only(facts: Facts) -> Answer:
    """Answer for the prefix ``__Host-``."""
    if facts.site.follows_another:
        return check(
            "the names of the app's own cookie and of the ticket's "
            f"({facts.option('cookie_name')}) begin with `__Host-`"
        )
    plain = [name for name in facts.cookie_names if not name.lower().startswith("__host-")]
    if not plain:
        return kept(
            f"{facts.cookies} begin with `__Host-`: browsers insist on Path=/ and no Domain"
        )
    own = "SESSION_COOKIE_NAME" if facts.site.session else None
    option = facts.option("cookie_name") if own is None else code(own)
    return missing(
        f"{' and '.join(map(code, plain))} have no `__Host-`; {option} would name them so"
    )


def same_site(facts: Facts) -> Answer:
    """Answer for the attribute SameSite."""
    given = _same_site(facts.site.scope)
    if given in ("lax", "strict"):
        if facts.site.follows_another:
            return check("the app's own cookie is SameSite; then the ticket's is the same")
        return kept(f"`Set-Cookie` of {facts.cookies} says SameSite={given.capitalize()}")
    return missing(
        f"{facts.cookies} say {'SameSite=None' if given else 'nothing of it'}; "
        "`SESSION_COOKIE_SAMESITE = 'Lax'` would"
    )


def _same_site(scope: Scope) -> str:
    return (scope.samesite or "").lower()


def opaque(facts: Facts) -> Answer:
    """Answer for cookies of opaque text."""
    return missing(
        f"{code(facts.engine.cookie_name)} is signed and not encrypted: it holds the subject, "
        "times and the policy's name, which its owner can read. No option changes that"
    )


def impersonal(facts: Facts) -> Answer:
    """Answer for personal information in cookies."""
    if facts.is_django and facts.has_own_session:
        return check(
            "the users' primary key is no name or address: it is the subject in "
            f"{code(facts.engine.cookie_name)}, and can be read there"
        )
    own = (
        "" if facts.has_own_session or facts.site.session is None else ", and what the session has"
    )
    return check(
        "the subject is a number or a random text, and no name or address: it can be read in "
        f"{code(facts.engine.cookie_name)}{own}"
    )


def forged(facts: Facts) -> Answer:
    """Answer for the protection against CSRF."""
    by = "Django's `CsrfViewMiddleware`" if facts.is_django else "a token, as by Flask-WTF"
    own = (
        ""
        if facts.settings.endpoint is None
        else "; session440's own endpoints refuse other origins"
    )
    return check(f"what the app itself is sent is checked ({by}){own}")


ANSWERS: dict[str, Callable[[Facts], Answer]] = {
    "5.1, item 4": channel,
    "5.1, item 6": unseen,
    "5.1, paragraph 8": no_way_back,
    "5.1, paragraph 9": forged,
    "5.1.1, item 1": secure,
    "5.1.1, item 2": narrow,
    "5.1.1, item 4, sentence 1": short,
    "5.1.1, item 4, sentence 2": by_the_server,
    "5.1.1, item 5": host_only,
    "5.1.1, item 6": same_site,
    "5.1.1, item 7, first half": opaque,
    "5.1.1, item 7, second half": impersonal,
}
