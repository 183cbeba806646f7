"""What ASVS and NIST require of sessions, and how a site answers from its settings."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta

import pytest
from audited_sites import EVERYTHING, OIDC, REDIS, SITES, a_date, an_end, answered
from cachelib import SimpleCache
from flask import Flask
from flask_login import LoginManager
from flask_session import Session

from session440.doctor.requirements import ASVS_5, NIST_SECTION_5, answers
from session440.doctor.requirements.requirement import BY_SESSION440, BY_SITE, NOT
from session440.flask.inspection import site_of as site_of_flask
from session440.stores import TicketStore

US, SITE = BY_SESSION440, BY_SITE

#: Each requirement and its level, as chapters 7 and 14 have them.
ASVS = {
    "7.1.1": "L2",
    "7.1.2": "L2",
    "7.1.3": "L2",
    "7.2.1": "L1",
    "7.2.2": "L1",
    "7.2.3": "L1",
    "7.2.4": "L1",
    "7.3.1": "L2",
    "7.3.2": "L2",
    "7.4.1": "L1",
    "7.4.2": "L1",
    "7.4.3": "L2",
    "7.4.4": "L2",
    "7.4.5": "L2",
    "7.5.1": "L2",
    "7.5.2": "L2",
    "7.5.3": "L3",
    "7.6.1": "L2",
    "7.6.2": "L2",
    "14.3.1": "L1",
    "14.3.2": "L2",
}
#: How often each word binds in the sections, one for each row.
NIST = {
    "5.1": {"SHALL": 11, "SHALL NOT": 3, "SHOULD": 2, "SHOULD NOT": 2},
    "5.1.1": {"SHALL": 2, "SHALL NOT": 2, "SHOULD": 5},
    "5.1.2": {"SHALL NOT": 1},
    "5.2": {"SHALL": 5, "MAY": 1},
    "5.3": {"SHALL": 1, "SHOULD": 1},
}


# --- the requirements


def test_every_requirement_of_asvs_chapter_7_is_there_once_and_in_order():
    assert [(each.number, each.force) for each in ASVS_5] == [*ASVS.items()]
    assert len([each for each in ASVS_5 if each.number.startswith("7.")]) == 19


def test_every_demand_of_nist_section_5_is_there_once_and_in_order():
    numbers = [each.number for each in NIST_SECTION_5]
    assert len({*numbers}) == len(numbers)
    sections = [number.partition(",")[0] for number in numbers]
    assert sections == sorted(sections)
    counted = {section: {} for section in NIST}
    for each, section in zip(NIST_SECTION_5, sections, strict=True):
        counted[section][each.force] = counted[section].get(each.force, 0) + 1
    assert counted == NIST


@pytest.mark.parametrize("each", [*ASVS_5, *NIST_SECTION_5], ids=lambda each: each.number)
def test_a_requirement_is_short_and_says_where_to_read_it(each):
    assert len(each.text) <= 90
    assert not each.text.startswith("Verify")
    section = each.number.partition(",")[0].replace(".", "")
    place = {"51": "bindings", "511": "sesscookies", "512": "access-tokens"}
    place |= {"52": "sessionreauthn", "53": "monitoring"}
    if each in NIST_SECTION_5:
        start = "https://pages.nist.gov/800-63-4/sp800-63b/session/#"
        assert each.source == start + place[section]
    else:
        assert re.fullmatch(
            r"https://github\.com/OWASP/ASVS/blob/v5\.0\.0/5\.0/en/0x[\w-]+\.md"
            rf"#v{section[:-1]}-[a-z-]+",
            each.source,
        )


# --- the answers

USERS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
SIGNED = "django.contrib.sessions.backends.signed_cookies"
RECENT = {"recent": {"/account/*": 600.0}}
LABELS = {"store": REDIS, "label": lambda request: "a browser"}
STEP_UP = {**RECENT, "step_up_url": "/prove"}
REMEMBERS = {"prepare": LoginManager, "REMEMBER_COOKIE_DURATION": timedelta(days=14)}
OWN_KEY = {**REMEMBERS, "subject_key": "user.sub"}  # Flask-Login is there for something else
ON_SERVER = {
    "prepare": Session,
    "SESSION_TYPE": "cachelib",
    "SESSION_CACHELIB": SimpleCache(),
}
FOLLOWS = {"watch_cookie": "sid"}
SECURE = {"SESSION_COOKIE_SECURE": True}
PREFIXED = {"cookie_name": "__Host-in", "cookie_secure": True}


#: An adapter, a requirement, and the answer by some options, as often as it changes.
CHANGES = [
    ("Flask", "7.1.1", [({}, SITE), ({"policy": "nist-aal3"}, US)]),
    ("Flask", "7.1.2", [({}, SITE), ({"store": REDIS, "max_logins": 3}, US)]),
    ("Flask", "7.1.2", [({"store": "memory:", "max_logins": 3}, SITE)]),
    ("WSGI", "7.1.3", [({}, SITE), ({"credential": an_end}, SITE)]),
    ("WSGI", "7.2.1", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "7.2.2", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "7.2.3", [({}, US), (FOLLOWS, SITE)]),
    ("Flask", "7.2.3", [({}, US), (ON_SERVER, SITE)]),
    ("Django", "7.2.3", [({}, US), ({"SESSION_ENGINE": SIGNED}, US)]),
    ("WSGI", "7.2.4", [({}, NOT), ({"store": REDIS}, US), (FOLLOWS, SITE)]),
    ("Flask", "7.2.4", [({}, NOT), ({"store": REDIS}, SITE), (ON_SERVER, SITE)]),
    ("Flask", "7.2.4", [({**REMEMBERS, "store": REDIS}, US), ({**OWN_KEY, "store": REDIS}, SITE)]),
    ("Flask", "7.2.4", [({"store": "memory:"}, SITE)]),
    ("Django", "7.2.4", [({}, SITE), (RECENT, US), ({**RECENT, "SESSION_ENGINE": SIGNED}, NOT)]),
    ("WSGI", "7.3.1", [({}, US), ({"idle_timeout": None}, NOT)]),
    ("Flask", "7.3.1", [({}, SITE), ({"adopt": False}, US), ({"adopt": "2027-01-31"}, US)]),
    ("Django", "7.3.1", [({"adopt": True}, US), ({"idle_timeout": "5m"}, US)]),
    ("WSGI", "7.3.1", [({"policies": {"kiosk": "nist-aal1"}}, NOT)]),
    ("WSGI", "7.3.2", [({}, US), ({"absolute_timeout": None}, NOT)]),
    ("Flask", "7.3.2", [({}, SITE), ({"adopt": False}, US), ({**REMEMBERS, "adopt": False}, NOT)]),
    (
        "Flask",
        "7.4.1",
        [
            ({}, NOT),
            ({"store": REDIS}, US),
            ({"store": "memory:"}, SITE),
            ({"valid_from": a_date}, SITE),
            (ON_SERVER, US),
        ],
    ),
    ("Django", "7.4.1", [({}, US), ({"SESSION_ENGINE": SIGNED}, NOT), ({"store": "django:"}, US)]),
    ("WSGI", "7.4.1", [({}, NOT), ({"store": REDIS}, US), (FOLLOWS, SITE)]),
    ("Flask", "7.4.2", [({}, NOT), ({"store": REDIS}, SITE), ({"valid_from": a_date}, SITE)]),
    ("Django", "7.4.2", [({}, US), ({"AUTHENTICATION_BACKENDS": USERS}, NOT)]),
    ("Flask", "7.4.3", [({}, NOT), ({"store": REDIS}, SITE), ({"valid_from": a_date}, SITE)]),
    ("Django", "7.4.3", [({}, SITE), ({"store": "django:"}, SITE)]),
    ("WSGI", "7.4.4", [({}, SITE), ({"endpoint": None}, SITE)]),
    (
        "WSGI",
        "7.4.5",
        [
            ({}, NOT),
            ({"store": REDIS}, US),
            ({"store": "memory:"}, SITE),
            ({"valid_from": a_date}, SITE),
            ({"valid_from": "2026-01-31"}, SITE),
        ],
    ),
    ("Django", "7.4.5", [({}, NOT), ({"store": "django:"}, US)]),
    ("Flask", "7.5.1", [({}, NOT), (RECENT, US), (STEP_UP, SITE)]),
    ("Flask", "7.5.3", [({}, NOT), (STEP_UP, US)]),
    (
        "Flask",
        "7.5.2",
        [
            ({}, NOT),
            ({"store": REDIS}, US),
            ({"store": REDIS, "endpoint": None}, SITE),
            ({"store": "memory:"}, SITE),
        ],
    ),
    (
        "WSGI",
        "7.6.1",
        [
            ({}, NOT),
            ({"credential": an_end}, SITE),
            (OIDC, SITE),
            ({**OIDC, "credential": an_end}, US),
        ],
    ),
    ("Flask", "7.6.2", [({}, SITE), (REMEMBERS, NOT)]),
    ("WSGI", "14.3.1", [({}, SITE), ({"clear_site_data": ("storage",)}, SITE)]),
    ("WSGI", "14.3.1", [({"endpoint": None}, NOT)]),
    ("Django", "14.3.2", [({}, NOT), ({"page_cache": "no-store"}, US)]),
    # NIST
    ("WSGI", "5.1, paragraph 2", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "5.1, paragraph 3, sentence 1", [({}, US), (FOLLOWS, SITE)]),
    ("Flask", "5.1, paragraph 3, sentence 1", [({}, SITE), (REMEMBERS, NOT)]),
    ("Flask", "5.1, paragraph 3, sentence 2", [({}, SITE), (REMEMBERS, NOT)]),
    ("Django", "5.1, paragraph 5, sentence 1", [({}, US), ({"adopt": True}, SITE)]),
    ("Flask", "5.1, item 1", [({"adopt": False}, US), ({**ON_SERVER, "adopt": False}, SITE)]),
    ("WSGI", "5.1, item 5", [({}, US), ({"absolute_timeout": "60d"}, NOT)]),
    (
        "Flask",
        "5.1, paragraph 7, sentence 2",
        [({}, US), ({"SESSION_COOKIE_HTTPONLY": False}, NOT)],
    ),
    ("Flask", "5.1, item 4", [({}, NOT), (SECURE, SITE)]),
    ("WSGI", "5.1, paragraph 8", [({}, SITE), ({"cookie_secure": False}, NOT)]),
    ("Flask", "5.1, paragraph 8", [({}, NOT), (SECURE, US)]),
    ("Flask", "5.1.1, item 1", [({}, NOT), (SECURE, US)]),
    ("WSGI", "5.1.1, item 1", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "5.1.1, item 2", [({}, US), ({"cookie_domain": "a.example"}, SITE), (FOLLOWS, SITE)]),
    ("Flask", "5.1.1, item 3", [({}, US), ({"SESSION_COOKIE_HTTPONLY": False}, NOT)]),
    ("WSGI", "5.1.1, item 3", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "5.1.1, item 4, sentence 1", [({}, NOT), (FOLLOWS, SITE)]),
    ("WSGI", "5.1.1, item 5", [({}, NOT), (PREFIXED, US), (FOLLOWS, SITE)]),
    ("Flask", "5.1.1, item 6", [({}, NOT), ({"SESSION_COOKIE_SAMESITE": "Strict"}, US)]),
    ("WSGI", "5.1.1, item 6", [({}, US), (FOLLOWS, SITE)]),
    ("Flask", "5.1.2, paragraph 1", [({}, US), ({"idle_timeout": None}, NOT)]),
    ("Flask", "5.1.1, item 7, second half", [({}, SITE), (ON_SERVER, SITE)]),
    ("WSGI", "5.1, paragraph 5, sentence 1", [({}, US), (FOLLOWS, SITE)]),
    ("WSGI", "5.2, paragraph 1", [({}, US), ({"absolute_timeout": None}, US)]),
    ("WSGI", "5.2, paragraph 2, sentence 4", [({}, SITE), ({"endpoint": None}, NOT)]),
    ("Flask", "5.2, paragraph 2, sentence 5", [({}, SITE), ({"adopt": False}, US)]),
    ("Flask", "5.2, paragraph 2, sentence 6", [({}, SITE), (REMEMBERS, US)]),
    ("Flask", "5.2, paragraph 5", [({}, NOT), (RECENT, SITE)]),
    ("WSGI", "5.3, paragraph 1", [({}, SITE), ({"store": REDIS}, SITE)]),
    (
        "WSGI",
        "5.3, paragraph 2",
        [({}, SITE), (LABELS, SITE)],
    ),
]


@pytest.mark.parametrize(
    ("adapter", "number", "cases"), CHANGES, ids=[f"{each[0]}-{each[1]}" for each in CHANGES]
)
def test_an_answer_changes_with_the_settings(adapter, number, cases):
    """And whoever answers, what there is to see, to check or to change is said anew."""
    given = [answered(adapter, options)[number] for options, _ in cases]
    assert [each.by for each in given] == [by for _, by in cases]
    if number not in {"7.2.3", "7.3.1"}:
        assert len({each.how for each in given}) == len(cases)


#: What the settings cannot change, by what session440 or the framework is.
SETTLED = {
    "5.1, paragraph 1": US,
    "5.1, item 3": US,
    "5.1, item 6": SITE,
    "5.1, item 2": SITE,
    "5.1, paragraph 5, sentence 3": SITE,
    "5.1, paragraph 9": SITE,
    "5.1, paragraph 11": SITE,
    "5.1.1, item 7, first half": NOT,
    "5.1.1, item 7, second half": SITE,
    "5.2, paragraph 3": SITE,
}


@pytest.mark.parametrize("adapter", SITES)
def test_what_no_setting_changes_is_answered_alike(adapter):
    given = answered(adapter, {"store": REDIS, "policy": "nist-aal3"})
    assert {number: given[number].by for number in SETTLED} == SETTLED


def test_every_requirement_has_a_test_of_its_answer():
    tested = {number for _, number, _ in CHANGES} | {*SETTLED} | ENDS
    assert tested == {each.number for each in (*ASVS_5, *NIST_SECTION_5)}


ENDS = {
    *("7.1.2", "7.3.1", "7.3.2", "7.4.1", "7.4.2", "7.4.3", "7.4.5"),
    *("7.5.2", "7.6.1", "14.3.1"),
    *("5.1, paragraph 4", "5.1, item 5", "5.1, paragraph 7, sentence 1"),
    *("5.1.1, item 4, sentence 2", "5.1.2, paragraph 1"),
    *("5.2, paragraph 1", "5.2, paragraph 2, sentence 4", "5.2, paragraph 2, sentence 5"),
    *("5.2, paragraph 2, sentence 6", "5.2, paragraph 5"),
}


@pytest.mark.parametrize("adapter", SITES)
def test_where_nothing_ends_no_end_is_claimed(adapter):
    given = answered(adapter, {**EVERYTHING, "enforcement": "report"})
    assert {given[number].by for number in ENDS} == {NOT}
    assert all("enforcement" in given[number].how.lower() for number in ENDS)


#: The answers of sites with no options, and with EVERYTHING, in Flask, Django and WSGI each.
TABLE = """
7.1.1: site site site | us us us
7.1.2: site site site | us us us
7.1.3: site site site | site site site
7.2.1: us us us | us us us
7.2.2: us us us | us us us
7.2.3: us us us | us us us
7.2.4: not site not | site us us
7.3.1: site us us | us us us
7.3.2: site us us | us us us
7.4.1: not us not | us us us
7.4.2: not us not | site us site
7.4.3: not site not | site site site
7.4.4: site site site | site site site
7.4.5: not not not | us us us
7.5.1: not not not | us us us
7.5.2: not not not | us us us
7.5.3: not not not | us us us
7.6.1: not not not | us us us
7.6.2: site site site | site site site
14.3.1: site site site | site site site
14.3.2: not not not | us us us
5.1, paragraph 1: us us us | us us us
5.1, paragraph 2: us us us | us us us
5.1, paragraph 3, sentence 1: site site us | site site us
5.1, paragraph 3, sentence 2: site site site | site site site
5.1, paragraph 4: us us us | us us us
5.1, paragraph 5, sentence 1: site us us | us us us
5.1, paragraph 5, sentence 3: site site site | site site site
5.1, item 1: site us us | us us us
5.1, item 2: site site site | site site site
5.1, item 3: us us us | us us us
5.1, item 4: not site site | not site site
5.1, item 5: us us us | us us us
5.1, item 6: site site site | site site site
5.1, paragraph 7, sentence 1: us us us | us us us
5.1, paragraph 7, sentence 2: us us us | us us us
5.1, paragraph 8: not us site | not us site
5.1, paragraph 9: site site site | site site site
5.1, paragraph 11: site site site | site site site
5.1.1, item 1: not us us | not us us
5.1.1, item 2: us us us | us us us
5.1.1, item 3: us us us | us us us
5.1.1, item 4, sentence 1: site site not | site site not
5.1.1, item 4, sentence 2: us us us | us us us
5.1.1, item 5: not us not | not us not
5.1.1, item 6: not us us | not us us
5.1.1, item 7, first half: not not not | not not not
5.1.1, item 7, second half: site site site | site site site
5.1.2, paragraph 1: us us us | us us us
5.2, paragraph 1: site us us | us us us
5.2, paragraph 2, sentence 4: site site site | site site site
5.2, paragraph 2, sentence 5: site us us | us us us
5.2, paragraph 2, sentence 6: site us us | site us us
5.2, paragraph 3: site site site | site site site
5.2, paragraph 5: not not not | site site site
5.3, paragraph 1: site site site | site site site
5.3, paragraph 2: site site site | site site site
"""
SHORT = {US: "us", SITE: "site", NOT: "not"}


@pytest.mark.parametrize(("number", "adapter"), [*enumerate(SITES)])
@pytest.mark.parametrize(("half", "options"), [(0, {}), (1, EVERYTHING)])
def test_all_answers_of_a_site(number, adapter, half, options):
    """A change of any answer is a change of this table, so that somebody looks at it."""
    given = answered(adapter, options)
    table = {}
    for line in TABLE.strip().splitlines():
        place, _, words = line.rpartition(": ")
        table[place] = words.split(" | ")[half].split()[number]
    assert {place: SHORT[each.by] for place, each in given.items()} == table


@pytest.mark.parametrize(
    ("options", "by"),
    [
        ({}, SITE),
        ({"clear_site_data": ("cache",)}, SITE),
        ({"clear_site_data": ("storage",)}, US),
        ({"clear_site_data": ("storage",), "endpoint": None}, NOT),
    ],
)
def test_a_page_is_cleared_where_it_has_the_tag_and_the_logout_clears_the_storage(
    tmp_path, options, by
):
    (tmp_path / "page.html").write_text("{{ session440_client() }}")
    given = answered("Flask", {"folder": str(tmp_path), **options})
    assert given["14.3.1"].by == by
    warned = given["5.2, paragraph 2, sentence 4"].by
    assert warned == (NOT if "endpoint" in options else US)


def test_what_is_seen_names_the_limits_that_are_in_force():
    given = answered("WSGI", {"idle_timeout": "7m", "absolute_timeout": "3h", "status": 401})
    assert "`idle_timeout=` is 7 minutes" in given["7.3.1"].how
    assert "answered 401 with `Session440-Cause: idle`" in given["7.3.1"].how
    assert "3 hours" in given["7.3.2"].how


def test_limits_that_differ_are_told_by_policy():
    given = answered("WSGI", {"policies": {"kiosk": "owasp-high"}})
    assert "20 minutes by the policy `default`, 5 minutes by the policy `kiosk`" in (
        given["7.3.1"].how
    )


def test_endpoints_are_told_where_the_site_has_them():
    given = answered("Flask", {"store": REDIS, "endpoint": "/in/out"})
    assert "`/in/out/logins`" in given["7.5.2"].how
    assert "`POST /in/out/logout`" in given["7.4.4"].how
    without = answered("Flask", {"store": REDIS, "endpoint": None})
    assert not [each for each in without.values() if "None/" in each.how or "`None" in each.how]


@pytest.mark.parametrize("number", ["7.2.4", "5.2, paragraph 2, sentence 6"])
def test_a_login_again_is_to_be_checked_where_the_app_only_names_its_person(number):
    for options in ({}, {"store": "memory:"}, ON_SERVER):
        answer = answered("Flask", {"store": REDIS, **options})[number]
        assert answer.by == SITE
        assert "`session.clear()` first, or `current_visit.login(...)`" in answer.how
    for adapter, options in (("Flask", REMEMBERS), ("Django", {}), ("WSGI", {})):
        assert "clear()" not in answered(adapter, {"store": REDIS, **options})[number].how


def test_a_revocation_is_said_to_hold_when_it_does():
    given = answered("WSGI", {"store": REDIS, "revalidate_interval": 30})
    assert "within 30 seconds" in given["7.4.1"].how
    assert "within 30 seconds" in given["7.4.5"].how
    assert "503" in answered("WSGI", {"store": REDIS, "store_failure": "refuse"})["7.4.1"].how


def test_everybodys_logins_are_ended_by_a_command_if_the_store_can_do_that():
    known = [name for name, each in vars(TicketStore).items() if inspect.isfunction(each)]
    own = type("OwnStore", (), {name: lambda self, *given: None for name in known})()
    assert "--everybody" not in answered("WSGI", {"store": own})["7.4.5"].how
    assert "`--everybody`" in answered("WSGI", {"store": REDIS})["7.4.5"].how


def test_the_admin_is_named_where_it_lists_logins():
    assert "admin" in answered("Django", {"store": "django:"})["7.4.5"].how
    assert "admin" not in answered("Django", {"store": REDIS})["7.4.5"].how


def test_a_site_without_an_engine_has_no_answers():
    with pytest.raises(ValueError, match="no engine"):
        answers(site_of_flask(Flask("bare")))
