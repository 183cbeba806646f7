"""The site of the docs: it builds without a network, and everybody can read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_pages import ROOT, pages
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
}
SEEN = ["index", "how-it-decides", "options", "on-the-wire", "api/flask"]
#: Where no namespace can be made, sockets are refused in the process itself.
REFUSED = """
import runpy, socket, sys
def refuse(*arguments): raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refuse
runpy.run_module("sphinx", run_name="__main__", alter_sys=True)
"""


def without_network() -> list[str]:
    """Return how to run Sphinx where nothing can be reached."""
    alone = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") and subprocess.run([*alone, "true"], check=False).returncode == 0:
        return [*alone, sys.executable, "-m", "sphinx"]
    return [sys.executable, "-c", REFUSED]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built pages: each warning, and each name that is not found, is an error."""
    folder = tmp_path_factory.mktemp("site")
    options = ["-W", "--keep-going", "-n", "-q", "-d", folder / "doctrees"]
    command = [*without_network(), *options, ROOT / "docs", folder / "html"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": ""}
    done = subprocess.run(
        command, env=environment, check=False, capture_output=True, text=True, timeout=280
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "html"


def test_every_page_is_built(site):
    docs = [each.path.relative_to(ROOT / "docs") for each in pages()[1:]]
    assert [each for each in docs if not (site / each.with_suffix(".html")).exists()] == []


@pytest.fixture
def read(chromium, site):
    """Open a page, ``read("index", color_scheme="dark")``; nothing is fetched from elsewhere."""
    contexts, asked = [], []

    def opened(name: str, **look) -> Page:
        contexts.append(chromium.new_context(**look))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield opened
    for each in contexts:
        each.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", SEEN)
def test_axe_finds_nothing(read, npm_packages, name, look):
    """Nor does anything reach out of the window."""
    page = read(name, **LOOKS[look])
    page.evaluate((npm_packages / "axe-core/axe.js").read_text())
    found = page.evaluate("axe.run()")["violations"]
    assert [(each["id"], node["html"]) for each in found for node in each["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_read_without_javascript(read):
    page = read("options", java_script_enabled=False)
    page.get_by_role("link", name="idle_timeout", exact=True).first.click()
    expect(page.get_by_role("heading", name="idle_timeout")).to_be_in_viewport()
    page.get_by_role("link", name="Stores", exact=True).first.click()
    expect(page.get_by_role("heading", name="Stores", level=1)).to_be_visible()


def test_the_search_finds_an_option(read):
    page = read("index")
    page.get_by_placeholder("Search").first.fill("revalidate_interval")
    page.keyboard.press("Enter")
    expect(
        page.locator("#search-results").get_by_role("link", name="Options").first
    ).to_be_visible()
