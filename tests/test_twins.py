"""Each driver that awaits equals its twin, except for ``await`` and a leading ``a``."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import session440

PACKAGE = Path(session440.__file__).parent
FILES = [
    PACKAGE / "exchange" / "driver.py",
    *(PACKAGE / "django" / f"{name}.py" for name in ("answering", "clearing")),
    *sorted((PACKAGE / "processing").glob("[!_]*.py")),
]
#: What is different in kind: the one asks, tells or runs at once, the other elsewhere.
PRIMITIVES = {
    "aask",
    "avalid_from_of",
    "achange_of",
    "atell",
    "arefusal_of",
    "atell_store",
    "akeep_login",
    "arun",
    "areply",
}


def functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name: each for each in tree.body if isinstance(each, kinds)}


PAIRS = [
    (path, name)
    for path in FILES
    for name, each in functions(path).items()
    if isinstance(each, ast.AsyncFunctionDef)
]


class AtOnce(ast.NodeTransformer):
    """Remove ``await``, and the ``a`` before the names of what is awaited."""

    def visit_Await(self, node: ast.Await) -> ast.AST:
        call = self.generic_visit(node).value
        call.func = ast.parse(_at_once(ast.unparse(call.func)), mode="eval").body
        return call


def _at_once(name: str) -> str:
    head, dot, last = name.rpartition(".")
    head = "exchange.session" if head == "_awaited(exchange)" else head
    return f"{head}{dot}{last.removeprefix('a')}"


def text(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the statements without the docstring."""
    return [ast.unparse(AtOnce().visit(each)) for each in node.body[1:]]


def test_each_driver_that_awaits_has_a_twin():
    for path, name in PAIRS:
        assert name.removeprefix("a") in functions(path), name


@pytest.mark.parametrize(
    ("path", "name"),
    [each for each in PAIRS if each[1] not in PRIMITIVES],
    ids=lambda x: str(x)[-30:],
)
def test_twins_have_the_same_statements(path, name):
    found = functions(path)
    assert set(text(found[name])) ^ set(text(found[name.removeprefix("a")])) == ALONE.get(
        name, set()
    )


#: What only one of two does, and why.
ALONE = {
    # An async view that reads the visit cannot wait: there the login is judged before it.
    "aprocess_request": {
        "is_file = passes and exchange.request.method != 'OPTIONS'"
        " and (live_ticket(exchange) is not None)",
        "if is_file and exchange.judge_later(UNTOUCHED, partial(_judge_late, exchange)):\n"
        "    return Answer.APP",
    },
}


def test_primitives_hold_no_decision():
    """Each has only a call."""
    for path, name in PAIRS:
        if name in PRIMITIVES:
            assert len(functions(path)[name].body) <= 3, name
