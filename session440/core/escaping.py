"""Text of any kind, written in characters that fit into a cookie as they are."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

#: What needs no escaping, but for the sign in an address.
_PLAIN = re.compile(r"[\w.@-]*", re.ASCII)
#: What needs escaping.
_ODD = re.compile(r"[^\w.-]", re.ASCII)


def escape(text: str) -> str:
    """Return *text* in letters, digits and ``_.-%``. Lone surrogates are kept as well."""
    if _PLAIN.fullmatch(text):  # the common cases, in a fraction of the time
        return text.replace("@", "%40")
    if text.isascii():
        return _ODD.sub(_escaped, text)
    return quote(text, safe="", errors="surrogatepass").replace("~", "%7E")


def _escaped(odd: re.Match[str]) -> str:
    return f"%{ord(odd[0]):02X}"


def unescape(text: str) -> str:
    """Return the text that :func:`escape` was given.

    :raises ValueError: if it is not UTF-8.
    """
    text = text.replace("%40", "@")  # the common case, in a quarter of the time
    if "%" not in text:
        return text
    return unquote_to_bytes(text).decode("utf-8", "surrogatepass")
