"""The options are described once: their types, and Django's capitals, agree with it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import session440.options
from session440 import Settings
from session440.options import DjangoOptions, Options, WSGIOptions

#: What Django's settings may give as a dotted path.
BY_PATH = ("clock", "choose_policy", "credential", "label", "on_event", "valid_from")


def test_every_option_is_one_of_settings():
    assert {*get_type_hints(Options)} == {each.name for each in fields(Settings) if each.init}


def test_djangos_are_the_same_in_capitals():
    """But for functions, which may be dotted paths there."""
    for name, kind in get_type_hints(Options).items():
        due = kind | str if name in BY_PATH else kind
        assert get_type_hints(DjangoOptions)[name.upper()] == due, name
    assert len(get_type_hints(DjangoOptions)) == len(get_type_hints(Options))
    assert not DjangoOptions.__required_keys__


def test_wsgi_alone_needs_a_secret_key():
    """WSGI has none of its own."""
    assert get_type_hints(WSGIOptions) == get_type_hints(Options)
    assert WSGIOptions.__required_keys__ == {"secret_key"}
    assert not Options.__required_keys__


def classes() -> Iterator[ast.stmt]:
    """What stands in the modules of the options."""
    for path in Path(session440.options.__file__).parent.glob("*.py"):
        yield from ast.parse(path.read_text()).body


def test_every_option_is_documented():
    """Beside its type: what it means, and its default unless it must be given."""
    described = {}
    for each in classes():
        if isinstance(each, ast.ClassDef) and each.name != "DjangoOptions":
            for key, text in zip(each.body, each.body[1:], strict=False):
                if isinstance(key, ast.AnnAssign):
                    described[each.name, key.target.id] = ast.literal_eval(text.value)
    assert {name for _, name in described} == {*get_type_hints(Options)}
    for (kind, name), text in described.items():
        assert "efault" in text or kind == "WSGIOptions", name


def test_nothing_but_type_checkers_needs_typing_extensions():
    """It is no dependency: Python 3.10 has no Unpack, and nobody evaluates it."""
    code = (
        "import sys; sys.modules['typing_extensions'] = None\n"
        "import session440.options, session440.wsgi\n"
        "session440.wsgi.Session440Middleware(print, secret_key='a long random text')"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
