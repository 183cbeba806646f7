"""Checks the ticket's cookie as it arrives: that browsers keep it, and that it is safe."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from ..doctor.finding import Finding
from .answer import Answer, shown


def examine(sample: Answer, host: str) -> Iterator[Finding]:
    """Yield what is wrong with the cookie of a 440, which has the attributes of the ticket's.

    :param host: the host that was asked, as in the URL.
    """
    for cookie in sample.all("Set-Cookie"):
        name, _, value = cookie.partition("=")
        if name.endswith("-sample"):
            name, attributes = name.removesuffix("-sample"), _attributes(value)
            yield from _examine_scope(name, attributes, sample, host.lower())
            if sample.is_https:
                yield from _examine_flags(name, attributes)


def _attributes(text: str) -> dict[str, str]:
    pairs = [each.partition("=") for each in text.split(";")[1:]]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


# Do browsers keep it? RFC 6265bis sections 5.1.3, 5.1.4 and 5.7.


def _examine_scope(
    name: str, attributes: dict[str, str], sample: Answer, host: str
) -> Iterator[Finding]:
    faults = [*_scope_faults(name, attributes, sample, host)]
    if faults:
        yield Finding(
            "session440.E080",
            f"browsers do not keep the cookie {shown(name)}, or do not send it back: "
            + ", ".join(found for found, _ in faults),
            "everybody who logs in is back at the login page with the next click (RFC 6265bis "
            "sections 5.1.3, 5.1.4 and 5.7)",
            "; ".join(remedy for _, remedy in faults),
        )


def _scope_faults(
    name: str, attributes: dict[str, str], sample: Answer, host: str
) -> Iterator[tuple[str, str]]:
    domain = attributes.get("domain", "").lower().removeprefix(".")
    if domain and not _is_within(host, domain):
        yield (
            f"its Domain is {shown(domain)}, and the site is at {shown(host)}",
            "set SESSION_COOKIE_DOMAIN (WSGI: cookie_domain) to a domain of the site, or take it "
            "out",
        )
    path = attributes.get("path", "")
    if path.startswith("/") and not _is_below(sample.path, path):
        yield (
            f"its Path is {shown(path)}, and the site is asked at {shown(sample.path)}",
            "set SESSION_COOKIE_PATH (WSGI: cookie_path) to the path that browsers ask for, or "
            "let the proxy rewrite it (nginx: proxy_cookie_path)",
        )
    if not sample.is_https and not _is_this_machine(host):
        yield from _http_faults(name, attributes)


def _http_faults(name: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "secure" in attributes or name.lower().startswith(("__host-", "__secure-")):
        yield (
            "it is Secure, and the site is asked by http",
            "give the URL with https, if that is how people come; otherwise serve the site by "
            "https, or set SESSION_COOKIE_SECURE = False (WSGI: cookie_secure=False)",
        )


def _is_within(host: str, domain: str) -> bool:
    if host == domain:
        return True
    try:
        ip_address(host)
    except ValueError:
        # Of a domain without a dot, such as "com", no cookie is taken.
        return "." in domain and host.endswith(f".{domain}")
    return False


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.removesuffix("/") + "/")


def _is_this_machine(host: str) -> bool:
    """Return whether browsers take http there for as safe as https."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


# Is it safe?


def _examine_flags(name: str, attributes: dict[str, str]) -> Iterator[Finding]:
    faults = [*_flag_faults(name, attributes)]
    if faults:
        yield Finding(
            "session440.W075",
            f"the cookie {shown(name)} on https: " + ", ".join(found for found, _ in faults),
            "others may read it on its way, plant one of that name, or have browsers send it "
            "with requests of their pages (RFC 6265bis sections 4.1.2 and 4.1.3)",
            "; ".join(remedy for _, remedy in faults),
        )


def _flag_faults(name: str, attributes: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "secure" not in attributes:
        yield "not Secure", "set SESSION_COOKIE_SECURE = True (WSGI: cookie_secure=True)"
    if "httponly" not in attributes:
        yield "not HttpOnly", "let the proxy leave the flag alone (nginx: proxy_cookie_flags)"
    if not name.lower().startswith("__host-"):
        yield (
            "its name does not begin with __Host-",
            "name it so with the option cookie_name, and the session's cookie too; it then needs "
            "Secure, the path / and no domain. This logs everybody out once",
        )
    if attributes.get("samesite", "").lower() == "none":
        yield "SameSite=None", "set SESSION_COOKIE_SAMESITE = 'Lax', unless other sites embed this"
