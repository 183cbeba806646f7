"""The rows of the page of one's own logins."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files
from typing import NamedTuple

from ..moments import iso, utc
from .page import page
from .words import (
    LAST_SEEN,
    LOGINS,
    NOWHERE_ELSE,
    SIGN_OUT,
    SIGN_OUT_OTHERS,
    SIGN_OUT_UNKNOWN,
    SIGNED_IN_SINCE,
    THIS_ONE,
    Words,
)


class Row(NamedTuple):
    """A login in the list. Times are UTC epoch seconds.

    :param id: the id in the store.
    :param is_this: the login of the person who looks, in this very browser.
    """

    id: str
    since: float
    seen: float
    label: str
    is_this: bool


@cache
def style() -> str:
    """Return what the list adds to the style of our pages."""
    return files("session440.http").joinpath("logins.css").read_text("utf-8")


def rows_page(words: Words, rows: list[Row], url: str, notice: str | None, tag: str) -> str:
    """Return the page with the list.

    :param url: where its form is sent to.
    :param notice: what has just happened; ``None`` if nothing has.
    :param tag: loads our script.
    """
    text = SIGN_OUT_UNKNOWN if len(rows) > 1 else NOWHERE_ELSE
    said = notice and f'<p role="status"><strong>{escape(words.say(notice))}</strong></p>'
    more = (said or "", *_form(words, rows, url), tag)
    return page(words, words.say(LOGINS), words.say(text), more, style())


def _form(words: Words, rows: list[Row], url: str) -> Iterable[str]:
    yield f'<form method="post" action="{escape(url)}">\n<ul>'
    for number, row in enumerate(rows):
        yield _item(words, row, number)
    yield "</ul>"
    if len(rows) > 1:
        others = escape(words.say(SIGN_OUT_OTHERS))
        yield f'<p><button class="login" name="end" value="others">{others}</button></p>'
    yield "</form>"


def _item(words: Words, row: Row, number: int) -> str:
    since, seen, leave = map(escape, words.say_all(SIGNED_IN_SINCE, LAST_SEEN, SIGN_OUT))
    heading = _heading(words, row, number)
    # A screen reader names the button with what it ends.
    named = f"b{number} h{number} t{number}" if heading else f"b{number} t{number}"
    return (
        f'<li>{heading}<dl><dt>{since}</dt><dd id="t{number}">{_time(row.since)}</dd>'
        f"<dt>{seen}</dt><dd>{_time(row.seen)}</dd></dl>"
        f'<button name="end" value="{row.id}" id="b{number}" aria-labelledby="{named}">{leave}'
        "</button></li>"
    )


def _heading(words: Words, row: Row, number: int) -> str:
    names = [f"<span>{escape(words.say(THIS_ONE))}</span>"] if row.is_this else []
    if row.label:  # in the direction of its own letters
        names.append(f"<bdi>{escape(row.label)}</bdi>")
    return f'<h2 id="h{number}">{" ".join(names)}</h2>' if names else ""


def _time(at: float) -> str:
    return f'<time datetime="{iso(at, "seconds", "Z")}" dir="ltr">{utc(at)}</time>'
