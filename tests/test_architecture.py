"""The shape of the code: which module may import which, and how large each may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "session440"

#: Each room, or module of the root, may import those before it, and no other.
ARROWS = [
    "version",
    "cause",
    "exceptions",
    "greenlets",
    "moments",
    "policy",
    "core",
    "events",
    "stores",
    "oidc",
    "options",
    "checks",
    "decorators",
    "settings",
    "registry",
    "live",
    "engine",
    "exchange",
    "visit",
    "http",
    "processing",
    "plain",
    "doctor",
    "probe",
    "explain",
    "snippets",
    "webconfig",
    "migration",
]
ADAPTERS = ["wsgi", "asgi", "flask", "django"]
OUTSIDE = [
    *("__init__", "__main__", "cli", "fastapi", "metrics", "openapi", "pytest_plugin", "testing"),
]


def modules() -> dict[str, Path]:
    """Return every module of the package, by its dotted name."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
    }


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports, at any depth, except for its types."""
    found = set()
    depth = len(path.relative_to(PACKAGE).parts)
    for node in ast.walk(_without_types(ast.parse(path.read_text()))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [each.name for each in node.names]
            found |= {name.partition(".")[0] for name in names}
    return found


def _without_types(tree: ast.Module) -> ast.Module:
    """An import under TYPE_CHECKING is never made."""
    tree.body = [
        each
        for each in tree.body
        if not (isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING")
    ]
    return tree


def test_every_module_is_in_the_list_of_arrows_or_in_an_adapter():
    """A new module is added to the list of arrows, or belongs to an adapter."""
    top = {name.partition(".")[0] for name in modules()}
    assert top == {*ARROWS, *ADAPTERS, *OUTSIDE}


@pytest.mark.parametrize("name", ARROWS)
def test_imports_go_one_way(name):
    allowed = set(ARROWS[: ARROWS.index(name)])
    paths = [path for each, path in modules().items() if each.partition(".")[0] == name]
    assert paths
    assert set().union(*map(imports, paths)) <= allowed | {name}


def test_nothing_imports_what_is_for_tests():
    """A site that is served never loads it; the pytest plugin does so in a fixture."""
    for name, path in modules().items():
        if name.partition(".")[0] not in ("testing", "pytest_plugin"):
            assert "testing" not in imports(path), name


def test_each_store_imports_only_its_own_library():
    """The contract, the records and the memory store import none."""
    needed = {"redis": "redis", "sql": "sqlalchemy"}
    for name, path in modules().items():
        if name.startswith("stores."):
            kind = name.partition(".")[2].partition("_")[0]
            roots = {
                (node.module or "").partition(".")[0]
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.ImportFrom) and node.level == 0
            }
            assert roots & {"redis", "sqlalchemy", "psycopg", "django", "flask"} <= (
                {needed[kind], "psycopg"} if kind == "sql" else {needed.get(kind)}
            ), name


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_adapters_never_import_each_other(adapter):
    for name, path in modules().items():
        if name.partition(".")[0] == adapter:
            assert not imports(path) & {*ADAPTERS} - {adapter}


def test_core_imports_no_framework():
    """In a new process, only Werkzeug and itsdangerous are imported."""
    code = (
        "import sys; before = set(sys.modules); import session440, session440.wsgi;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    loaded = set(done.stdout.split()) - set(sys.stdlib_module_names)
    assert loaded <= {"session440", "werkzeug", "itsdangerous", "markupsafe"}


def test_the_core_logs_nothing_has_no_clock_and_starts_no_thread():
    """Its functions depend only on their arguments."""
    impure = {"logging", "time", "threading", "socket", "os", "random"}
    for name, path in modules().items():
        if name.startswith("core."):
            tree = ast.parse(path.read_text())
            roots = {
                each.partition(".")[0]
                for node in ast.walk(tree)
                for each in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom) and node.level == 0
                    else []
                )
            }
            assert not roots & impure, name


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "base", "manager"])
def test_no_module_has_a_name_that_says_nothing(word):
    assert not [name for name in modules() if word in name]


def test_the_reason_phrase_is_written_once_in_the_code():
    """Every table of reason phrases gets it from one place."""
    texts = "\n".join(
        node.value
        for path in modules().values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
    )
    assert len(re.findall(r"^Login Timeout$", texts, re.MULTILINE)) == 1


def test_nothing_unpickles_and_no_datetime_is_naive():
    for path in modules().values():
        source = path.read_text()
        assert "pickle" not in source
        assert "utcnow" not in source
        assert "datetime.now(" not in source


def test_only_moments_formats_times_and_knows_the_length_of_units():
    """Texts of times, and the seconds of an hour or a day, are only in ``moments``."""
    for name, path in modules().items():
        if name == "moments":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"isoformat", "strftime", "fromtimestamp"}, name
            if isinstance(node, ast.FormattedValue) and node.format_spec:
                assert "%" not in ast.unparse(node.format_spec).removesuffix("%'"), name
            if isinstance(node, ast.Constant):
                assert node.value not in {3600, 86400}, name


#: Where an attribute is assigned of what is not one's own, and why.
ASSIGNED = {
    # The frameworks' objects: their own attributes, and where an app finds its visit.
    "django.answering: setattr(request, EXCHANGE)",
    "django.answering: setattr(request, VISIT)",
    "django.response: setattr(response, '_has_been_logged')",
    "django.middleware: response.reason_phrase",
    "django.handshake: request.resolver_match",
    "django.event_stream: response.streaming_content",
    "django.receivers: setattr(request, LOGGED_OUT)",
    "django.session: session.accessed",
    "django.hidden: setattr(session, '_session_key')",
    "django.session: source.accessed",
    "django.session: self.native.user",
    "flask.extension: setattr(context.request, EXCHANGE)",
    "flask.extension: setattr(context.request, VISIT)",
    "flask.extension: response.status",
    "flask.live: response.response",
    "flask.handshake: setattr(request, EXCHANGE)",
    "flask.handshake: setattr(request, VISIT)",
    "flask.sockets: setattr(request, SOCKET)",
    # Socket.IO has no place for what is to be done before every event of every namespace.
    "flask.sockets: setattr(server, '_trigger_event')",
    "flask.sockets: setattr(server, '_handle_ack')",
    "flask.sockets: setattr(server, 'handle_request')",
    "flask.sockets: setattr(server.eio, 'send_packet')",
    "flask.sockets: setattr(socketio, '_handle_event')",
    "flask.session: session.accessed",
    "flask.receivers: setattr(g, PROTECTED)",
    "flask.session: setattr(request, 'cookies')",
    # Django's session becomes one that has its login judged first.
    "django.judged_first: session.__class__",
    "flask.judged_first: session.__class__",
    "plain.login_again: session.__class__",
    # A view is marked; there is nothing else to know it by.
    "decorators: setattr(view, PUBLIC)",
    "decorators: setattr(view, PASSIVE)",
    "decorators: setattr(view, RECENT)",
    "decorators: setattr(view, method)",
    "decorators: setattr(made, ASKS)",
    "decorators: setattr(view, MAKER)",
    # A row that is shown is given the name of its user, by one query for all rows.
    "django.admin: login.person",
    # A frozen dataclass, in its own __init__.
    "policy: object.__setattr__(self, name)",
    # Objects of the standard library and of click, and two of the same file's classes.
    "probe.asking: timer.daemon",
    "http.reading: timer.daemon",
    "oidc.deadline: self._timer.daemon",
    "probe.asking: connection.sock",
    "cli.logins: context.obj",
    "cli.explain: source.period",
    "webconfig.reading: self._builder.parser",
    # A test moves the time of an engine, and changes the ticket of a client.
    "testing.travel: engine.clock",
    "testing.cookies: each.value",
}


def assigned_from_outside(path: Path) -> set[str]:
    """Return the attributes that a file assigns or deletes, except on ``self`` and ``cls``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            if ast.unparse(node.value) not in {"self", "cls"}:
                found.add(ast.unparse(node))
        elif isinstance(node, ast.Call) and re.search(
            r"\b(set|del)attr\b|__(set|del)attr__$", ast.unparse(node.func)
        ):
            found.add(f"{ast.unparse(node.func)}({', '.join(map(ast.unparse, node.args[:2]))})")
    return found


def test_no_code_assigns_attributes_of_another_object():
    """An exchange or a visit changes only by its own methods, so one file explains it."""
    found = {
        f"{name}: {each}"
        for name, path in modules().items()
        for each in assigned_from_outside(path)
    }
    assert found == ASSIGNED


@pytest.mark.parametrize(
    "code",
    [
        "exchange.is_sent = True",
        "exchange.count += 1",
        "exchange.holding: Holding = empty",
        "del visit._exchange",
        "exchange.holding, rest = pair",
        "for exchange.now in times: pass",
        "self.exchange.is_sent = True",
        "setattr(exchange, name, True)",
        "delattr(visit, '_exchange')",
        "object.__setattr__(ticket, 'id', '')",
    ],
)
def test_an_assignment_from_outside_is_found(tmp_path, code):
    (tmp_path / "code.py").write_text(code)
    assert len(assigned_from_outside(tmp_path / "code.py")) == 1


def test_no_test_sleeps():
    for path in Path(__file__).parent.glob("*.py"):
        calls = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
        ]
        assert "sleep" not in {getattr(call.func, "attr", None) for call in calls}, path.name


def test_no_test_asserts_how_quick_the_machine_is():
    """Tests count; `make soak` measures. Races may use a clock for their pace only."""
    clocks = {"monotonic", "perf_counter", "process_time", "thread_time"}
    for path in Path(__file__).parent.glob("*.py"):
        if path.name == "racing.py" or path.name.startswith("soak_"):
            continue
        named = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name | ast.Attribute | ast.alias):
                name = getattr(node, "id", None) or getattr(node, "attr", None) or node.name
                named.add(name.removesuffix("_ns"))
        assert not named & {*clocks, "timeit"}, path.name


#: What reads the machine's date and time, however it was imported.
READS = re.compile(
    r"(datetime\.)?(time\.time|time|datetime\.(now|utcnow|today)|date\.today|timezone\.now)(_ns)?"
)
#: Tests that compare such times all the same.
COMPARING = {
    # A store's clock is between two readings of the machine's, however far apart those are.
    "test_a_store_has_a_clock_of_its_own",
}


def depends(node: ast.AST, timed: set[str]) -> bool:
    """Return whether a value is made of the machine's time, except by a lambda as a ``clock``."""
    if isinstance(node, ast.Lambda):
        return False
    if isinstance(node, ast.Call) and READS.fullmatch(ast.unparse(node.func)):
        return True
    if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in timed:
        return True
    return any(depends(each, timed) for each in ast.iter_child_nodes(node))


def names_of_times(tree: ast.AST) -> set[str]:
    """Return the names that hold the machine's time or something made of it."""
    timed: set[str] = set()
    while True:
        found = {
            ast.unparse(each)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr)
            and node.value is not None
            and depends(node.value, timed)
            for target in getattr(node, "targets", None) or [node.target]
            for each in getattr(target, "elts", [target])
        }
        if found <= timed:
            return timed
        timed |= found


def comparisons_of_times(source: str) -> list[str]:
    """Return what compares or asserts the machine's time, with the name of its test."""
    return [
        f"{getattr(part, 'name', 'the module')}: {ast.unparse(node)}"
        for part in ast.parse(source).body
        for timed in [names_of_times(part)]
        for node in ast.walk(part)
        if isinstance(node, ast.Compare | ast.Assert) and depends(node, timed)
    ]


def test_no_test_compares_the_machines_time():
    """A busy machine would break it: time is a parameter, ``clock``."""
    for path in Path(__file__).parent.glob("*.py"):
        if not path.name.startswith("soak_"):
            found = comparisons_of_times(path.read_text())
            assert [each for each in found if each.partition(":")[0] not in COMPARING] == []


@pytest.mark.parametrize(
    "code",
    [
        "assert time.time() < 5",
        "began = time.time(); work(); assert time.time() - began < 5",
        "began = time(); work(); took = time() - began; assert took < 5",
        "began = datetime.now(UTC); took = 0; took += len(str(began)); assert took",
        "it.began = datetime.datetime.utcnow(); assert it.began - 5 < limit",
        "end = time.time_ns() + 5\nwhile work() < end: work()",
        "wait_until(lambda: time.time() > 5)",
    ],
)
def test_a_comparison_of_the_machines_time_is_found(code):
    body = code.replace("\n", "\n    ")
    assert comparisons_of_times(f"def test():\n    {body}")


@pytest.mark.parametrize(
    "code",
    [
        "assert probe(url, clock=lambda: time.time() + 90) == []",
        "ticks = iter([time.time()]); login(next(ticks)); assert work()",
        "assert store.time() == 5",
        "self.began = time.time(); assert self.ended is None",
        "assert now('logins') == datetime(2026, 1, 1, tzinfo=UTC)",
    ],
)
def test_a_clock_that_is_given_is_no_comparison(code):
    assert not comparisons_of_times(f"def test():\n    {code}")


def test_functions_and_files_stay_small():
    """No function has more than 30 lines, and no file more than 300: nor in the bench."""
    bench = {str(path.relative_to(ROOT)): path for path in (ROOT / "bench").rglob("*.py")}
    for name, path in {**modules(), **bench}.items():
        lines = path.read_text().splitlines()
        assert len(lines) <= 300, f"{name} has {len(lines)} lines"
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                assert length <= 30, f"{name}.{node.name} has {length} lines"


def test_files_of_tests_stay_within_500_lines():
    """A longer file is about more than one behaviour, and is split by behaviour."""
    for path in Path(__file__).parent.glob("*.py"):
        length = len(path.read_text().splitlines())
        assert length <= 500, f"{path.name} has {length} lines"
