"""Finds a load balancer's cookie that sends people elsewhere before their login is over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from werkzeug.http import parse_date

from ..doctor.finding import Finding
from ..moments import spoken
from .answer import Answer, shown

#: Cookies by which load balancers keep a person on one server, as their documentation has them:
#: AWS, Azure, Google, F5, HAProxy, Traefik, Apache and nginx (ingress and route).
_STICKY = re.compile(
    r"AWSALB\w*|AWSELB\w*|ARRAffinity\w*|GCLB|GCILB|BIGipServer.*|SERVERID|SRV_?ID|srv_id|"
    r"ROUTE(?:ID)?|INGRESSCOOKIE|JSESSIONIDSSO|.*sticky.*|.*affinity.*|lb|_lb|backend|server",
    re.IGNORECASE,
)


def examine(answer: Answer, idle_timeout: float) -> Iterator[Finding]:
    """Yield a finding for each such cookie that ends before an idle person's login does.

    :param idle_timeout: in seconds.
    """
    for cookie in answer.all("Set-Cookie"):
        name, _, value = cookie.partition("=")
        age = _age(value, answer.ended)
        if _STICKY.fullmatch(name.strip()) and age is not None and 0 < age < idle_timeout:
            yield Finding(
                "session440.W082",
                f"the load balancer's cookie {shown(name.strip())} lasts {spoken(round(age))}, and "
                f"the idle timeout is {spoken(round(idle_timeout))}",
                "people who come back in between are sent to another server: if servers share no "
                "sessions, the login is lost",
                "let it last as long as the browser is open, or longer than the idle timeout; or "
                "keep sessions in a store that all servers share",
            )


def _age(attributes: str, now: float) -> float | None:
    """Return how many seconds a cookie lasts (RFC 6265 section 5.3: Max-Age goes first)."""
    pairs = [each.partition("=") for each in attributes.split(";")[1:]]
    given = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if re.fullmatch(r"-?\d{1,12}", given.get("max-age", "")):
        return float(given["max-age"])
    expires = parse_date(given.get("expires", ""))
    return None if expires is None else expires.timestamp() - now
