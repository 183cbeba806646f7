"""What must not grow: with the logins, the patterns of paths, and the policies."""

from __future__ import annotations

from functools import partial
from typing import Any

from session440 import Policy

from ..subject import Group, Subject, ours
from ..tickets import IDLE, RENEWS
from .floor import FLOOR_SUBJECT
from .wsgi import BARE, MANY, active, bare, ended, renewing

MILLION = "bare, 1,000,000 cookies in turn"
PATTERNS = [f"/docs/part{number}/*" for number in range(500)]


def _policies() -> dict[str, Policy]:
    return {f"policy{number}": _policy(number) for number in range(50)}


def _policy(number: int) -> Policy:
    return Policy(
        idle_timeout=IDLE + number, absolute_timeout=4 * IDLE + number, renew_interval=RENEWS
    )


def _all(paths: str) -> dict[str, Any]:
    return {paths: PATTERNS, "policies": _policies()}


FLAT = [
    FLOOR_SUBJECT,
    Subject(BARE, bare),
    Subject(MANY, partial(bare, 10_000)),
    Subject(MILLION, partial(bare, 1_000_000)),
    ours("active, 1,000 logins in turn", partial(active, 1000), MANY),
    ours("active, 10,000 logins in turn", partial(active, 10_000), MANY),
    ours("active, 1,000,000 logins in turn", partial(active, 1_000_000), MILLION),
    ours("active", active, BARE),
    ours("active, 500 public patterns", partial(active, public=PATTERNS), BARE),
    ours("active, 50 policies", partial(active, 50, policies=_policies()), BARE),
    ours("renewing", renewing, BARE),
    ours("renewing, 500 passive patterns, 50 policies", partial(renewing, **_all("passive")), BARE),
    ours("440 as JSON", partial(ended, as_json=True), BARE),
    ours(
        "440 as JSON, 500 public patterns, 50 policies",
        partial(ended, as_json=True, **_all("public")),
        BARE,
    ),
]
GROUPS = {
    "flat": Group(
        "Plain WSGI: logins, patterns, policies",
        FLAT,
        copies=2,  # a million cookies take 300 MB
        note="A server remembers the last 1,024 tickets that it has verified: a thousand logins "
        "in turn are among them, ten thousand are not.",
    )
}
