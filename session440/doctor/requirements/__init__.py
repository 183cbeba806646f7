"""What standards require of sessions, and how a site answers each of them.

Each answer is made from the settings that are in force, and claims no more than they give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..site import Site
from . import cookies, endings, lifetimes, proofs, tokens
from .asvs import ASVS_5
from .facts import Facts
from .nist import NIST_SECTION_5
from .requirement import Answer, Answered, Requirement, missing

__all__ = ["ASVS_5", "NIST_SECTION_5", "Answered", "Requirement", "answers"]

_ANSWERS: Final[dict[str, Callable[[Facts], Answer]]] = {
    **lifetimes.ANSWERS,
    **tokens.ANSWERS,
    **cookies.ANSWERS,
    **endings.ANSWERS,
    **proofs.ANSWERS,
}
#: What only logins that end can satisfy.
_BY_AN_END: Final = {
    *("7.1.2", "7.3.1", "7.3.2", "7.4.1", "7.4.2", "7.4.3", "7.4.5"),
    *("7.5.2", "7.6.1", "14.3.1"),
    *("5.1, paragraph 4", "5.1, item 5", "5.1, paragraph 7, sentence 1"),
    *("5.1.1, item 4, sentence 2", "5.1.2, paragraph 1"),
    *("5.2, paragraph 1", "5.2, paragraph 2, sentence 4", "5.2, paragraph 2, sentence 5"),
    *("5.2, paragraph 2, sentence 6", "5.2, paragraph 5"),
}


def answers(site: Site) -> list[Answered]:
    """Return the answer of a site to each requirement: of ASVS first, then of NIST.

    :raises ValueError: if the site has no engine, so that no settings are in force.
    """
    if site.engine is None:
        raise ValueError("there is no engine whose settings are in force")
    facts = Facts(site, site.engine)
    return [Answered(each, *_answer(facts, each.number)) for each in (*ASVS_5, *NIST_SECTION_5)]


def _answer(facts: Facts, number: str) -> Answer:
    if number in _BY_AN_END and not facts.enforces:
        option = facts.option("enforcement")
        return missing(f"{option} is 'report': no login ends; 'strict' or 'challenge' would end it")
    return _ANSWERS[number](facts)
