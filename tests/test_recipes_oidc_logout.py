"""docs/recipes/oidc-logout.md, with a real OpenID provider."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import pytest
import requests
from clock import MachineClock
from django_recipes import blocks_of
from openid_provider import open_provider
from serving import serve

CLIENT_ID, SECRET = "the-site", "the site's secret, which is long"
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def provider():
    with open_provider() as provider:
        yield provider


@pytest.fixture
def clock():
    return MachineClock()


@pytest.fixture
def site(provider, clock, tmp_path):
    """The page's files, in a folder of their own, and served."""
    for name, block in blocks_of("oidc-logout"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(block)
    module = sys.modules["oidc_logout"] = ModuleType("oidc_logout")
    vars(module)["__file__"] = str(tmp_path / "app.py")
    exec((tmp_path / "app.py").read_text(), vars(module))
    options = {"STORE": "memory:", "CLOCK": clock, "IDLE_TIMEOUT": "20m"}
    options = {f"SESSION440_{name}": value for name, value in options.items()}
    module.app.template_folder = str(tmp_path / "templates")
    with serve(module.create_app(provider.url, CLIENT_ID, SECRET, **options)) as url:
        provider.register(CLIENT_ID, url, "/callback")
        yield url


@pytest.fixture
def person(site):
    person = requests.Session()
    person.trust_env = False
    person.headers.update(NAVIGATION)
    assert log_in(person, site).text == "for ada"
    return person


def log_in(person, site):
    page = person.get(site + "/login", timeout=60)
    if "Who are you?" in page.text:
        page = person.post(page.url, {"username": "ada"}, timeout=60)
    return page


def wait(clock, provider, minutes):
    clock.ahead = provider.clock.ahead = clock.ahead + minutes * 60


def test_a_logout_ends_both_and_comes_back(site, provider, person):
    (sid,) = [each.sid for each in provider.sessions.values()]
    answer = person.post(site + "/logout", timeout=60)
    assert (answer.text, answer.url) == ("goodbye", site + "/goodbye")
    assert provider.hints == [sid]
    assert provider.sessions == {}
    assert person.get(site + "/", timeout=60).text == "for None"
    assert log_in(person, site).text == "for ada"
    assert provider.forms_shown == 2


def test_after_a_timeout_the_provider_asks_nobody(site, provider, person, clock):
    wait(clock, provider, 20)
    answer = person.get(site + "/", timeout=60)
    assert (answer.status_code, answer.headers["Session440-Cause"]) == (440, "idle")
    assert log_in(person, site).text == "for ada"
    assert provider.forms_shown == 1


def test_the_page_of_a_440_logs_out_there_too_and_still_knows_whose_logout_it_is(
    site, provider, person, clock
):
    (sid,) = [each.sid for each in provider.sessions.values()]
    wait(clock, provider, 20)
    page = person.get(site + "/", timeout=60)
    assert page.status_code == 440
    assert "You were signed out after 20 minutes without activity." in page.text
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)[1]
    assert person.post(site + action, timeout=60).text == "goodbye"
    assert provider.hints == [sid]
    assert provider.sessions == {}


def test_the_key_of_the_hint_is_sent_to_the_logout_alone(site, person):
    (cookie,) = [each for each in person.cookies if each.name == "hint"]
    assert cookie.path == "/logout"
    assert cookie.has_nonstandard_attr("HttpOnly")


def test_max_age_has_the_provider_ask_after_a_timeout(site, provider, person, clock):
    """As the page says for shared computers."""
    wait(clock, provider, 21)
    app = sys.modules["oidc_logout"]
    with app.app.test_request_context("/login", base_url=site):
        asking = app.oauth.provider.authorize_redirect(site + "/callback", max_age=1200)
    assert "Who are you?" in person.get(asking.location, timeout=60).text
    assert provider.forms_shown == 2
