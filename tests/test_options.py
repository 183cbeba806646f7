"""The options are described once: their types, Django's capitals and README agree with it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

import session440.options
from session440 import Policy, Settings
from session440.options import DjangoOptions, Options, WSGIOptions

README = (Path(__file__).parent.parent / "README.md").read_text()
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


# README's table


def rows() -> dict[str, str]:
    """The defaults that README tells, by option."""
    table = README.partition("## Options")[2].partition("\n## ")[0]
    cells = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    told = {}
    for names, default, _ in (each[:3] for each in cells):
        known = re.findall(r"`(\w+)`", names)
        # Two options in a row have two defaults, or one that is both's.
        parts = re.split(r", ", default.strip())
        parts = parts if len(parts) == len(known) > 1 else [default.strip()] * len(known)
        told.update({name: part.strip("` ") for name, part in zip(known, parts, strict=True)})
    return told


def test_readme_has_a_row_for_each_option_and_no_other():
    assert {*rows()} == {*get_type_hints(Options)}


PLAIN = {
    "20 min": 1200,
    "8 h": 28800,
    "2 min": 120,
    "1 day": 86400,
    "1 MiB": 1024 * 1024,
    "none": (None, (), {}),
    "yes": True,
    "0": 0,
    "10,000": 10_000,
    "440": 440,
}


@pytest.mark.parametrize(
    "name",
    [
        "idle_timeout",
        "absolute_timeout",
        "warn_before",
        "policies",
        "choose_policy",
        "next_param",
        "enforcement",
        "status",
        "public",
        "passive",
        "activity",
        "endpoint",
        "evidence",
        "adopt",
        "store",
        "store_failure",
        "revalidate_interval",
        "max_logins",
        "store_debts",
        "drain_limit",
    ],
)
def test_readme_tells_the_default(name):
    told = rows()[name]
    is_warning = name == "warn_before"  # which the policy works out
    kept = Policy().warning if is_warning else getattr(Settings(), name)
    due = PLAIN.get(told, told)
    assert kept in due if isinstance(due, tuple) else kept == due
