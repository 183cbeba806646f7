"""docs/recipes: each proxy's configuration, as printed, before real servers, over https."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import endings
import pytest
from browser import Browser
from calling import Call
from certificates import SecureBrowser, write_certificate
from clock import FileClock
from endings import IDLE, Place, is_440
from ports import free_port
from processes import running
from programs import PACKAGES
from proxy_servers import PROXIES
from redis_servers import wait_until

from session440.probe import probe

pytestmark = pytest.mark.slow

RECIPES = Path(__file__).parent.parent / "docs/recipes"
TESTS = Path(__file__).parent
#: By the program: its page, and the phrase that it writes on a 440 of WSGI's and of ASGI's.
PAGES = {
    "nginx": ("nginx.md", endings.PHRASE, ""),
    "apache2": ("apache.md", endings.PHRASE, ""),
    "haproxy": ("haproxy.md", endings.PHRASE, ""),
    "caddy": ("caddy.md", "status code 440", "status code 440"),
}
SITES = {
    "wsgi": ["gunicorn", "--threads", "16", "--bind", "127.0.0.1:{port}", "recipe_site:app"],
    "asgi": ["uvicorn", "--port", "{port}", "recipe_asgi_site:app"],
}


def blocks(program: str) -> list[str]:
    text = (RECIPES / PAGES[program][0]).read_text()
    return re.findall(r"^```(?:nginx|apache|text|caddyfile)\n(.*?)^```$", text, re.DOTALL | re.M)


class Front:
    """Servers of the recipes' site, and a proxy before them."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.clock = FileClock(folder / "clock")
        self.port = free_port()
        self.certificate = folder / "shop.pem"
        self.browser_class = write_certificate(self.certificate)

    def open(self, program: str, path: str, config: str, site: str = "wsgi") -> Place:
        for address in sorted(set(re.findall(r"127\.0\.0\.1:800\d", config))):
            config = config.replace(address, f"127.0.0.1:{self.serve(site)}")
        config = self.mine(config)
        self.stack.enter_context(PROXIES[program](path, self.folder, self.port, config))
        phrase = PAGES[program][1 if site == "wsgi" else 2]
        return Place(f"https://127.0.0.1:{self.port}", self.clock, phrase, self.browser_class)

    def mine(self, config: str) -> str:
        """Put addresses and files of the test's into a configuration of a page."""
        here = f"127.0.0.1:{self.port}"
        ours = {
            "listen 443 ssl;": f"listen {here} ssl;",
            # As the page has it for other ports than 443.
            "Host $host;": "Host $host:$server_port;",
            "*:443": here,
            "bind :443": f"bind {here}",
            "shop.example {\n": f"https://{here} {{\n\ttls {self.certificate} {self.certificate}\n",
            "/etc/ssl/shop.pem": str(self.certificate),
            "/srv/private": str(self.folder),
            # A busy machine is no outage.
            " check\n": " check inter 60s\n",
        }
        for theirs, our in ours.items():
            config = config.replace(theirs, our)
        return config

    def serve(self, site: str) -> int:
        port = free_port()
        name, *options = (each.format(port=port) for each in SITES[site])
        command = [str(Path(sys.executable).with_name(name)), *options]
        environment = {"CLOCK": str(self.folder / "clock"), "PROXIED": "yes"}
        paths = f"{TESTS}:{TESTS.parent}"
        log = self.folder / f"{port}.log"
        self.stack.enter_context(running(command, port, log, PYTHONPATH=paths, **environment))
        assert Browser(f"http://127.0.0.1:{port}").get("/healthz").text == "ready"
        return port


@contextmanager
def fronts(program: Callable[[str], str], folder: Path) -> Iterator[Callable[..., Place]]:
    with ExitStack() as stack:
        yield lambda name, config, site="wsgi": Front(folder, stack).open(
            name, program(name), config, site
        )


@pytest.fixture
def front(program, tmp_path):
    """Run a configuration for the length of the test: ``front("caddy", config, "asgi")``."""
    with fronts(program, tmp_path) as open_front:
        yield open_front


def test_each_proxy_is_one_that_can_be_installed():
    assert set(PAGES) == set(PROXIES) <= set(PACKAGES)


# --- what is the same for all


@pytest.mark.parametrize("name", PAGES)
def test_a_login_ends_behind_a_proxy_as_without_it(front, name, tmp_path):
    """Page, cookies and link; forms and streams; as people meet it, and as the probe sees it."""
    place = front(name, blocks(name)[0])
    the_app_knows_what_people_see(place)
    a_page_may_extend(place)
    endings.a_person_is_told_and_logs_in_again(place)
    endings.a_script_is_told(place)
    endings.bodies_arrive(place)
    endings.a_stream_ends(place)
    place.clock.follow_the_machine()
    found = probe(place.url, cafile=str(tmp_path / "shop.pem"), origin="https://other.example")
    phrases = ["session440.W078"] if name == "caddy" else []  # it writes one of its own
    assert [each.id for each in found] == phrases


@pytest.mark.parametrize("name", PAGES)
def test_sockets_and_streams_of_an_asgi_app_end_behind_a_proxy(front, name):
    place = front(name, blocks(name)[0], "asgi")
    the_app_knows_what_people_see(place)
    endings.a_person_is_told_and_logs_in_again(place)
    endings.a_stream_ends(place)
    assert issubclass(place.browser_class, SecureBrowser)
    endings.a_socket_ends(place, ssl=place.browser_class.trust)


def the_app_knows_what_people_see(place: Place) -> None:
    """Host and scheme are those of the browser, whatever it claims; so the cookies are Secure."""
    b = place.browser()
    assert b.get("/scheme", X_Forwarded_Proto="http").text == place.url + "/"
    answer = b.post("/login", {"username": "alice"})
    assert all(each["secure"] for each in answer.cookies.values())
    assert answer.cookies


def a_page_may_extend(place: Place) -> None:
    """By an old browser, which sends its origin alone."""
    b = place.logged_in()
    assert b.request("POST", "/session440/extend", {"Origin": place.url}).status == 200
    assert b.request("POST", "/session440/extend", {"Origin": "https://a.example"}).status == 403


# --- what the pages say of one


def test_nginx_logs_the_cause_of_a_440(front, tmp_path):
    logging_page = (RECIPES / "logging.md").read_text()
    form, log = re.findall(r"^```nginx\n(.*?)^```$", logging_page, re.DOTALL | re.M)
    server = "server_name shop.example;\n"
    log = log.replace("/var/log/nginx", str(tmp_path))
    place = front("nginx", form + blocks("nginx")[0].replace(server, server + log))
    b = place.logged_in()
    place.clock.advance(IDLE)
    b.navigate("/")
    line = '127.0.0.1 "GET / HTTP/1.1" 440 "idle"\n'
    # nginx writes it once the answer is out.
    wait_until(lambda: (tmp_path / "causes.log").read_text().endswith(line))


def test_apaches_own_pages_are_for_the_codes_that_are_named(front):
    config = blocks("apache2")[0]
    place = front("apache2", config)
    b = place.logged_in()
    missing = b.get("/nowhere")
    assert (missing.status, missing.text) == (404, "There is no such page.")
    place.clock.advance(IDLE)
    answer = b.navigate("/")
    is_440(place, answer)
    assert answer["Referrer-Policy"] == "same-origin"


def test_apaches_own_pages_without_codes_replace_the_440s(front):
    config = blocks("apache2")[0].replace("On 404 500 502 504", "On")
    place = front("apache2", config)
    b = place.logged_in()
    place.clock.advance(IDLE)
    answer = b.navigate("/")
    assert (answer.status, answer["Set-Cookie"]) == (440, None)
    assert "Log in again" not in answer.text


def test_apache_refuses_a_page_for_440(front):
    config = blocks("apache2")[0].replace("ErrorDocument 404", "ErrorDocument 440")
    with pytest.raises(pytest.fail.Exception, match="Unsupported HTTP response code 440"):
        front("apache2", config)


def test_haproxys_rule_counts_no_440(front):
    whole, rule = blocks("haproxy")
    place = front(
        "haproxy", whole.replace("    default_backend app\n", rule + "    default_backend app\n")
    )
    b = place.logged_in()
    place.clock.advance(IDLE)
    for _ in range(30):
        is_440(place, b.get("/", Session440_Passive="?1"))
    assert [b.get("/nowhere").status for _ in range(30)][-1] == 429


def test_caddys_own_pages_are_for_the_codes_that_are_named(front):
    place = front("caddy", blocks("caddy")[1])
    b = place.logged_in()
    assert b.get("/nowhere").text == "There is no such page."
    place.clock.advance(IDLE)
    is_440(place, b.navigate("/"))


def test_caddy_serves_files_to_people_who_are_logged_in(front, tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/2026.txt").write_text("the report")
    place = front("caddy", blocks("caddy")[2])
    b = place.logged_in()
    served = b.navigate("/reports/2026.txt")
    assert (served.status, served.text) == (200, "the report")
    assert served["Cache-Control"] == "private, no-cache"
    place.clock.advance(IDLE - 1)
    assert b.navigate("/reports/2026.txt").sets("__Host-session440")  # renewed, through Caddy
    place.clock.advance(IDLE - 1)
    assert b.navigate("/reports/2026.txt").text == "the report"
    place.clock.advance(IDLE)
    is_440(place, b.navigate("/reports/2026.txt"))
    assert b.cookies == {}
    assert b.navigate("/reports/2026.txt").status == 404  # the app's answer to a visitor
    assert b.get("/session440/auth").status == 404


# --- what the page about all of them shows


def snippets() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (RECIPES / "proxy.md").read_text(), re.DOTALL)


def test_an_app_that_believes_its_proxy_has_secure_cookies():
    names: dict = {}
    exec(snippets()[0], names)
    call = Call(names["app"], HTTP_X_FORWARDED_PROTO="https")
    assert call.body() == b"https"
    assert "Secure" in call.header("Set-Cookie")


def test_django_believes_it_too():
    from django.test import Client, override_settings

    names: dict = {}
    exec(snippets()[1], names)
    named = {name: value for name, value in names.items() if name.isupper()}
    with override_settings(**named):
        client = Client(headers={"X-Forwarded-Proto": "https"})
        client.login(username="alice", password="wonderland")
        answer = client.get("/show")
        assert answer.wsgi_request.is_secure()
    assert answer.cookies["__Host-sessionid440"]["secure"]


def test_an_origin_that_is_trusted_may_extend():
    names: dict = {}
    exec(snippets()[0] + snippets()[2], names)
    cookies = Call(names["app"], HTTP_HOST="app:8000").cookies()
    for origin, status in {"https://shop.example": "200 OK", "https://a.example": "403"}.items():
        call = Call(
            names["app"],
            *("/session440/extend", cookies, "POST"),
            HTTP_HOST="app:8000",
            HTTP_ORIGIN=origin,
        )
        assert call.status.startswith(status)
