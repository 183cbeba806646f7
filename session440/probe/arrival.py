"""Checks that a 440 arrives as it was sent, with status, headers and body, and not from a cache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ..doctor.finding import Finding
from ..exceptions import LOGIN_TIMEOUT, PHRASE
from .answer import Answer, shown

_DOCS = "docs/proxies.md has a configuration that works"

# Is session440 there?


def examine_status(status: Answer) -> Finding | None:
    """Return a finding if the status endpoint does not answer."""
    if status.status == 200 and status.json.get("state") in ("active", "anonymous", "expired"):
        return None
    place = shown(status["Location"])
    found = f"{status.path} is answered {status.line}{f', to {place}' if place else ''}"
    if status.status == 200:
        found += ", without session440's status"
    return Finding("session440.E070", found, _UNKNOWN, _way_to_endpoint(status))


def examine_endpoint(sample: Answer) -> Finding | None:
    """Return a finding if the sample of a 440 is missing, though the status endpoint is there."""
    if sample.status not in (404, 405):
        return None
    return Finding(
        "session440.E070",
        f"{sample.path} is answered {sample.line}, although the status endpoint is there",
        _UNKNOWN,
        f"let the proxy pass on all of {_folder(sample)}, and run this version of session440 in "
        "the app",
    )


_UNKNOWN = "without it nobody knows what happens to a 440, and pages cannot warn people in time"


def _folder(answer: Answer) -> str:
    return answer.path.rpartition("/")[0] + "/"


def _way_to_endpoint(status: Answer) -> str:
    if status["Location"]:
        return "give the URL that it leads to; or, if that is a login page, open it to everyone"
    if status.status >= 500:
        return _remedy(status)
    return (
        "give the app's URL, with the path at which it is mounted, and --endpoint if its option "
        f"endpoint is not the default. nginx: location {_folder(status)} {{ proxy_pass "
        "http://app; }"
    )


# What happens to a 440?


def examine_replacement(*samples: Answer) -> Iterator[Finding]:
    """Yield a finding if a status is not the one that was sent."""
    lines = {each.line: each for each in samples if each.status != _sent(*samples)}
    if lines:
        yield Finding(
            "session440.E071",
            f"a {_sent(*samples)} arrives as {' or '.join(lines)}",
            "people see an error, or a page that looks healthy, and scripts go on as if the login "
            "had not ended: nobody is told to log in again",
            _remedy(next(iter(lines.values()))),
        )


def _sent(*samples: Answer) -> int:
    """Return the app's own status, as its problem document says (RFC 9457 3.1.2)."""
    told = [each.json.get("status") for each in samples]
    return 401 if 401 in told else LOGIN_TIMEOUT


def _remedy(answer: Answer) -> str:
    if answer.status == 500:
        return (
            "nginx turns every answer to auth_request into 500, except 2xx, 401 and 403: "
            f"auth_request {_folder(answer)}auth; {_DOCS}. Otherwise see the app's log"
        )
    if answer.status > 500:
        return f"see the proxy's error log; {_DOCS}"
    return (
        f"nginx: take {LOGIN_TIMEOUT} out of error_page, or set proxy_intercept_errors off; {_DOCS}"
    )


def examine_content(script: Answer, page: Answer) -> Iterator[Finding]:
    """Yield a finding for changed headers and bodies, in the answers to a script and a person."""
    dropped = [
        name
        for name, value in _EXPECTED.items()
        if not all(re.fullmatch(value, each[name], re.IGNORECASE) for each in (script, page))
    ]
    bodies = [*_lost_bodies(script, page)]
    if dropped or bodies:
        yield Finding(
            "session440.E072",
            f"parts of a {_sent(script, page)} are lost on the way; these do not arrive: "
            f"{', '.join([*dropped, *bodies])}",
            "a dead cookie that is not deleted comes back with each request, caches keep an "
            "answer without no-store, and people do not learn why they must log in again",
            _remedy_for(dropped),
        )
    elif script.status == LOGIN_TIMEOUT and script.reason != PHRASE:
        yield Finding(
            "session440.W078",
            f"the status line arrives as '{script.line}', without '{PHRASE}'",
            "only people who read the protocol miss it: clients use the number, and HTTP/2 has no "
            "phrase (RFC 9110 section 15.1)",
            "you need not do anything",
        )


#: The headers of every 440, and what their values look like.
_EXPECTED = {
    "Session440-Cause": "idle",
    "Session440-Sample": ".+",
    "Cache-Control": r".*\bno-store\b.*",
    "Set-Cookie": ".*-sample=.*",
    "Vary": r".*\bcookie\b.*|\*",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": ".+",
}


def _lost_bodies(script: Answer, page: Answer) -> Iterator[str]:
    problem = script.json
    is_problem = script["Content-Type"].startswith("application/problem+json")
    if not is_problem or problem.get("status") != script.status:
        yield "the problem document"
    is_page = page["Content-Type"].startswith("text/html")
    if not is_page or str(problem.get("login_url", "<")) not in unescape(page.text):
        yield "the page with its link to log in again"


def _remedy_for(dropped: list[str]) -> str:
    if "Session440-Sample" in dropped:
        return (
            f"nginx: take {LOGIN_TIMEOUT} out of error_page, or set proxy_intercept_errors off; "
            f"{_DOCS}"
        )
    if dropped:
        lines = " ".join(f"proxy_hide_header {name};" for name in dropped)
        return f"let the proxy pass them on. nginx: take out {lines}"
    return (
        'let the proxy leave the body alone. IIS: <httpErrors existingResponse="PassThrough" />. '
        "A template session440/440.html of the site's own must link to login_timeout.login_url"
    )


# Is it made now, or from a cache?

#: Headers in which caches say that an answer comes from them (RFC 9211 and older ones).
_CACHES = ("Cache-Status", "CF-Cache-Status", "X-Cache", "X-Cache-Status", "X-Proxy-Cache")


def examine_cache(status: Answer, *samples: Answer) -> Iterator[Finding]:
    """Yield a finding for answers from a cache, which may have been made for somebody else."""
    made = [each["Session440-Sample"] for each in samples if each["Session440-Sample"]]
    signs = ["the same 440 came more than once"] if len({*made}) < len(made) else []
    signs += [*dict.fromkeys(sign for each in (status, *samples) for sign in _signs(each))]
    if signs:
        yield Finding(
            "session440.E073",
            f"a cache answers: {', '.join(signs)}",
            "one person's 440, or their page, is shown to others: they are told that they were "
            "signed out, and their cookies are deleted",
            "nginx: take Cache-Control, Set-Cookie and Vary out of proxy_ignore_headers, and any "
            f"out of proxy_cache_valid; {_DOCS}",
        )


def _signs(answer: Answer) -> Iterator[str]:
    age = answer["Age"]  # 0 seconds: it may just have been made
    if age.strip("0") and age.isdecimal():
        yield f"Age: {shown(age)}"
    for name in _CACHES:
        if re.search(r"\bhit\b", answer[name], re.IGNORECASE):
            yield f"{name}: {shown(answer[name])}"
