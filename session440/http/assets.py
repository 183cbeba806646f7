"""What the browser loads: the script, its style sheet, and the tag that loads them.

``client.js`` and ``client.css`` are made by ``make assets`` from the files in the folder
``client``. The comments are there.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from .words import COUNTDOWNS, DIALOG, Words, words_in

#: The largest number that a countdown shows, in minutes or in seconds.
_LONGEST_COUNT = 120


@cache
def client_script(language: str) -> bytes:
    """Return the script with its texts in *language*, which is one of ``LANGUAGES``."""
    source = _read("client.js")
    words = json.dumps(_spoken(words_in(language)), ensure_ascii=False, separators=(",", ":"))
    return source.replace("__WORDS__", words).encode()


@cache
def style_sheet() -> bytes:
    """Return the style sheet of the dialog."""
    return _read("client.css").encode()


def etag(content: bytes) -> str:
    """Return the strong validator of *content* (RFC 9110 section 8.8.3)."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def script_tag(source: str, nonce: str | None = None, **options: Any) -> str:
    """Return the tag that loads the script.

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


def _spoken(words: Words) -> dict[str, Any]:
    """Return the dialog's messages, and all plural forms of its countdowns.

    They are one list, in the order of ``DIALOG`` and ``COUNTDOWNS``; ``client/words.js`` names
    them.
    """
    said = [words.say(message) for message in DIALOG.values()]
    numbers, counts = words.forms(COUNTDOWNS.values(), _LONGEST_COUNT)
    return {"lang": words.language, "dir": words.direction, "texts": [*said, numbers, *counts]}
