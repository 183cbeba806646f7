"""Reads events from the lines of a log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from ..cause import Cause
from ..events import Kind
from .sighting import LOGOUT, Sighting, read_moment

#: Only lines with a headline are read more closely; both formats have one.
HEADLINE = re.compile(
    rb"login (?:would have )?(?:started|renewed|ended|revoked|refused)"
    rb"|store is (?:down|up)|store debt lost|former scope"
)
_HEADLINE = re.compile(HEADLINE.pattern.decode())
_KINDS: tuple[str, ...] = get_args(Kind)
_CAUSES = {each.value for each in Cause}

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_WORD = r"[^\s\x1b]+"
_END_OF_REASON = r"(?= (?:subject|ticket|policy|idle|age|node|here|at|remedy)=|$)"
#: The facts of a line, in the order in which Event.__str__ writes them; any may be missing.
#: Only the reason is not quoted, and has spaces.
_FACTS = re.compile(
    rf"(?: cause=(?P<cause>[a-z]+))?(?: reason=(?P<reason>.*?){_END_OF_REASON})?"
    rf"(?: subject=(?P<subject>{_QUOTED}))?(?: ticket=(?P<ticket>{_WORD}))?"
    rf"(?: policy=(?P<policy>{_QUOTED}))?"
    rf"(?: idle=(?P<idle>-?\d{{1,12}})s)?(?: age=(?P<age>-?\d{{1,12}})s)?"
    rf"(?: node=(?P<node>{_WORD}))?(?: here=(?P<here>{_WORD}))?(?: at=(?P<at>{_WORD}))?",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))")
_NAMED = {"n": "\n", "r": "\r", "t": "\t"}

#: Where log collectors put the line, and the time at which they received it: Docker's json-file,
#: journald, logging drivers, Loki, Google.
_MESSAGES = ("log", "message", "msg", "MESSAGE", "event", "line", "text", "textPayload")
_TIMES = ("time", "timestamp", "@timestamp", "ts", "asctime")
#: Seconds. Nothing lasts longer; infinity and NaN are not less than this.
_LONGEST = 1e12
#: JSON within JSON within JSON: a formatter's within journald's within Docker's.
_DEEPEST = 3


def parse_line(line: str, depth: int = 0) -> Sighting | None:
    """Return the event in a line of a log, after any prefix; ``None`` if there is none."""
    start = line.find("{")
    told = _load(line[start:]) if start >= 0 and depth < _DEEPEST else None
    seen = None if told is None else _from_json(told, depth)
    return seen or _from_text(line)


def _load(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _from_json(told: Mapping[str, Any], depth: int) -> Sighting | None:
    if "headline" in told:
        return _from_facts(told)
    messages = [told[each] for each in _MESSAGES if isinstance(told.get(each), str)]
    seen = next(filter(None, (parse_line(each, depth + 1) for each in messages)), None)
    if seen is None or seen.at is not None:
        return seen
    times = [told[each] for each in _TIMES if isinstance(told.get(each), str)]
    return _dated(seen, " ".join(times))


def _from_facts(told: Mapping[str, Any]) -> Sighting | None:
    """Return the event that JSONFormatter wrote."""
    kind = told.get("kind")
    if kind not in _KINDS:
        return None
    ticket = _text(told, "ticket_id")
    seen = Sighting(
        kind,
        None,
        _cause(kind, _text(told, "cause")),
        _text(told, "subject"),
        ticket,
        _text(told, "policy"),
        _number(told, "idle"),
        _number(told, "age"),
        _text(told, "node"),
        _text(told, "here"),
        _text(told, "reason"),
        told.get("enforced") is not False,
    )
    return _dated(seen, _text(told, "at") or "")


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) and value else None


def _number(told: Mapping[str, Any], name: str) -> float | None:
    value = told.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < _LONGEST else None


def _dated(seen: Sighting, text: str) -> Sighting:
    found = read_moment(text)
    return seen if found is None else seen._replace(at=found[0], zoned=found[1])


def _from_text(line: str) -> Sighting | None:
    headline = _HEADLINE.search(line)
    if headline is None:
        return None
    before = line[: headline.start()]
    # Text in double quotes comes from others, such as the user agent in an access log.
    if (before.count('"') - before.count('\\"')) % 2:
        return None
    facts = cast("re.Match[str]", _FACTS.match(line, headline.end()))
    # Each event names its host, and a newer one also its time; other text does not.
    if facts["here"] is None and facts["at"] is None:
        return None
    return _dated(_seen(headline[0], facts), facts["at"] or before)


def _seen(headline: str, facts: re.Match[str]) -> Sighting:
    _, reason, subject, ticket, policy, idle, age, node, here, _ = facts.groups()
    kind = headline.removeprefix("login ").removeprefix("would have ")
    kind = kind.replace("store is ", "store_").replace(" ", "_")
    return Sighting(
        kind,
        None,
        _cause(kind, facts["cause"]),
        subject and _unquoted(subject),
        ticket,
        policy and _unquoted(policy),
        None if idle is None else float(idle),
        None if age is None else float(age),
        node,
        here,
        reason,
        "would have" not in headline,
    )


def _cause(kind: str, cause: str | None) -> str | None:
    if cause is None:
        return LOGOUT if kind == "ended" else None
    return cause if cause in _CAUSES else "other"


def _unquoted(value: str) -> str:
    inner = value[1:-1]
    return _ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _NAMED.get(found[4], found[4])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else ""
