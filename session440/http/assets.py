"""What the browser loads: the script, its style sheet, and the tag that asks for them."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from .words import COUNTDOWNS, DIALOG, Words, words_in

#: A countdown in minutes, or in seconds, says no larger number.
_LONGEST_COUNT = 120


@cache
def client_script(language: str) -> bytes:
    """Give the script with its words in *language*, one of those there are."""
    source = _read("client.js")
    words = json.dumps(_spoken(words_in(language)), ensure_ascii=False, separators=(",", ":"))
    return _without_comments(source).replace("__WORDS__", words).encode()


@cache
def style_sheet() -> bytes:
    """Give the style of the dialog."""
    return _without_comments(_read("client.css")).encode()


def etag(content: bytes) -> str:
    """Give the strong validator of *content* (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def script_tag(source: str, nonce: str | None = None, **options: Any) -> str:
    """Write the tag that loads the script.

    :param options: ``data-`` attributes; ``after_logout="/"`` becomes ``data-after-logout``.
    """
    attributes = {"src": source, "nonce": nonce}
    attributes |= {f"data-{name.replace('_', '-')}": value for name, value in options.items()}
    text = "".join(
        f' {name}="{escape(str(value))}"' for name, value in attributes.items() if value is not None
    )
    return f"<script{text} defer></script>"


def _read(name: str) -> str:
    return files("session440.http").joinpath(name).read_text("utf-8")


def _without_comments(source: str) -> str:
    """Send no comments and no indentation; this is no minifier, and ours is no one's puzzle."""
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    lines = (re.sub(r"(^|\s)//\s.*", "", line).strip() for line in code.splitlines())
    return "\n".join(filter(None, lines))


def _spoken(words: Words) -> dict[str, Any]:
    """Give the dialog's messages; of a countdown all of its plural forms."""
    said = {name: words.say(message) for name, message in DIALOG.items()}
    counts = {name: words.forms(message, _LONGEST_COUNT) for name, message in COUNTDOWNS.items()}
    return {"lang": words.language, "dir": words.direction, **said, **counts}
