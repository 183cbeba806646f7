"""The watched cookie's name, in every spelling that a parser behind us might take for it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from itertools import product
from unicodedata import category

import pytest
from django.http.cookie import parse_cookie as django_cookies
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.http import parse_cookie as werkzeug_cookies

from session440.core.cookie import find_cookies
from session440.plain.cookie_header import is_mentioned, is_plain, without

SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]
FORMATS = [chr(code) for code in range(0x3000) if category(chr(code)) in ("Cf", "Cc")]
ODD = [*SPACES, *FORMATS, '"', "'", ",", "(", "/", "[", "@", "\\", "\ufeff", "\xff"]


def sent(text: str) -> str:
    """Return *text* as WSGI passes what a client has sent in UTF-8 (PEP 3333)."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def read_by_django(header):
    return django_cookies(header.encode("latin-1").decode("utf-8", "replace"))


def read_by_werkzeug(header):
    try:
        return werkzeug_cookies(header)
    except UnicodeDecodeError:
        return {}


def read_by_simple_cookie(header):
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def read_by_stripping(header):
    """Read it as many small parsers do: in each encoding, and stripped of all odd characters."""
    raw, found = header.encode("latin-1"), {}
    for text in (header, raw.decode("utf-8", "ignore"), raw.decode("utf-8", "replace")):
        for part in text.split(";"):
            name, _, value = part.partition("=")
            found |= {name.strip(): value, name.strip().strip('"\ufeff\u200b'): value}
    return found


PARSERS = [
    read_by_django,
    read_by_werkzeug,
    read_by_simple_cookie,
    read_by_stripping,
]


def spellings():
    for odd in ODD:
        for text in (f"{odd}sid", f"sid{odd}", f"s{odd}id", f"{odd}{odd}sid{odd}", f"a{odd}sid"):
            yield text
            yield f" {text} "


@pytest.mark.parametrize(
    "encode", [sent, lambda text: text.encode("latin-1", "replace").decode("latin-1")]
)
def test_no_parser_finds_a_spelling_of_the_watched_cookie(encode):
    """What is left of the header holds no value under the name, whoever reads it."""
    for text, form in product(spellings(), ("{}=V", "a=b; {}=V", "{}=V; a=b", "a=b {}=V")):
        header = encode(form.format(text))
        left = "; ".join(without(header, "sid"))
        for read in PARSERS:
            assert read(left).get("sid") is None, (header, left)


@pytest.mark.parametrize("odd", ["\u2003", "\x1c", "\xa0", "\x85", '"', "\u200b"])
def test_odd_spelling_of_the_watched_cookie_is_a_mention(odd):
    for text in (f"sid{odd}=V", f"{odd}sid=V", f"x=y; {odd}sid{odd}=V"):
        assert is_mentioned(sent(text), "sid")


@pytest.mark.parametrize(
    "name", ["größe", "sidé_b", "日本", "xsid", "sid2", "my-sid", "SID", "sid.x"]
)
def test_other_names_are_spared(name):
    """Other cookies stay as they are, also those with names beyond ASCII."""
    header = sent(f"{name}=V; lang=en")
    assert not is_mentioned(header, "sid")
    assert "; ".join(without(header, "sid")) == header


@pytest.mark.parametrize("value", ["sid", "a:sid", "sid;", '"sid"'])
def test_watched_name_in_a_value_is_no_mention(value):
    assert not is_mentioned(f"lang={value}", "sid")


@given(st.text('sid =;,"\t\x0babc\xa0', max_size=30))
@settings(max_examples=2000, deadline=None)
def test_a_header_that_is_plain_is_shown_to_the_app_as_any_other_would_be(header):
    """What would be left of it for the app: this value of the cookie, and no other."""
    values = find_cookies(header, "sid")
    if len(values) != 1 or not is_plain(header, "sid", values[0]):
        return
    others = without(header, "sid")
    parts = [part.strip(" ") for part in header.split(";")]
    assert sorted(parts) == sorted([*others, f"sid={values[0]}"])
    for read in PARSERS:  # in quotation marks http.cookies passes over a semicolon
        assert read(header).get("sid") in (read(f"sid={values[0]}").get("sid"), None)


@given(st.text('sid =;,"\t\x0babc\xa0', max_size=30))
@settings(max_examples=2000, deadline=None)
def test_a_header_that_is_plain_mentions_the_cookie_where_one_of_its_parts_does(header):
    parts = header.split(";")
    assert is_mentioned(header, "sid") == any(is_mentioned(part, "sid") for part in parts)
