"""What the wheel holds, and what the two configuration files say."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> list[str]:
    """The names in the wheel, built as a release would be."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        timeout=100,
    )
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def test_wheel_holds_code_template_script_types_and_licence(wheel):
    for name in (
        "session440/__init__.py",
        "session440/flask/__init__.py",
        "session440/wsgi/__init__.py",
        "session440/django/__init__.py",
        "session440/py.typed",
        "session440/http/440.html",
        "session440/http/client.js",
        "session440/http/dialogs.js",
        "session440/http/live.js",
        "session440/http/client.css",
    ):
        assert name in wheel
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_wheel_holds_each_language_written_and_compiled(wheel):
    """An app is installed where there is no compiler for catalogues."""
    folders = sorted(path.name for path in (ROOT / "session440" / "http" / "locale").iterdir())
    assert sorted(name for name in wheel if "/locale/" in name) == [
        f"session440/http/locale/{folder}/LC_MESSAGES/session440.{ending}"
        for folder in folders
        for ending in ("mo", "po")
    ]


def test_wheel_holds_nothing_else(wheel):
    """No tests, demos or bench."""
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"session440"}


def test_no_key_is_in_both_files():
    """setup.cfg: what setuptools alone reads; pyproject.toml: what every tool reads."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert dict(setup["metadata"]) == {"version": "attr: session440.version.__version__"}
    assert set(setup.sections()) == {
        "metadata",
        "options",
        "options.packages.find",
        "options.package_data",
    }
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert 'dynamic = ["version"]' in pyproject
    assert "[tool.setuptools" not in pyproject


def test_version_is_the_packages():
    from importlib.metadata import version

    import session440

    assert version("session440") == session440.__version__
