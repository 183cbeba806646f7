"""Checks that the app knows its own pages by their origin: "Stay signed in" is such a request."""

from __future__ import annotations

from collections.abc import Iterator

from ..doctor.finding import Finding
from .answer import Answer, shown


def examine(extended: Answer, origin: str) -> Iterator[Finding]:
    """Yield a finding if a request of the site's own is refused as another site's.

    :param extended: the answer to a POST without a login, as a page of the site sends it.
    :param origin: the site's origin, as browsers send it.
    """
    if extended.status == 200:
        return
    is_refused = extended.status == 403 and extended.json.get("title") == "Forbidden"
    yield Finding(
        "session440.W081",
        f"POST {shown(extended.path)} from a page of {shown(origin)} is answered {extended.line}"
        + (": the app is told another Host" if is_refused else ""),
        '"Stay signed in" and "Sign out" of the warning fail, on http in all browsers and on '
        "https in those that send no Sec-Fetch-Site",
        _HOST if is_refused else "let the proxy pass it on, with its method and its headers",
    )


_HOST = (
    "let the proxy pass on Host unchanged, with its port. nginx: proxy_set_header Host "
    "$http_host; otherwise name the origin in trusted_origins (Django: CSRF_TRUSTED_ORIGINS)"
)
