"""Make the script and the style sheet that are served from those that people read: ``make assets``.

Comments and indentation go, and nothing else does: this is no minifier. The result is committed,
so that an installation needs no build; a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCES = Path(__file__).parent
PACKAGE = SOURCES.parent / "session440" / "http"

_GAP = r"(?P<gap>\s+|/\*[\s\S]*?\*/"
_STRING = r"""(?P<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')"""
_CSS = re.compile(
    rf"{_GAP}) | {_STRING} | (?P<url>(?i:url)\([^)\"']*\)) | (?P<mark>[\s\S])", re.VERBOSE
)
_JS = re.compile(
    rf"""{_GAP}|//[^\n]*) | {_STRING}
    | (?P<word>\d[\w.]*|\.?[\w$\#]+)  # or a number; the point tells "x.return" from "return"
    | (?P<mark>\+\+|--|[\s\S])""",
    re.VERBOSE,
)
_REGEX = re.compile(r"(?P<regex>/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*)")
#: From a backquote, or from the brace after a value, to the next value or to the last backquote.
_TEMPLATE = re.compile(r"(?P<template>[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{))")
#: After these words a value begins: there, a slash begins a regular expression.
#: (As a list they would take a line each.)
_BEFORE_VALUE = set(
    "await case delete do else in instanceof new of return throw typeof void yield".split()  # noqa: SIM905
)
#: After the parentheses of these words a statement begins, and so may a regular expression.
_BEFORE_STATEMENT = {"for", "if", "while", "with"}


def build() -> dict[str, str]:
    """Return what is served, by the names of the files."""
    script = (SOURCES / "client.js").read_text("utf-8")
    style = (SOURCES / "client.css").read_text("utf-8")
    return {
        "client.js": without_comments(Script(script)),
        "client.css": without_comments(style_tokens(style)),
    }


def without_comments(tokens: Iterable[re.Match[str]]) -> str:
    """Return the tokens, with one space or one end of line for what stands between them."""
    made, gap = "", ""
    for token in tokens:
        if token.lastgroup == "gap":
            gap += token[0]
        else:
            made += ("\n" if "\n" in gap else " ") * bool(gap and made) + token[0]
            gap = ""
    return made


def style_tokens(source: str) -> Iterator[re.Match[str]]:
    """Yield the tokens of a style sheet."""
    for token in _CSS.finditer(source):
        _refuse_open(token)
        around = source[: token.start()][-1:] + source[token.end() :][:1]
        if token[0].startswith("/*") and not re.search(r"\s", around):
            raise _refusal(
                token, "a comment without a space beside it, in whose place one would be"
            )
        yield token


class Script:
    """The tokens of a script: each string, template or regular expression is a whole."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._last = ""
        self._is_value = False  # whether a slash here would divide what stands before it
        self._opened: list[str] = []  # the brackets around this place, and the words before them

    def __iter__(self) -> Iterator[re.Match[str]]:
        """Yield the tokens in their order."""
        place = 0
        while place < len(self._source):
            token = self._token(place)
            yield token
            place = token.end()
            if token.lastgroup != "gap":
                self._take(token)

    def _token(self, place: int) -> re.Match[str]:
        token = _JS.match(self._source, place)
        assert token, "any character is a mark"  # noqa: S101
        mark = token[0] if token.lastgroup == "mark" else ""
        whole: re.Match[str] | None = token
        if mark == "/" and self._last == "}":
            raise _refusal(token, "a slash that may divide, or begin a regular expression")
        if mark == "/" and not self._is_value:
            whole = _REGEX.match(self._source, place)
        elif mark == "`" or (mark == "}" and self._opened[-1:] == ["${"]):
            whole = _TEMPLATE.match(self._source, place)
        _refuse_open(token)
        if whole is None:
            raise _refusal(token, "a literal without an end")
        return whole

    def _take(self, token: re.Match[str]) -> None:
        """Remember what the meaning of the next slash depends on."""
        text, kind = token[0], token.lastgroup
        before = self._opened.pop() if text[0] in ")]}" and self._opened else ""
        if kind in ("mark", "template") and text[-1] in "([{":
            self._opened.append("${" if kind == "template" else self._last)
        self._last = text
        if kind == "word":
            self._is_value = text not in _BEFORE_VALUE
        elif text == ")":
            self._is_value = before not in _BEFORE_STATEMENT
        elif kind == "mark":
            self._is_value = text in ("]", "++", "--")
        else:
            self._is_value = not text.endswith("${")


def _refuse_open(token: re.Match[str]) -> None:
    is_open = token[0] in "\"'" or token.string.startswith("/*", token.start())
    if is_open and token.lastgroup == "mark":
        raise _refusal(token, "a text or a comment without an end")


def _refusal(token: re.Match[str], what: str) -> SyntaxError:
    line = token.string.count("\n", 0, token.start()) + 1
    return SyntaxError(f"line {line} has {what}")


if __name__ == "__main__":
    for name, text in build().items():
        (PACKAGE / name).write_text(text, "utf-8")
