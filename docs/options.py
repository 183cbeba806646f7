"""Writes docs/options.md from the types, texts and defaults: ``python -m docs.options``."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from session440 import Policy, Settings
from session440.moments import spoken
from session440.options import Options, browser, lifetimes, requests, servers

PAGE = Path(__file__).parent / "options.md"
START, END = "<!-- from session440.options: python -m docs.options -->", "<!-- end -->"
GROUPS = (
    lifetimes.Lifetimes,
    requests.Ends,
    requests.Activity,
    requests.Proofs,
    browser.Cookies,
    browser.Pages,
    servers.Stores,
    servers.Surroundings,
)
#: What the frameworks give, and what is asked when the site starts.
_ELSEWHERE = {
    "secret_key": "the framework's",
    "secret_key_fallbacks": "the framework's",
    "login_url": "the framework's, or `/login`",
    "trusted_origins": "the framework's",
    "cookie_name": "the session cookie's + `440`",
    "node": "the host's name",
    "clock": "`time.time`",
    "on_event": "the log",
    "policy": "20 minutes, 8 hours",
    "step_up_url": "`login_url`",
    "drain_limit": "1 MiB",
}
_SECONDS = {
    "idle_timeout": Policy().idle_timeout,
    "absolute_timeout": Policy().absolute_timeout,
    "warn_before": Policy().warning,
    "renew_interval": Policy().renewal,
    "evidence": Settings().evidence,
    "revalidate_interval": Settings().revalidate_interval,
}


class Option(NamedTuple):
    """One option, as the code describes it."""

    name: str
    kind: str
    text: str
    example: str


def options_of(group: type) -> Iterator[Option]:
    """Yield the options that stand in the body of a class."""
    body: Any = ast.parse(inspect.getsource(group)).body[0]
    for key, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(key, ast.AnnAssign) and isinstance(text, ast.Expr):
            told, _, example = inspect.cleandoc(ast.literal_eval(text.value)).partition("Example: ")
            kind = ast.unparse(key.annotation).replace("'", '"')
            yield Option(ast.unparse(key.target), kind, told.strip(), example.strip("`.\n"))


def default_of(name: str) -> str:
    """Return the default as the page shows it."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    if name in _SECONDS:
        return spoken(_SECONDS[name])
    value = getattr(Settings(), name)
    if value in (None, (), {}):
        return "none"
    return f"{value:,}" if type(value) is int else f"`{value!r}`".replace("'", '"')


def section(option: Option) -> str:
    """Return what the page says of one option."""
    name, _, value = option.example.partition("=")
    text = re.sub(r"``(.*?)``", r"`\1`", option.text)
    return (
        f"### `{name}`\n\n{text}\n\n"
        f"- Type: `{option.kind}`\n"
        f"- WSGI and ASGI: `{option.example}`\n"
        f"- Flask: `SESSION440_{name.upper()} = {value}`\n"
        f'- Django: `"{name.upper()}": {value}`\n'
    )


def summary(option: Option) -> str:
    """Return the beginning of what the page says of one option."""
    first = re.split(r"[.:;](?=\s)", option.text)[0].replace("\n", " ")
    return re.sub(r"``(.*?)``", r"`\1`", first)


def written() -> str:
    """Return the part of the page that comes from the code."""
    groups = {str(each.__doc__).rstrip("."): [*options_of(each)] for each in GROUPS}
    groups["The ticket's cookie, and the keys that sign it"][:0] = options_of(Options)
    rows = [
        f"| [`{each.name}`](#{each.name}) | {default_of(each.name)} | {summary(each)} |"
        for options in groups.values()
        for each in options
    ]
    sections = [
        f"## {told}\n\n" + "\n".join(map(section, options)) for told, options in groups.items()
    ]
    return "\n".join(["| option | default | what it says |", "|---|---|---|", *rows, "", *sections])


def page() -> str:
    """Return the whole page: what stands around the part from the code is written by hand."""
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{written()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
