"""Every block of Python that README and docs/ show is run; other blocks can be read.

A page is run here, from its first block to its last in one namespace, unless a test module of its
own names it. What a page takes for granted, its reader's app for instance, stands below.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import click
import pytest
import yaml
from defusedxml import ElementTree
from doc_pages import ROOT, TESTS, Page, pages

import session440.cli

PAGES = {page.name: page for page in pages()}
#: Pages whose blocks are all run, and looked at, by tests of their own.
OWN = {
    "README.md": "test_readme.py",
    "docs/asgi.md": "test_asgi_docs.py",
    "docs/events.md": "test_metrics_docs.py",
    "docs/frameworks.md": "test_wsgi_frameworks.py",
    "docs/oidc.md": "test_oidc_recipes.py",
}
#: Folders whose pages have tests of their own, each of which names its page.
FOLDERS = ("docs/recipes/", "docs/start/", "docs/coming-from/")


def has_own_test(page: Page) -> bool:
    """Return whether a test module names the page, or the folder of pages that it follows."""
    folder = page.name.rpartition("/")[0]
    names = [page.name]
    if page.name.startswith(FOLDERS):
        names += [f'"{folder}"', f'/ "{folder.rpartition("/")[2]}"']
    texts = [path.read_text() for path in TESTS.glob("test_*.py") if path.name not in HERE]
    return any(name in text for text in texts for name in names)


#: They name pages, and run none.
HERE = {"test_docs_blocks.py", "test_typing.py"}


def blocks_of(page: Page) -> list[str]:
    return page.blocks("python")


WITH_PYTHON = [page for page in PAGES.values() if blocks_of(page)]


def run(page: Page, **names: object) -> dict[str, object]:
    """Run the blocks of a page in one module."""
    name = re.sub(r"\W", "_", page.name)
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(names)
    try:
        for number, block in enumerate(blocks_of(page), 1):
            exec(compile(block, f"{page.name}, block {number}", "exec"), vars(module))
    finally:
        del sys.modules[name]
    return vars(module)


# --- what pages take for granted


def in_flask(page: Page) -> None:
    """With a Flask app, in which session440 is, and what a view of Flask or Django imports."""
    import flask
    from django.http import JsonResponse
    from flask_login import login_required

    from session440.flask import Session440

    app = flask.Flask("shown")
    app.config |= {"SECRET_KEY": "a long random text", "SESSION440_STORE": "memory:"}
    names = run(
        page, app=app, abort=flask.abort, login_required=login_required, JsonResponse=JsonResponse
    )
    if isinstance(names["app"], flask.Flask):
        Session440(app)  # with the options that the page sets


def in_django(page: Page) -> None:
    """With what a module of URLs imports, in a Flask app for what stands beside it."""
    import flask
    from django.contrib.auth.views import LoginView
    from django.urls import path

    run(page, app=flask.Flask("shown"), path=path, LoginView=LoginView)


def at_a_login(page: Page) -> None:
    """While a person logs in to a WSGI app."""
    from calling import Call
    from wsgi_apps import wrap

    def site(environ, start_response):
        run(page, visit=environ["session440"], token={"expires_at": 2_000_000_000})
        start_response("200 OK", [])
        return [b""]

    app = wrap(site, lambda: 1_800_000_000.0)
    assert Call(app, "/login").cookies()


def of_a_user(page: Page) -> None:
    """In a Django view, with a user whose model has a column of its own."""
    from django.contrib.auth.models import User
    from django.test import Client, override_settings
    from django.urls import path

    def view(request):
        from django.http import HttpResponse

        user = User.objects.get(username="alice")
        run(page, request=request, user=user)
        assert request.session440.subject == str(user.pk)
        return HttpResponse("")

    urls = ModuleType("shown_urls")
    urls.urlpatterns = [path("", view)]
    with override_settings(ROOT_URLCONF=urls):
        client = Client()
        assert client.login(username="alice", password="wonderland")
        assert client.get("/").status_code == 200


SURROUNDINGS: dict[str, Callable[[Page], object]] = {
    "docs/activity.md": in_flask,
    "docs/credentials.md": at_a_login,
    "docs/everybody.md": of_a_user,
    "docs/proxies.md": in_flask,
    "docs/recent.md": in_django,
    "docs/stores.md": in_flask,
}


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda each: each.name)
def test_every_block_of_python_is_run(page):
    for number, block in enumerate(blocks_of(page), 1):
        compile(block, f"{page.name}, block {number}", "exec")
    if page.name in OWN:
        assert page.path.name in (TESTS / OWN[page.name]).read_text()
    elif page.name in SURROUNDINGS:
        SURROUNDINGS[page.name](page)
    elif has_own_test(page):
        return
    else:
        assert not page.name.startswith(FOLDERS), f"no test module names {page.name}"
        run(page)


def test_only_pages_that_are_there_are_named():
    assert {*SURROUNDINGS, *OWN} <= {each.name for each in WITH_PYTHON}


# --- other languages


def _ini(text: str) -> None:
    configparser.ConfigParser(interpolation=None, strict=False).read_string(text)


def _toml(text: str) -> None:
    tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
    tomllib.loads(text)


READERS: dict[str, Callable[[str], object]] = {
    "ini": _ini,
    "json": json.loads,
    "toml": _toml,
    "xml": ElementTree.fromstring,
    "yaml": lambda text: [*yaml.safe_load_all(text)],
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_what_has_a_parser_can_be_parsed(page):
    for language, read in READERS.items():
        for block in page.blocks(language):
            read(block)


#: What esbuild reads; the recipes' own tests also run it in a browser.
WEB = ("js", "jsx", "css")


@pytest.mark.slow
def test_what_browsers_read_can_be_parsed(npm_packages):
    for page in PAGES.values():
        for language in WEB:
            for number, block in enumerate(page.blocks(language), 1):
                command = [npm_packages / ".bin/esbuild", f"--loader={language}"]
                done = subprocess.run(command, input=block, capture_output=True, text=True)
                assert done.returncode == 0, f"{page.name}, {language} {number}: {done.stderr}"


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_block_says_its_language(page):
    assert "" not in page.languages


# --- commands


def commands() -> list[tuple[str, list[str]]]:
    """Return what the pages tell people to type, by page."""
    return [
        (page.name, shlex.split(line, comments=True))
        for page in PAGES.values()
        for block in page.blocks("console")
        for line in re.findall(r"^\$ (.*)", block.replace("\\\n", ""), re.MULTILINE)
    ]


OURS = [
    (page, words[words.index("session440") + 1 :])
    for page, words in commands()
    if "session440" in words
]


@pytest.mark.parametrize(("page", "words"), OURS, ids=str)
def test_a_command_of_ours_has_the_options_that_are_shown(page, words):
    command: click.Command = session440.cli.commands
    known = {"--help", "-h", "--version"}
    for word in words:
        if word in ("|", ">", "&"):
            break
        if isinstance(command, click.Group) and not word.startswith("-"):
            command = command.get_command(click.Context(command), word) or command
        known |= {option for each in command.params for option in each.opts}
        assert word.partition("=")[0] in known or not re.match(r"--?\w", word)
    assert command is not session440.cli.commands or words[0].startswith("-")


def test_targets_of_make_that_are_shown_are_there():
    makefile = (ROOT / "Makefile").read_text()
    named = {
        each
        for _, words in commands()
        if words[:1] == ["make"]
        for each in words[1:]
        if "=" not in each and not each.startswith("-")
    }
    assert named <= {*re.findall(r"^([\w-]+):", makefile, re.MULTILINE)}
