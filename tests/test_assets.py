"""What is served to browsers is made from the commented sources, and loses only comments."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from assets.build import PACKAGE, Script, build, style_tokens, without_comments


def script_without(source: str) -> str:
    return without_comments(Script(source))


@pytest.mark.parametrize("name", ["client.js", "client.css"])
def test_what_is_served_is_what_the_build_makes(name):
    """After a change to a source, `make assets` is run."""
    assert (PACKAGE / name).read_text("utf-8") == build()[name]


@pytest.mark.parametrize(("name", "tokens"), [("client.js", Script), ("client.css", style_tokens)])
def test_no_comment_is_served(name, tokens):
    served = (PACKAGE / name).read_text("utf-8")
    assert without_comments(tokens(served)) == served


def test_what_is_served_is_a_script(tmp_path):
    """Node reads it, where there is one."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    path = tmp_path / "client.js"
    path.write_text(build()["client.js"].replace("__WORDS__", "{}"), "utf-8")
    subprocess.run([node, "--check", path], check=True, timeout=60)


KEPT = [
    'const a = "see // there";\nconst b = 1;',
    "const a = 'it\\'s // /* here */';",
    "const a = `one // two\n  three /* four */`;",
    "const a = `${b ? `// ${c}  //` : {}.d}  // e`;",
    "const a = `$ // {b}`;",
    "const a = /[/]  \\/\\//g;",
    "return /  '/.test(a);",
    "if (a(b)) /  `/.test(c);",
    "a = (b + c) / d; e = '/';",
    "a = b[0] / c / d; e = '//';",
    "a = b.return / c; e = '//';",
    "a++ / b; e = '//';",
    "a = 1. / b; e = '//';",
    "a = `b` / c; e = '//';",
    'a = "b \\\n  // c";',
]


@pytest.mark.parametrize("source", KEPT)
def test_what_only_looks_like_a_comment_is_kept(source):
    assert script_without(source) == source


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("a(); // b\n\n  c();", "a();\nc();"),
        ("a();// 'b", "a();"),
        ("/** a */\nb();\n", "b();"),
        ("a /* b */ + c", "a + c"),
        ("a/*b*/c", "a c"),
        ("return /* a\n b */ c", "return\nc"),
        ("a(`${b /* c */ + { d: 1 } /* e */}  `) // f", "a(`${b + { d: 1 } }  `)"),
        ("a = b /* c */ / d; // e '", "a = b / d;"),
        ("a = /'/; // '", "a = /'/;"),
    ],
)
def test_a_comment_becomes_a_space_or_an_end_of_line(source, made):
    assert script_without(source) == made


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ('a();\nb("c', "line 2 has a text or a comment without an end"),
        ("a(); /* b", "line 1 has a text or a comment without an end"),
        ("a(`b", "line 1 has a literal without an end"),
        ("a = /b", "line 1 has a literal without an end"),
        ("{ a() }\n/b/.test(c)", "line 2 has a slash that may divide"),
    ],
)
def test_what_is_not_clear_is_refused(source, what):
    with pytest.raises(SyntaxError, match=what):
        script_without(source)


def test_a_style_sheet_loses_its_comments_alone():
    source = 'a::before { content: "/* b */"; } /* c */\n/* d */\na { background: url(//e/*f*/g); }'
    assert without_comments(style_tokens(source)) == (
        'a::before { content: "/* b */"; }\na { background: url(//e/*f*/g); }'
    )


@pytest.mark.parametrize("source", [".a/* b */.c {}", ".a { /* b", '.a { content: "b'])
def test_a_style_sheet_that_is_not_clear_is_refused(source):
    with pytest.raises(SyntaxError, match="line 1 has"):
        without_comments(style_tokens(source))
