"""docs/options.md is what the code says, and each of its examples is accepted."""

from __future__ import annotations

import inspect
import os
import re
import time
from pathlib import Path
from typing import get_type_hints

import pytest

import session440.asgi
import session440.wsgi
from docs import options
from session440 import Policy, Settings
from session440.options import Options

PAGE = Path(options.PAGE).read_text()
OPTIONS = {
    each.name: each for group in (*options.GROUPS, Options) for each in options.options_of(group)
}


def test_the_page_is_what_the_code_says():
    assert options.page() == PAGE, "python -m docs.options"


def test_every_option_belongs_to_a_group():
    assert {*OPTIONS} == {*get_type_hints(Options)}


@pytest.mark.parametrize("option", OPTIONS.values(), ids=lambda each: each.name)
def test_every_option_has_a_default_an_example_and_its_unit(option, monkeypatch):
    monkeypatch.setitem(os.environ, "SECRET_KEY", "a long random text")
    assert "efault" in option.text
    assert "Duration" not in option.kind or "econds" in option.text
    assert not option.kind.startswith("int") or "number of" in option.text
    names = {"Policy": Policy, "os": os, "time": time}
    given = eval(f"dict({option.example})", names)
    assert [*given] == [option.name]
    Settings(**{"secret_key": "a long random text", "store": "memory:", **given})


def test_what_only_one_adapter_has_is_in_the_page():
    told = {*re.findall(r"^\| [A-Z, ]+ \| `(\w+)` \|", PAGE, re.MULTILINE)}
    own = set()
    for module in (session440.wsgi, session440.asgi):
        own |= {*inspect.signature(module.Session440Middleware).parameters} - {"app", "options"}
    assert told == own
