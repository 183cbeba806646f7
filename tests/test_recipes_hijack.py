"""docs/recipes/hijack.md, as a project of its own with django-hijack."""

from __future__ import annotations

import re

import pytest
from django_recipes import (
    IDLE,
    PASSWORD,
    hidden,
    is_440,
    login_link,
    logs_in_again,
    sent_from,
    served,
)

HOUR = 3600
USERS = "/admin/auth/user/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served("hijack", tmp_path_factory.mktemp("hijack"), "/admin/login/") as site:
        yield site


@pytest.fixture
def staff(site):
    return site.logged_in()


def post(browser, path, page="/admin/password_change/", **content):
    token = hidden(browser.navigate(page)).get("csrfmiddlewaretoken", "")
    form = {"csrfmiddlewaretoken": token} | content
    return browser.post(path, form, **sent_from(browser, page))


def who(browser):
    return re.search(r"<body>(\w+, [\w ]+)", browser.navigate("/").text)[1].strip()


def act_for_carol(browser):
    answer = post(browser, "/hijack/acquire/", user_pk="3")
    assert (answer.status, answer["Location"]) == (302, "/")


def stop(browser):
    """Press the button that django-hijack puts into each page."""
    form = hidden(browser.navigate("/"))
    return browser.post("/hijack/release/", form, **sent_from(browser, "/"))


def test_staff_act_for_somebody_and_go_back(site, staff):
    assert "data-hijack-user" in staff.navigate(USERS).text
    act_for_carol(staff)
    assert who(staff) == "carol, hijacked"
    assert stop(staff).status == 302
    assert who(staff) == "alice, not hijacked"


def test_the_end_ends_both(site, staff):
    act_for_carol(staff)
    site.clock.advance(IDLE)
    assert who(staff) == "nobody, not hijacked"
    answer = staff.navigate("/account/")
    assert is_440(answer)
    assert login_link(answer).startswith("/admin/login/")
    assert logs_in_again(staff, answer) == "/account/"
    assert who(staff) == "alice, not hijacked"


def test_stop_impersonating_after_the_end_brings_nobody_back(site, staff):
    act_for_carol(staff)
    form = hidden(staff.navigate("/"))
    site.clock.advance(IDLE)
    assert is_440(staff.post("/hijack/release/", form, **sent_from(staff, "/")))
    assert who(staff) == "nobody, not hijacked"


def test_switching_there_and_back_does_not_begin_the_absolute_timeout_anew(site, staff):
    def work(quarters):
        for _ in range(quarters):
            site.clock.advance(HOUR / 4)
            assert staff.navigate("/not-there/").status == 404

    work(16)
    act_for_carol(staff)
    work(12)
    assert stop(staff).status == 302
    work(3)
    site.clock.advance(HOUR / 4)
    assert is_440(staff.navigate("/admin/"), "absolute")


def test_a_switch_proves_nothing_and_neither_does_the_way_back(site, staff):
    assert staff.navigate("/payout/").text == "paid"
    act_for_carol(staff)
    assert staff.navigate("/payout/").status == 401
    stop(staff)
    assert staff.navigate("/payout/").status == 401


SHOW = """
from django.contrib.auth.models import User
from session440.django import get_engine
carol = User.objects.get(username="carol")
print(len(get_engine().logins(str(carol.pk))))
"""


def test_the_login_is_one_of_the_customers_and_their_new_password_ends_it(site, staff):
    act_for_carol(staff)
    staff.navigate("/")
    assert int(site.manage("shell", "-v0", "-c", SHOW)) >= 1
    change = f"{SHOW}\ncarol.set_password({PASSWORD!r}); carol.save()"
    site.manage("shell", "-v0", "-c", change)
    assert is_440(staff.navigate("/account/"), "revoked")
