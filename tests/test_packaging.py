"""What the wheel and the sdist hold, and what the two configuration files say."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CLIENT = ROOT / "session440" / "http" / "client"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the sdist, and the wheel that is built from it, as in a release."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "build", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> list[str]:
    """The names in the wheel."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def sdist(built) -> set[str]:
    """The names in the sdist, without the folder that all are in."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


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
    """No tests, demos, bench or release."""
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"session440"}


def test_sdist_holds_what_a_wheel_is_built_from_and_no_half_of_the_tests(sdist):
    """The script's sources, too: what is served is a bundle of them."""
    sources = {path.relative_to(ROOT).as_posix() for path in CLIENT.iterdir() if path.is_file()}
    assert sources | {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"} <= sdist
    assert {name.partition("/")[0] for name in sdist if "/" in name} == {
        "session440",
        "session440.egg-info",
    }


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
