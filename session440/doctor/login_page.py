"""Finds a page where people log in that is not there: they would be led to a 404."""

from __future__ import annotations

from collections.abc import Sequence

from .finding import Finding


def guessed(url: str, option: str) -> str:
    """Return the note that a login page was found by its name."""
    return f"No setting says where people log in, so {url} is assumed. Set {option} to say it."


def missing(url: str, option: str, candidates: Sequence[str]) -> Finding:
    """Return the finding for a login page that answers 404.

    :param option: the setting that says where people log in.
    :param candidates: pages that are called like one.
    """
    several = f"; it may be one of {', '.join(candidates)}" if candidates else ""
    return Finding(
        "session440.E064",
        f"people are sent to {url} to log in, where there is no page",
        "the link of each 440 leads to a 404, and a login at the real page may be answered 440 "
        "once: people lose what they typed",
        f"set {option} to the path, or the name, of the login page{several}",
    )


def missing_proof(url: str, option: str) -> Finding:
    """Return the finding for a page for the proof that answers 404.

    :param option: the setting that says which page it is.
    """
    return Finding(
        "session440.E064",
        f"people are sent to {url} to prove who they are, where there is no page",
        "people who need a recent login are led to a 404, and cannot go on",
        f"set {option} to the path, or the name, of a page that asks for the proof, or leave it "
        "out: then the login page asks",
    )
