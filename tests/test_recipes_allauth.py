"""docs/recipes/allauth.md, as a project of its own with django-allauth."""

from __future__ import annotations

import json
import re

import pytest
import requests
from django_recipes import (
    IDLE,
    PASSWORD,
    Site,
    fill_in,
    hidden,
    is_440,
    login_link,
    logs_in_again,
    served,
)
from openid_provider import open_provider

LOGIN = {"login": "alice", "password": PASSWORD}
PROVIDER = """
SOCIALACCOUNT_LOGIN_ON_GET = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False
SOCIALACCOUNT_PROVIDERS = {{"openid_connect": {{"APPS": [{{
    "provider_id": "provider",
    "name": "The provider",
    "client_id": "the-site",
    "secret": "the site's secret, which is long",
    "settings": {{"server_url": "{url}"}},
}}]}}}}
"""
CALLBACK = "/accounts/oidc/provider/login/callback/"
HEADLESS = "/_allauth/browser/v1/auth/"


@pytest.fixture(scope="module")
def provider():
    with open_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def site(tmp_path_factory, provider):
    folder, more = tmp_path_factory.mktemp("allauth"), PROVIDER.format(url=provider.url)
    with served("allauth", folder, "/accounts/login/", more) as site:
        provider.register("the-site", site.url, CALLBACK, backchannel_logout_uri=None)
        yield site


def logged_in(site: Site):
    browser = site.browser()
    assert fill_in(browser, site.login, **LOGIN).status == 302
    return browser


def test_a_login_lasts_with_activity_ends_without_and_begins_again(site):
    browser = logged_in(site)
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert browser.navigate("/accounts/email/").status == 200
    site.clock.advance(IDLE)
    answer = browser.navigate("/accounts/email/?x=1")
    assert is_440(answer)
    assert logs_in_again(browser, answer, **LOGIN) == "/accounts/email/?x=1"
    assert "/session440/client.js" in browser.navigate("/accounts/email/").text


def test_remember_me_makes_the_cookie_last_and_not_the_login(site):
    browser = site.browser()
    answer = fill_in(browser, site.login, **LOGIN, remember="on")
    for name in ("sessionid", "sessionid440"):
        assert int(answer.cookies[name]["max-age"]) > IDLE
    site.clock.advance(IDLE)
    assert is_440(browser.navigate("/accounts/email/"))


@pytest.mark.parametrize("page", ["signup", "password/reset", "login"])
def test_what_leads_to_a_login_is_open_after_the_end(site, page):
    browser = logged_in(site)
    site.clock.advance(IDLE)
    answer = browser.navigate(f"/accounts/{page}/")
    assert answer.status == 200
    assert browser.post(f"/accounts/{page}/", hidden(answer)).status == 200
    is_told = is_440(browser.navigate("/accounts/email/"))
    assert is_told is (page != "login")


def test_a_social_login_after_the_end_leads_back_to_the_page(site, provider):
    person = requests.Session()
    person.trust_env = False
    navigation = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}

    def follow(path):
        page = person.get(site.url + path, headers=navigation, timeout=60)
        if "Who are you?" in page.text:
            page = person.post(page.url, {"username": "ada"}, timeout=60)
        return page

    follow("/accounts/oidc/provider/login/?next=/accounts/email/")
    assert follow("/accounts/email/?x=2").status_code == 200
    site.clock.advance(IDLE)
    ended = follow("/accounts/email/?x=2")
    assert ended.status_code == 440
    page = follow(re.search(r'href="(/accounts/login[^"]+)"', ended.text)[1])
    social = re.search(r'href="(/accounts/oidc/provider/login/\?[^"]+)"', page.text)[1]
    back = follow(social.replace("&amp;", "&"))
    assert (back.status_code, back.url) == (200, f"{site.url}/accounts/email/?x=2")
    assert provider.forms_shown == 1


@pytest.fixture(scope="module")
def codes(site):
    """Carol's recovery codes."""
    code = (
        "from django.contrib.auth.models import User\n"
        "from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret\n"
        "from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes\n"
        "carol = User.objects.get(username='carol')\n"
        "TOTP.activate(carol, generate_totp_secret())\n"
        "print(*RecoveryCodes.activate(carol).get_unused_codes())"
    )
    return site.manage("shell", "-v0", "-c", code).split()


def test_a_login_with_a_second_factor_begins_after_it(site, codes):
    """The former login has ended, and the browser remembers it until then."""
    browser = site.browser()
    second = "/accounts/2fa/authenticate/"

    def log_in(at):
        first = fill_in(browser, at, login="carol", password=PASSWORD)
        assert first["Location"].startswith(second)
        assert browser.get("/session440/status").json == {"state": "anonymous"}
        return fill_in(browser, first["Location"], code=codes.pop())

    log_in(site.login)
    site.clock.advance(IDLE)
    answer = browser.navigate("/accounts/email/")
    assert is_440(answer)
    assert log_in(login_link(answer))["Location"] == "/accounts/email/"
    assert browser.get("/session440/status").json["state"] == "active"


def test_allauths_own_proof_is_enough_for_what_wants_a_recent_login(site):
    browser = logged_in(site)
    site.clock.advance(600)
    answer = browser.navigate("/payout/")
    assert answer.status == 401
    assert login_link_to_proof(answer) == "/accounts/reauthenticate/?next=%2Fpayout%2F"
    answer = fill_in(browser, login_link_to_proof(answer), password=PASSWORD)
    assert answer["Location"] == "/payout/"
    assert browser.navigate("/payout/").text == "paid"


def login_link_to_proof(answer):
    return re.search(r'href="(/accounts/reauth[^"]+)"', answer.text)[1]


def test_a_single_page_app_is_told_why_by_its_own_api_and_logs_in(site):
    browser = site.browser()
    browser.get(HEADLESS + "session")

    def send(path, **content):
        header = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Sec-Fetch-Mode": "cors",
            "X-CSRFToken": browser.cookies["csrftoken"],
        }
        return browser.request("POST", HEADLESS + path, header, json.dumps(content).encode())

    mine = {"username": "bob", "password": PASSWORD}
    assert send("login", **mine).status == 200
    session = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}
    assert browser.get(HEADLESS + "session", **session).status == 200
    site.clock.advance(IDLE)
    assert is_440(browser.get("/payout/", **session))
    assert browser.get(HEADLESS + "session", **session).status == 401
    assert send("login", **mine).status == 200
    assert browser.get("/session440/status").json["state"] == "active"


def test_an_app_with_a_session_token_is_left_alone(site):
    """Beside the cookies of a browser, too: neither ends with the other."""
    program, mine = logged_in(site), {"username": "bob", "password": PASSWORD}
    as_json, path = {"Content-Type": "application/json"}, "/_allauth/app/v1/auth/"
    before = dict(program.cookies)
    answer = program.request("POST", path + "login", as_json, json.dumps(mine).encode())
    assert answer.status == 200, answer.text
    token = {"X-Session-Token": answer.json["meta"]["session_token"]}
    assert program.cookies == before
    assert program.request("DELETE", path + "session", token).status == 401  # logged out
    assert program.get(path + "session", **token).status == 410
    assert program.navigate("/accounts/email/").status == 200
    answer = program.request("POST", path + "login", as_json, json.dumps(mine).encode())
    token = {"X-Session-Token": answer.json["meta"]["session_token"]}
    site.clock.advance(IDLE)
    assert program.get(path + "session", **token).status == 200
    assert is_440(program.navigate("/accounts/email/"))
