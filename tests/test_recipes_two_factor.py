"""docs/recipes/two-factor.md, as a project of its own with django-two-factor-auth."""

from __future__ import annotations

import re

import pytest
from django_recipes import (
    IDLE,
    PASSWORD,
    Site,
    hidden,
    is_440,
    login_link,
    sent_from,
    served,
)

LOGIN = "/account/login/"
DEVICES = """
from django.contrib.auth.models import User
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
alice = User.objects.get(username='alice')
TOTPDevice.objects.create(user=alice, name='default')
codes = StaticDevice.objects.create(user=alice, name='backup').token_set
for number in range(20):
    codes.create(token=f'code{number}')
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two_factor")
    with served("two-factor", folder, LOGIN) as site:
        site.manage("shell", "-v0", "-c", DEVICES)
        yield site


@pytest.fixture(scope="module")
def codes():
    return [f"code{number}" for number in range(20)]


def enter(browser, at, step, **content):
    """Send the form of one step of the login."""
    page = browser.navigate(at)
    form = {"csrfmiddlewaretoken": hidden(page)["csrfmiddlewaretoken"]}
    form |= {"login_view-current_step": step}
    form |= {f"{step}-{name}": value for name, value in content.items()}
    return browser.post(at, form, **sent_from(browser, at))


def log_in(browser, codes, at=LOGIN):
    first = enter(browser, at, "auth", username="alice", password=PASSWORD)
    assert first.status == 200
    assert "token" in first.text
    csrf = {"csrfmiddlewaretoken": hidden(first)["csrfmiddlewaretoken"]}
    header = sent_from(browser, at)
    to_backup = browser.post(at, csrf | {"wizard_goto_step": "backup"}, **header)
    step = {"login_view-current_step": "backup", "backup-otp_token": codes.pop()}
    csrf = {"csrfmiddlewaretoken": hidden(to_backup)["csrfmiddlewaretoken"]}
    return browser.post(at, csrf | step, **header)


@pytest.fixture
def browser(site: Site, codes):
    browser = site.browser()
    assert log_in(browser, codes).status == 302
    assert browser.navigate("/").text == "alice, verified"
    return browser


def test_a_login_lasts_with_activity_ends_without_and_begins_again(site, browser, codes):
    for _ in range(3):
        site.clock.advance(IDLE - 100)
        assert browser.navigate("/account/two_factor/").status == 200
    site.clock.advance(IDLE)
    assert browser.navigate("/").text == "nobody, not verified"
    answer = browser.navigate("/account/two_factor/?x=1")
    assert is_440(answer)
    assert login_link(answer) == "/account/login/?next=%2Faccount%2Ftwo_factor%2F%3Fx%3D1"
    back = log_in(browser, codes, login_link(answer))
    assert back["Location"] == "/account/two_factor/?x=1"
    assert browser.navigate("/").text == "alice, verified"


def test_the_password_alone_is_no_login(site):
    browser = site.browser()
    enter(browser, LOGIN, "auth", username="alice", password=PASSWORD)
    assert browser.get("/session440/status").json == {"state": "anonymous"}
    assert browser.navigate("/").text == "nobody, not verified"


def test_the_admin_sends_people_to_both_steps(site, browser, codes):
    site.clock.advance(IDLE)
    answer = browser.navigate("/admin/auth/user/")
    assert is_440(answer)
    sent = browser.navigate(login_link(answer))
    assert sent["Location"] == "/account/login/?next=/admin/auth/user/"
    assert log_in(browser, codes, sent["Location"])["Location"] == "/admin/auth/user/"
    assert browser.navigate("/admin/auth/user/").status == 200


def test_both_steps_are_the_proof_for_what_wants_a_recent_login(site, browser, codes):
    site.clock.advance(600)
    answer = browser.navigate("/payout/")
    assert answer.status == 401
    page = re.search(r'href="(/account/login/[^"]+)"', answer.text)[1]
    first = enter(browser, page, "auth", username="alice", password=PASSWORD)
    assert first.status == 200
    assert browser.navigate("/payout/").status == 401
    assert log_in(browser, codes, page)["Location"] == "/payout/"
    assert browser.navigate("/payout/").text == "paid"
    assert browser.navigate("/").text == "alice, verified"
