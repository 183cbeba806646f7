"""The recipes of docs/oidc.md, end to end with a real OpenID provider."""

from __future__ import annotations

import importlib
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from asgi_servers import serving
from clock import MACHINE, MachineClock
from logout_tokens import rsa
from openid_provider import OpenIDProvider, open_provider
from processes import gunicorn
from serving import serve

from session440.engine import Engine
from session440.oidc import Client
from session440.oidc.client import check_oidc

CLIENT_ID, SECRET = "the-site", "the site's secret, which is long"
MINUTE = 60
#: Where people log in, and where the provider sends them back to.
PATHS = {
    "flask": ("/login", "/callback"),
    "fastapi": ("/login", "/callback"),
    "allauth": (
        "/accounts/oidc/provider/login/",
        "/accounts/oidc/provider/login/callback/",
    ),
    "mozilla": ("/oidc/authenticate/", "/oidc/callback/"),
}


class FileClock(MachineClock):
    """The machine's clock, or one that is ahead of it, for a site in a process of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.write_text(MACHINE)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "ahead":
            self._file.write_text(repr(self()))


@dataclass
class Recipe:
    name: str
    url: str
    provider: OpenIDProvider
    clock: MachineClock
    engine: Engine | None = None  # of a site in this process

    def browser(self) -> Browser:
        return Browser(self)

    def pass_time(self, minutes: float) -> None:
        """Let time pass here and at the provider."""
        self.clock.ahead = self.provider.clock.ahead = self.clock.ahead + minutes * MINUTE


class Browser(requests.Session):
    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.trust_env = False

    def open(self, path: str = "/", **options) -> requests.Response:
        headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        return self.get(self.recipe.url + path, headers=headers, timeout=60, **options)

    def log_in(self, name: str = "ada") -> requests.Response:
        page = self.open(PATHS[self.recipe.name][0])
        if "Who are you?" in page.text:
            page = self.post(page.url, {"username": name}, timeout=60)
        return page


@pytest.fixture
def provider():
    with open_provider() as provider:
        yield provider


@contextmanager
def in_this_process(name, provider, folder):
    clock = MachineClock()
    site = importlib.reload(importlib.import_module(f"oidc_{name}"))
    options = {"store": f"sqlite:///{folder}/logins.db", "clock": clock, "idle_timeout": "3h"}
    if name == "flask":
        options = {f"SESSION440_{key.upper()}": each for key, each in options.items()}
    app = site.create_app(provider.url, CLIENT_ID, SECRET, **options)
    engine = app.extensions["session440"].engine if name == "flask" else app.engine
    with serving("uvicorn", app) if name == "fastapi" else serve(app) as url:
        yield Recipe(name, url, provider, clock, engine)


@contextmanager
def in_its_own(name, provider, folder):
    clock = FileClock(folder / "clock")
    environment = {
        "DJANGO_SETTINGS_MODULE": f"oidc_{name}",
        "RECIPE_PROVIDER": provider.url,
        "RECIPE_FOLDER": str(folder),
        "PYTHONPATH": ":".join([str(Path(__file__).parent), *sys.path]),
    }
    with gunicorn("oidc_django_urls", folder / "site.log", **environment) as port:
        yield Recipe(name, f"http://127.0.0.1:{port}", provider, clock)


OPEN = {
    "flask": in_this_process,
    "fastapi": in_this_process,
    "allauth": in_its_own,
    "mozilla": in_its_own,
}


@pytest.fixture(params=OPEN)
def recipe(request, provider, tmp_path):
    with OPEN[request.param](request.param, provider, tmp_path) as recipe:
        provider.register(CLIENT_ID, recipe.url, PATHS[request.param][1])
        yield recipe


def test_a_login_at_the_provider_is_a_login_here(recipe):
    browser = recipe.browser()
    assert browser.log_in().text == "for ada"
    assert browser.open().text == "for ada"
    assert recipe.browser().open().text != "for ada"


def ended(answer, cause):
    return answer.status_code == 440 and answer.headers["Session440-Cause"] == cause


def test_a_login_ends_with_its_token(recipe):
    """After an hour; in mozilla-django-oidc 25 minutes after it last asked the provider."""
    browser = recipe.browser()
    browser.log_in()
    recipe.pass_time(13 if recipe.name == "mozilla" else 48)
    assert browser.open().text == "for ada"
    recipe.pass_time(13)
    assert ended(browser.open(), "credential")


@pytest.mark.parametrize("recipe", ["flask", "fastapi"], indirect=True)
def test_a_refreshed_token_moves_the_end(recipe):
    """It lasts two hours; the login is the same."""
    browser = recipe.browser()
    browser.log_in()
    (before,) = recipe.engine.logins("ada")
    assert browser.post(f"{recipe.url}/refresh").text == "refreshed"
    recipe.pass_time(90)
    assert browser.open().text == "for ada"
    (after,) = recipe.engine.logins("ada")
    assert (after.id, after.issued_at) == (before.id, before.issued_at)
    assert after.not_after > before.not_after
    recipe.pass_time(31)
    assert ended(browser.open(), "credential")


@pytest.mark.parametrize("recipe", ["mozilla"], indirect=True)
def test_a_silent_refresh_of_mozilla_django_oidc_moves_the_end(recipe):
    """It asks the provider by a redirect, and does not log in again."""
    browser = recipe.browser()
    browser.log_in()
    for _ in range(4):
        recipe.pass_time(16)
        page = browser.open()
        assert page.text == "for ada"
        assert [urlsplit(each.url).path for each in page.history] == [
            "/",
            "/authorize",
            "/oidc/callback/",
        ]
    assert recipe.provider.forms_shown == 1


@pytest.mark.parametrize("recipe", ["mozilla"], indirect=True)
def test_a_login_that_has_ended_is_not_refreshed(recipe):
    browser = recipe.browser()
    browser.log_in()
    recipe.pass_time(26)
    page = browser.open()
    assert ended(page, "credential")
    assert page.history == []


@pytest.mark.parametrize("recipe", ["flask"], indirect=True)
def test_a_silent_round_trip_to_the_provider_proves_nothing(recipe):
    """GHSA-97r5-pg8x-p63p, hexpm#1403: only ``auth_time`` does, and ``prompt=login`` moves it."""
    browser = recipe.browser()
    browser.log_in()
    assert browser.open("/account").text == "the account"
    recipe.pass_time(11)
    assert browser.open("/account").status_code == 401
    assert browser.log_in().text == "for ada"  # the provider has asked nobody
    assert recipe.provider.forms_shown == 1
    assert browser.open("/account").status_code == 401
    form = browser.open("/login?again=1")
    assert recipe.provider.forms_shown == 2
    assert browser.post(form.url, {"username": "ada"}).text == "for ada"
    assert browser.open("/account").text == "the account"


# --- the provider ends it


def test_the_end_of_a_session_at_the_provider_ends_its_login_and_no_other(recipe):
    here, elsewhere = recipe.browser(), recipe.browser()
    for each in (here, elsewhere):
        each.log_in()
    first, second = recipe.provider.sessions.values()
    assert recipe.provider.end(first) == [200]
    assert ended(here.open(), "revoked")
    assert elsewhere.open().text == "for ada"
    assert recipe.provider.end(second, with_sid=False) == [200]
    assert ended(elsewhere.open(), "revoked")


def test_a_logout_of_the_person_ends_all_of_their_logins(recipe):
    browsers = [recipe.browser() for _ in range(3)]
    for each, name in zip(browsers, ["ada", "ada", "bob"], strict=True):
        each.log_in(name)
    assert recipe.provider.end(recipe.provider.session_of("ada"), with_sid=False) == [200]
    assert ended(browsers[0].open(), "revoked")
    assert ended(browsers[1].open(), "revoked")
    assert browsers[2].open().text == "for bob"


def test_a_logout_token_counts_once_and_from_the_provider_alone(recipe):
    browser = recipe.browser()
    browser.log_in()
    provider = recipe.provider
    site = provider.sites[CLIENT_ID]
    session = provider.session_of("ada")
    assert provider.tell(site, sid=session.sid, aud="another-site") == 400
    assert provider.tell(site, sid=session.sid, nonce="n") == 400
    assert provider.tell(site, sid=session.sid, iss="https://id.example.org") == 400
    assert provider.tell(site, rsa("an attacker's"), sid=session.sid) == 400
    assert browser.open().text == "for ada"
    assert provider.tell(site, sid=session.sid, jti="once") == 200
    assert provider.tell(site, sid=session.sid, jti="once") == 400
    assert ended(browser.open(), "revoked")


def test_the_provider_may_rotate_its_keys(recipe):
    first, second = recipe.browser(), recipe.browser()
    first.log_in()
    assert recipe.provider.end(recipe.provider.session_of("ada")) == [200]
    recipe.provider.rotate()
    second.log_in()
    assert recipe.provider.end(recipe.provider.session_of("ada")) == [200]
    assert ended(second.open(), "revoked")


def test_a_logout_at_the_provider_comes_back_to_this_site(recipe):
    """The person logs out there: ``end_session`` tells all sites, this one too."""
    browser = recipe.browser()
    browser.log_in()
    browser.get(f"{recipe.provider.url}/logout", allow_redirects=False)
    assert ended(browser.open(), "revoked")
    assert "Who are you?" in browser.open(PATHS[recipe.name][0]).text


def test_the_documented_recipes_are_those_that_are_run():
    here = Path(__file__).parent
    run = [path.read_text() for path in here.glob("oidc_*.py")]
    told = (here.parent / "docs/oidc.md").read_text()
    blocks = re.findall(r"```python\n(.*?)\n```", told, re.DOTALL)
    # The first is about the option itself.
    assert len(blocks) == 7
    assert [each for each in blocks[1:] if not any(each in text for text in run)] == []


def test_the_documented_option_is_what_it_says():
    told = (Path(__file__).parent.parent / "docs/oidc.md").read_text()
    first = re.search(r"```python\n(.*?)\n```", told, re.DOTALL)
    lines = re.findall(r"oidc = (.*)", first[1])
    for each in lines:
        value = eval(each, {"Client": Client})
        assert check_oidc("oidc", value).keys() == {"https://id.example.org"}
    assert len(lines) == 2
