"""One thing that a standard requires of sessions, and how a site answers it."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

#: Who sees to it: session440 does; or somebody has to look at the site; or nobody does.
By = Literal["by session440", "by the site: check this", "not"]
BY_SESSION440: Final[By] = "by session440"
BY_SITE: Final[By] = "by the site: check this"
NOT: Final[By] = "not"


class Requirement(NamedTuple):
    """One requirement of a standard.

    :param number: of the requirement; in a standard that numbers only its sections, the section
        and the place in it.
    :param force: the level (``"L1"``) or the word (``"SHALL"``) that says whom it binds.
    :param text: what it asks, in our own words.
    :param source: where to read it.
    """

    standard: str
    number: str
    force: str
    text: str
    source: str


class Answer(NamedTuple):
    """How a site answers a requirement.

    :param how: how an auditor sees it, what to check, or which option would change it. Code is
        between backticks, as in Markdown.
    """

    by: By
    how: str


class Answered(NamedTuple):
    """A requirement, and a site's answer."""

    requirement: Requirement
    by: By
    how: str


def kept(how: str) -> Answer:
    """Return the answer that session440 sees to it, and how that is seen."""
    return Answer(BY_SESSION440, how)


def check(how: str) -> Answer:
    """Return the answer that the site has to see to it, and what to check."""
    return Answer(BY_SITE, how)


def missing(how: str) -> Answer:
    """Return the answer that nobody sees to it, and what would change that."""
    return Answer(NOT, how)


def code(text: str) -> str:
    """Return text as code in Markdown, whatever is in it.

    https://spec.commonmark.org/0.31.2/#code-spans
    """
    line = " ".join(text.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    padding = " " if "`" in line else ""
    return f"{fence}{padding}{line}{padding}{fence}"
