"""Finds cookies that others can read, send or plant."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .site import Site


def examine(site: Site) -> Iterator[Finding]:
    """Yield what is wrong with the flags of the session's cookie and the ticket's."""
    yield from _readable(site)
    if site.is_https:
        yield from _insecure(site)
        yield from _plantable(site)
    yield from _cross_site(site)


def _insecure(site: Site) -> Iterator[Finding]:
    if site.scope.secure:
        return
    where = "cookie_secure=True" if site.session is None else "SESSION_COOKIE_SECURE = True"
    yield Finding(
        "session440.W031",
        "people use the site over https, but its login's cookies are not Secure",
        "a single request over http shows them, and anybody on the network can make a browser "
        "send one: anybody who reads them is logged in",
        f"set {where}",
    )


def _plantable(site: Site) -> Iterator[Finding]:
    names = [site.session.cookie_name] if site.session else []
    names += [site.engine.cookie_name] if site.engine else []
    plain = [name for name in names if not name.lower().startswith("__host-")]
    if not plain or not site.scope.secure:
        return
    yield Finding(
        "session440.W032",
        f"the name of {' and '.join(plain)} does not begin with __Host-",
        "another site of the same domain can plant cookies of that name: people are logged "
        "out, or use a login that is not theirs (RFC 6265bis section 4.1.3.2)",
        "name it __Host-…: "
        + ("SESSION_COOKIE_NAME" if site.session else site.option("cookie_name"))
        + "; the cookie then needs Secure, the path / and no domain. This logs everybody out once",
    )


def _readable(site: Site) -> Iterator[Finding]:
    if site.session is None or site.session.httponly:
        return
    yield Finding(
        "session440.W033",
        f"the cookie {site.session.cookie_name} is not HttpOnly",
        "any script on a page, even an attacker's, can read it and take over the login",
        "set SESSION_COOKIE_HTTPONLY = True",
    )


def _cross_site(site: Site) -> Iterator[Finding]:
    samesite = (site.scope.samesite or "").lower()
    if samesite != "none" or site.scope.secure:
        return
    yield Finding(
        "session440.E034",
        "the login's cookies are SameSite=None but not Secure",
        "browsers reject such cookies: nobody stays logged in (RFC 6265bis section 5.7, step 19)",
        "set SESSION_COOKIE_SECURE = True, or SESSION_COOKIE_SAMESITE = 'Lax'",
    )
