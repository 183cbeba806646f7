"""docs/recipes/servers.md: its commands, as printed, and what it says of each server."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import endings
import pytest
from browser import Browser
from certificates import write_certificate
from clock import FileClock
from endings import IDLE, Place
from event_streams import stream
from ports import free_port
from processes import configured_nginx, running
from proxy_servers import APACHE_MODULES, LOADED, apache
from sockets import end_of, socket

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parent.parent / "docs/recipes/servers.md").read_text()
#: The first word, and what kind of app it serves.
COMMANDS = {
    (words[0], "asgi" if words[-1] == "mysite:asgi_app" else "wsgi"): words
    for words in map(shlex.split, re.findall(r"^\$ (.*)$", PAGE, re.M))
}
GUNICORN, ASGI_GUNICORN = ("gunicorn", "wsgi"), ("gunicorn", "asgi")
UVICORN, WAITRESS, UWSGI = ("uvicorn", "asgi"), ("waitress-serve", "wsgi"), ("uwsgi", "wsgi")
GRANIAN, ASGI_GRANIAN = ("granian", "wsgi"), ("granian", "asgi")
PHRASES = {
    ASGI_GUNICORN: "Unknown",
    UVICORN: "",
    GRANIAN: "<none>",
    ASGI_GRANIAN: "<none>",
}
TESTS = Path(__file__).parent
#: mod_wsgi runs the Python that it was built for.
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
#: What the recipes' site imports.
IMPORTED = ["session440", "recipe_site", "clock", "flask", "werkzeug", "jinja2", "markupsafe"]
IMPORTED += ["itsdangerous", "click", "blinker"]
MODULES = {
    "wsgi": "from recipe_site import app\n",
    "asgi": "from recipe_asgi_site import app as asgi_app\n",
}


def test_every_server_has_its_command():
    assert set(COMMANDS) == {
        *(GUNICORN, ASGI_GUNICORN, UVICORN, GRANIAN, ASGI_GRANIAN, WAITRESS, UWSGI)
    }


@contextmanager
def served(folder: Path, words: list[str], before: str = "", **environment: str) -> Iterator[Place]:
    """Run a command of the page, on a port of the test's; ``mysite`` is the recipes' site.

    :param before: what ``mysite`` does first.
    """
    clock, port = FileClock(folder / "clock"), free_port()
    kind = "asgi" if words[-1] == "mysite:asgi_app" else "wsgi"
    (folder / "mysite.py").write_text(before + MODULES[kind])
    program = Path(sys.executable).with_name(words[0])
    command = [str(program), *(each.replace("8000", str(port)) for each in words[1:])]
    paths = ":".join(map(str, [folder, TESTS, TESTS.parent]))
    environment = {"CLOCK": str(folder / "clock"), "PYTHONPATH": paths, **environment}
    with running(command, port, folder / "log", **environment):
        yield Place(
            f"http://127.0.0.1:{port}", clock, PHRASES.get((words[0], kind), endings.PHRASE)
        )


@pytest.mark.parametrize("server", COMMANDS, ids="-".join)
def test_a_login_ends_as_the_page_says(server, tmp_path):
    """And told to stop while a stream is open, the server ends before the stream's login does.

    One server for all that is asked of it: most take seconds to start.
    """
    with served(tmp_path, hurried(COMMANDS[server])) as place:
        endings.a_person_is_told_and_logs_in_again(place)
        endings.a_script_is_told(place)
        endings.bodies_arrive(place)
        endings.a_stream_ends(place)
        if server == ASGI_GUNICORN:
            a_socket_is_accepted_and_closed(place)
        elif "asgi" in server:
            endings.a_socket_ends(place)
        opened = stream(place.logged_in())
        assert opened.__enter__().next() == ("message", "for alice")
    # Here it has stopped, while the clock stood still: else the block fails after a minute.


def hurried(words: list[str]) -> list[str]:
    """Give a stop one second in place of ten, or of the thirty that gunicorn waits."""
    words = [{"10": "1", "10s": "1s"}.get(each, each) for each in words]
    return [words[0], "--graceful-timeout", "1", *words[1:]] if words[0] == "gunicorn" else words


def a_socket_is_accepted_and_closed(place: Place) -> None:
    b = place.logged_in()
    place.clock.advance(IDLE)
    with socket(b, "/socket") as opened:
        assert end_of(opened) == ([], 4440, "idle")


# --- what else the page says


def app_of(text: str) -> str:
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]


def test_the_app_of_the_page_starts_with_a_key_from_outside(tmp_path):
    """And its logins outlive a restart."""
    (tmp_path / "shop.py").write_text(app_of(PAGE))
    words = ["waitress-serve", "--listen", "127.0.0.1:8000", "shop:app"]
    jar: dict[str, str] = {}
    for _ in range(2):
        with served(tmp_path, words, SECRET_KEY="a long random text of the site") as place:
            browser = Browser(place.url, jar)
            if not jar:
                browser.post("/login")
            assert browser.get("/").text == "hello alice"


@pytest.mark.parametrize(("store", "is_good_again"), [("memory:", True), ("sqlite", False)])
def test_memory_forgets_a_logout_with_its_process(tmp_path, store, is_good_again):
    url = store if store == "memory:" else f"sqlite:///{tmp_path}/logins.db"
    words, options = COMMANDS[WAITRESS], f'{{"store": "{url}"}}'
    with served(tmp_path, words, OPTIONS=options) as place:
        person = place.logged_in()
        copy, another = person.copy(), person.copy()
        assert person.post("/logout").text == "out"
        assert another.navigate("/").status == 440
    with served(tmp_path, words, OPTIONS=options) as place:
        copy.url = place.url
        assert (copy.navigate("/").text == "hello alice") is is_good_again


def test_a_login_ends_behind_nginx_that_speaks_uwsgis_protocol(program, tmp_path):
    """And the app knows that people use https, without a header."""
    (config,) = re.findall(r"^```nginx\n(.*?)^```$", PAGE, re.DOTALL | re.M)
    nginx = program("nginx")
    port, browser_class = free_port(), write_certificate(tmp_path / "shop.pem")
    words = ["--socket" if each == "--http-socket" else each for each in COMMANDS[UWSGI]]
    with served(tmp_path, words) as behind:
        ours = {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "/etc/ssl": str(tmp_path),
            "127.0.0.1:8000": behind.url.removeprefix("http://"),
        }
        for theirs, our in ours.items():
            config = config.replace(theirs, our)
        with configured_nginx(nginx, tmp_path, port, config):
            url = f"https://127.0.0.1:{port}"
            place = Place(url, behind.clock, browser_class=browser_class)
            assert place.browser().get("/scheme").text.startswith("https://")
            endings.a_person_is_told_and_logs_in_again(place)
            endings.bodies_arrive(place)
            endings.a_stream_ends(place)


# --- Apache with mod_wsgi


@pytest.fixture
def readable():
    """A folder that Apache's workers may read, whoever they are."""
    folder = Path(tempfile.mkdtemp(prefix="session440-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_login_ends_under_mod_wsgi(program, readable):
    """Debian's, in which Debian's Python runs: its packages are copied to where it may read."""
    apache2 = program("apache2")
    if not (APACHE_MODULES / f"mod_wsgi.so-{PYTHON}").exists():
        pytest.skip(f"no mod_wsgi for Python {PYTHON}; Debian's is libapache2-mod-wsgi-py3")
    clock, port = FileClock(readable / "clock"), free_port()
    with apache(apache2, readable, port, mod_wsgi_config(readable), f"{LOADED} wsgi"):
        place = Place(f"http://127.0.0.1:{port}", clock)
        endings.a_person_is_told_and_logs_in_again(place)
        endings.a_script_is_told(place)
        endings.bodies_arrive(place)
        endings.a_stream_ends(place)


def mod_wsgi_config(folder: Path) -> str:
    """The page's, with a site in *folder*, which needs no virtual environment there."""
    for name in IMPORTED:
        found = find_spec(name).origin
        package = Path(found).parent if found.endswith("__init__.py") else Path(found)
        copy = shutil.copytree if package.is_dir() else shutil.copy
        copy(package, folder / package.name)
    (folder / "mysite.py").write_text(
        f"import os\n\nos.environ['CLOCK'] = {str(folder / 'clock')!r}\n\n"
        "from recipe_site import app\n\napplication = app\n"
    )
    (config,) = re.findall(r"^```apache\n(.*?)^```$", PAGE, re.DOTALL | re.M)
    return config.replace(" python-home=/srv/shop/venv", "").replace("/srv/shop", str(folder))
