"""The pages that people see, from one packaged template."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape
from importlib.resources import files

from .words import CONFIRM_IT, GO_ON, LOG_IN_AGAIN, NOT_SAVED, SIGNED_OUT, Words

Headers = tuple[tuple[str, str], ...]


def page(words: Words, heading: str, text: str, more: Iterable[str] = (), style: str = "") -> str:
    """Return the filled template; *more* is HTML and *style* is CSS, the rest is escaped."""
    before, between, after = _around(words.language, words.direction, heading, style)
    return "".join((before, escape(text), between, "\n".join(filter(None, more)), after))


@lru_cache(maxsize=64)  # a few headings in eleven languages
def _around(language: str, direction: str, heading: str, style: str) -> tuple[str, str, str]:
    """Return what stands before the text of a page, after it, and after what follows it."""
    filled = _template(style).replace("$lang", language).replace("$dir", direction)
    before, _, rest = filled.replace("$heading", escape(heading)).partition("$text")
    between, _, after = rest.partition("$more")
    return before, between, after


def ended_page(
    words: Words,
    why: str,
    login_url: str,
    go_on_url: str | None = None,
    window: str | None = None,
) -> str:
    """Return the page that says that a login has ended and where the person can go now.

    :param window: the name of a window to log in in, if the person sent something that was not
        saved. While nobody is logged in, to go back leads to the login page: what the browser
        has of the form varies by the cookie (RFC 9111 section 4.1).
    """
    heading, not_saved, log_in, go_on = words.say_all(SIGNED_OUT, NOT_SAVED, LOG_IN_AGAIN, GO_ON)
    lost = f"<p>{escape(not_saved)}</p>" if window else ""
    leave = link(go_on_url, go_on, "leave") if go_on_url else ""
    # Out of any frame: a login page refuses to be shown in one (X-Frame-Options).
    login = link(login_url, log_in, "login", window or "_top")
    return page(words, heading, why, [lost, login, leave])


def step_up_page(words: Words, why: str, login_url: str, window: str | None = None) -> str:
    """Return the page that asks a person who is logged in to log in once more.

    :param window: the name of a window to do so in, if the person sent something that was not
        saved.
    """
    heading, not_saved, log_in = words.say_all(CONFIRM_IT, NOT_SAVED, LOG_IN_AGAIN)
    lost = f"<p>{escape(not_saved)}</p>" if window else ""
    return page(words, heading, why, [lost, link(login_url, log_in, "login", window or "_top")])


def link(url: str, text: str, kind: str, target: str | None = None) -> str:
    """Return a paragraph with a link in it, as HTML."""
    where = f' target="{target}"' if target else ""
    return f'<p><a class="{kind}" href="{escape(url)}"{where}>{escape(text)}</a></p>'


@cache
def page_policy(script: str = "'none'", style: str = "", forms: str = "'none'") -> tuple[str, str]:
    """Return the header that allows the page its own style by hash, and nothing else.

    :param script: where its script may come from, and whom that may ask.
    :param style: what the page has been given.
    :param forms: where its forms may be sent to.
    """
    style = _template(style).partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{digest}'; script-src {script}; "
        f"connect-src {script}; "
        f"base-uri 'none'; form-action {forms}; frame-ancestors 'self'",
    )


@cache
def _template(style: str = "") -> str:
    text = files("session440.http").joinpath("440.html").read_text("utf-8")
    return text.replace("</style>", f"{style}</style>")
