"""What the browser loads: the scripts, their style sheet, and the tag that loads them.

``client.js``, ``dialogs.js``, ``live.js`` and ``client.css`` are made by ``make assets`` from the
files in the folder ``client``. The comments are there.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from .words import ASKING, COUNTDOWNS, DIALOG, STEP_UP_DIALOG, words_in

#: The largest number that a countdown shows, in minutes or in seconds.
_LONGEST_COUNT = 120


@cache
def client_script(language: str) -> bytes:
    """Return the script with its texts in *language*, which is one of ``LANGUAGES``.

    ``client/words.js`` names them.
    """
    words = words_in(language)
    said = [*map(DIALOG.__getitem__, ("ended", "kept", "again", "part")), ASKING]
    spoken = [words.language, words.direction, *words.say_all(*said)]
    return _with_words("client.js", spoken)


@cache
def dialogs_script(language: str) -> bytes:
    """Return the script of the dialogs of a login that lives, which the other one loads.

    Its texts are one list, which ``client/countdown.js`` names: at the end are all plural forms of
    the countdowns.
    """
    words = words_in(language)
    said = map(DIALOG.__getitem__, ("heading", "stay", "leave"))
    step = map(STEP_UP_DIALOG.__getitem__, ("heading", "kept", "cancel"))
    numbers, counts = words.forms(COUNTDOWNS.values(), _LONGEST_COUNT)
    return _with_words("dialogs.js", [*words.say_all(*said, *step), numbers, *counts])


@cache
def live_script() -> bytes:
    """Return the script about connections that stay open, which has no text."""
    return _read("live.js").encode()


def _with_words(name: str, spoken: list[Any]) -> bytes:
    text = json.dumps(spoken, ensure_ascii=False, separators=(",", ":"))
    return _read(name).replace("__WORDS__", text).encode()


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
