"""All demos, over real sockets: one table of checks, run for each.

The Flask and the FastAPI demo run in this process with a fake clock. Settings of Django are one to
a process, so the Django demo runs in its own, with a clock that it reads from a file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone

import live_demos
import pytest
from browser import Answer, Browser
from clock import FakeClock, FileClock
from demos import ABSOLUTE, CLAIM, IDLE, RENEWAL, START, Demo, csrf_token, fill_in, log_in, started
from login_lists import LOGINS, press, rows


def is_440(answer: Answer, cause: str) -> None:
    assert answer.status_line in ("440 Login Timeout", "440 ")  # uvicorn sends no phrase
    assert answer["Session440-Cause"] == cause


@pytest.fixture(scope="module")
def django_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo_django")
    clock = FileClock(folder / "clock")
    with started("django", folder) as (url, _):
        yield Demo("django", url, clock)


@pytest.fixture
def flask_demo(clock: FakeClock) -> Iterator[Demo]:
    with live_demos.flask_demo(clock) as demo:
        yield demo


@pytest.fixture
def fastapi_demo(clock: FakeClock) -> Iterator[Demo]:
    with live_demos.fastapi_demo(clock) as demo:
        yield demo


@pytest.fixture(params=["flask", "django", "fastapi"])
def demo(request: pytest.FixtureRequest) -> Demo:
    return request.getfixturevalue(f"{request.param}_demo")


def other_logins(page: Answer) -> list[str]:
    others = [each for each in rows(page) if "This one" not in each]
    return re.findall(r'name="end" value="([^"]+)"', "".join(others))


# --- the pages


@pytest.mark.parametrize("path", ["/", "/form"])
def test_a_page_sends_a_visitor_to_the_login_page(demo, path):
    answer = demo.browser().navigate(path)
    assert (answer.status, answer["Location"]) == (302, f"/login?next={path}")


@pytest.mark.parametrize("path", ["/api/me", "/api/notifications"])
def test_an_api_answers_a_visitor_401_in_json(demo, path):
    answer = demo.browser().get(path)
    assert (answer.status, answer["Content-Type"]) == (401, "application/json")
    assert answer.json in ({"error": "Log in first."}, {"detail": "log in first"})


@pytest.mark.parametrize(
    "path", ["/login", "/public", "/static/demo.css", "/static/poll.js", "/static/me.js"]
)
def test_a_visitor_is_shown_what_is_for_anyone(demo, path):
    assert demo.browser().navigate(path).status == 200


@pytest.mark.parametrize("path", ["/", "/form", "/public", LOGINS, "/api/me", "/api/notifications"])
def test_somebody_logged_in_is_shown_everything(demo, path):
    assert demo.logged_in().navigate(path).status == 200


PAGES = ["/", "/form", "/public", "/login"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_only_scripts_of_its_own_site_and_ours_first(demo, path):
    page = demo.logged_in().navigate(path).text
    first, *others = re.findall(r"<script\b.*?</script>", page, re.DOTALL)
    tag = r'<script src="/session440/client.js" data-login="[\w-]{22}" defer></script>'
    assert re.fullmatch(tag, first)
    assert all(re.fullmatch(r'<script src="/static/\w+\.js" defer></script>', s) for s in others)


POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", [*PAGES, "/api/me", "/static/demo.css", "/nowhere"])
def test_every_answer_carries_a_strict_policy(demo, path):
    for b in (demo.browser(), demo.logged_in()):
        assert b.navigate(path).all("Content-Security-Policy") == [POLICY]


def test_what_session440_answers_keeps_its_own_policy(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    for answer in (b.navigate("/"), b.get("/session440/status")):
        (policy,) = answer.all("Content-Security-Policy")
        assert policy.startswith("default-src 'none'")


def test_what_the_tag_loads_is_there(demo):
    b = demo.logged_in()
    assert b.get("/session440/client.js")["Content-Type"] == "text/javascript; charset=utf-8"
    assert b.get("/session440/client.css")["Content-Type"] == "text/css; charset=utf-8"
    assert b.get("/session440/status").json["state"] == "active"


def test_the_browser_chooses_the_language_of_a_440(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    answer = b.navigate("/", Accept_Language="de-AT,en;q=0.5")
    assert answer["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr">' in answer.text


def test_the_public_page_says_who_is_there(demo):
    assert "Nobody is logged in" in demo.browser().navigate("/public").text
    assert "<strong>alice</strong>" in demo.logged_in().navigate("/public").text


def test_the_dashboard_says_who_is_logged_in_and_when_that_ends(demo):
    page = demo.logged_in("bob").navigate("/")
    end = datetime.fromtimestamp(demo.clock.now + IDLE, timezone.utc)
    assert "<strong>bob</strong>" in page.text
    assert f'<time datetime="{end.isoformat()}">{end:%H:%M:%S} UTC</time>' in page.text
    assert f"in {IDLE} seconds" in page.text
    for path in ("/form", "/public", "/api/me", "/api/notifications"):
        assert f'href="{path}"' in page.text


def test_the_form_keeps_what_was_saved_for_each_person(demo):
    b = demo.logged_in()
    answer = fill_in(b, "/form", CLAIM)
    assert answer.status == 200
    assert "Saved." in answer.text
    page = b.navigate("/form").text
    assert "Saved." not in page
    assert 'value="Leiden"' in page
    assert "Met the makers of &lt;b&gt;clocks&lt;/b&gt;." in page
    assert "Leiden" not in demo.logged_in("bob").navigate("/form").text


# --- logging in and out


def test_login_leads_to_the_page_that_was_asked_for(demo):
    b = demo.browser()
    answer = log_in(b, "alice", "wonderland", b.navigate("/form")["Location"])
    assert (answer.status, answer["Location"]) == (302, "/form")
    assert b.get("/api/me").json == {"user": "alice"}


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/%5Cevil.example/", "/%09/evil.example/", "evil"],
)
def test_login_leads_to_no_other_site(demo, elsewhere):
    answer = log_in(demo.browser(), "alice", "wonderland", f"/login?next={elsewhere}")
    assert answer.status == 302
    assert "evil.example" not in answer["Location"]


@pytest.mark.parametrize(("name", "password"), [("alice", "builder"), ("carol", ""), ("", "")])
def test_a_wrong_password_shows_the_form_again_with_a_message(demo, name, password):
    b = demo.browser()
    answer = log_in(b, name, password)
    assert answer.status == 200
    assert "Wrong name or password." in answer.text
    assert csrf_token(answer) or demo.name == "fastapi"
    assert b.get("/api/me").status == 401


def test_a_login_takes_over_nothing_from_the_one_before(demo):
    b = demo.logged_in()
    before = dict(b.cookies)
    log_in(b, "bob", "builder")
    session = "sessionid" if demo.name == "django" else "session"
    assert b.cookies[session] != before[session]
    assert b.cookies[f"{session}440"] != before[f"{session}440"]
    assert b.get("/api/me").json == {"user": "bob"}


@pytest.mark.parametrize("path", ["/login", "/form", "/logout"])
def test_a_post_without_csrf_token_is_refused(demo, path):
    b = demo.logged_in()
    form = CLAIM | {"username": "bob", "password": "builder"}
    answer = b.post(path, form, Sec_Fetch_Site="cross-site")  # FastAPI has no tokens
    assert answer.status in (400, 403)
    assert b.get("/api/me").json == {"user": "alice"}
    assert "Leiden" not in demo.logged_in("bob").navigate("/form").text


def test_logout_is_a_post_and_leads_to_the_login_page(demo):
    b = demo.logged_in()
    assert b.get("/logout").status == 405
    answer = b.post("/logout", csrf_token(b.navigate("/")))
    assert (answer.status, answer["Location"]) == (302, "/login")
    answer = b.navigate("/")
    assert (answer.status, answer["Location"]) == (302, "/login?next=/")


# --- the end of a login


def test_after_the_idle_timeout_a_page_is_answered_440_once(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    answer = b.navigate("/form")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/login?next=%2Fform"' in answer.text
    assert b.navigate("/form")["Location"] == "/login?next=/form"


def test_after_the_idle_timeout_an_api_is_answered_440_in_json(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    answer = b.get("/api/me", Accept="application/json")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json["cause"] == "idle"
    assert answer.json["idle_timeout"] == IDLE
    is_440(b.get("/api/me", Accept="application/json"), "idle")
    demo.clock.advance(10)
    assert b.get("/api/me", Accept="application/json").status == 401
    is_440(b.navigate("/form"), "idle")


def test_just_before_the_idle_timeout_a_login_goes_on(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE - 1)
    assert b.navigate("/").status == 200


PASSIVE = {"Session440-Passive": "?1"}


@pytest.mark.parametrize("headers", [{}, PASSIVE])
def test_polling_keeps_no_login_alive(demo, headers):
    b = demo.logged_in()
    for _ in range(5):
        demo.clock.advance(IDLE / 6)
        assert b.get("/api/notifications", **headers).status == 200
    demo.clock.advance(IDLE / 6)
    is_440(b.get("/api/notifications", **headers), "idle")
    is_440(b.navigate("/"), "idle")  # the poll did not eat the message meant for the person


def test_polling_says_when_the_login_ends(demo):
    b = demo.logged_in()
    end = datetime.fromtimestamp(demo.clock.now + IDLE, timezone.utc)
    demo.clock.advance(IDLE / 2)
    answer = b.get("/api/notifications", **PASSIVE)
    assert answer.json == {"notifications": [f"Your login ends at {end:%H:%M:%S} UTC."]}


@pytest.mark.parametrize("path", ["/", "/form", "/public", "/api/me"])
def test_using_any_page_keeps_a_login_alive(demo, path):
    b = demo.logged_in()
    for _ in range(3):
        demo.clock.advance(IDLE - RENEWAL)
        assert b.navigate(path).status == 200
    assert b.get("/api/me").json == {"user": "alice"}


def test_an_active_user_is_ended_by_the_absolute_timeout(demo):
    b = demo.logged_in()
    for _ in range(ABSOLUTE // 30 - 1):
        demo.clock.advance(30)
        assert b.navigate("/").status == 200
    demo.clock.advance(30)
    is_440(b.navigate("/"), "absolute")


def test_a_form_sent_too_late_is_answered_440_and_not_saved(demo):
    b = demo.logged_in()
    token = csrf_token(b.navigate("/form"))
    fill_in(b, "/form", CLAIM)
    demo.clock.advance(IDLE)
    is_440(b.post("/form", token | CLAIM | {"place": "Utrecht"}), "idle")
    page = demo.logged_in().navigate("/form").text
    assert "Leiden" in page
    assert "Utrecht" not in page


def test_a_login_that_has_ended_does_not_close_the_public_page(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    answer = b.navigate("/public")
    assert answer.status == 200
    assert "Nobody is logged in" in answer.text
    is_440(b.navigate("/"), "idle")


def test_one_can_log_in_again_after_a_440_and_go_on(demo):
    b = demo.logged_in()
    demo.clock.advance(IDLE)
    link = re.search(r'href="(/login[^"]*)"', b.navigate("/form").text)
    answer = log_in(b, "alice", "wonderland", link[1])
    assert (answer.status, answer["Location"]) == (302, "/form")
    assert b.navigate("/form").status == 200


# --- where one is signed in


@pytest.fixture
def two(demo: Demo) -> tuple[Browser, Browser]:
    """Two browsers of alice, a few seconds apart, and none of a test before."""
    demo.clock.advance(ABSOLUTE)
    first = demo.logged_in()
    demo.clock.advance(10)
    return first, demo.logged_in()


def test_every_page_leads_to_the_page_of_logins(demo):
    b = demo.logged_in()
    for path in ("/", "/form", "/public"):
        assert f'href="{LOGINS}"' in b.navigate(path).text


def test_a_visitor_is_led_to_the_login_page_and_back(demo):
    answer = demo.browser().navigate(LOGINS)
    assert answer.status == 401
    assert 'href="/login?next=%2Fsession440%2Flogins"' in answer.text


def test_the_page_of_logins_lists_both_browsers_this_one_first(demo, two):
    first, second = two
    demo.clock.advance(10)
    start = datetime.fromtimestamp(demo.clock.now - 20, timezone.utc)
    own, other = rows(first.navigate(LOGINS))
    assert f">{start:%Y-%m-%d %H:%M:%S} UTC</time>" in own
    assert "This one" in own
    assert "This one" not in other
    assert "This one" in rows(second.navigate(LOGINS))[0]


def test_a_login_that_has_ended_is_not_listed(demo, two):
    first, second = two
    first.post("/logout", csrf_token(first.navigate("/")))
    assert len(rows(second.navigate(LOGINS))) == 1
    demo.logged_in()
    demo.clock.advance(IDLE - 10)
    second.navigate("/")
    demo.clock.advance(10)
    assert len(rows(second.navigate(LOGINS))) == 1


def test_another_browser_can_be_signed_out_and_is_told_so(two):
    first, second = two
    (chosen,) = other_logins(second.navigate(LOGINS))
    answer = press(second, chosen)
    assert (answer.status, answer["Location"]) == (303, f"{LOGINS}?ended=one")
    page = second.navigate(answer["Location"])
    assert "That login is over." in page.text
    assert len(rows(page)) == 1
    answer = first.navigate("/form")
    is_440(answer, "revoked")
    assert "You were signed out because your login was withdrawn." in answer.text


def test_one_can_sign_out_everywhere_else(demo, two):
    first, second = two
    third, bob = demo.logged_in(), demo.logged_in("bob")
    page = second.navigate(press(second, "others")["Location"])
    assert "You are now signed out everywhere else." in page.text
    assert len(rows(page)) == 1
    is_440(first.navigate("/"), "revoked")
    is_440(third.navigate("/"), "revoked")
    assert bob.get("/api/me").json == {"user": "bob"}


def test_nobody_can_sign_out_another_person(demo, two):
    first, second = two
    bob = demo.logged_in("bob")
    assert len(rows(bob.navigate(LOGINS))) == 1
    for id in (*other_logins(second.navigate(LOGINS)), "0" * 32, ""):
        assert press(bob, id).status == 404
    assert first.navigate("/").status == second.navigate("/").status == 200


def test_signing_out_takes_a_post_of_a_page_of_this_site(two):
    first, second = two
    (chosen,) = other_logins(second.navigate(LOGINS))
    assert second.navigate(f"{LOGINS}?end={chosen}").status == 200
    assert second.post(LOGINS, {"end": chosen}).status == 403
    assert second.post(LOGINS, {"end": chosen}, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert first.navigate("/").status == 200


# --- starting them


@pytest.mark.parametrize("name", START)
def test_a_demo_serves_at_the_port_it_is_given_and_says_so(name, tmp_path):
    FileClock(tmp_path / "clock")
    with started(name, tmp_path) as (url, said):
        assert "session440" in said
        answer = Browser(url).navigate("/login")
    assert (answer.version, answer.status) == (11, 200)


@pytest.mark.parametrize("name", START)
def test_a_demo_takes_its_timeouts_from_the_environment(name, tmp_path):
    FileClock(tmp_path / "clock")
    given = {"SESSION440_IDLE_TIMEOUT": "20m", "SESSION440_ABSOLUTE_TIMEOUT": "5400"}
    with started(name, tmp_path, **given) as (url, _):
        b = Demo(name, url, FakeClock()).logged_in()
        status = b.get("/session440/status").json
    assert status["idle_remaining"] == pytest.approx(1200, abs=60)
    assert status["absolute_remaining"] == pytest.approx(5400, abs=60)
    assert status["warn_before"] == 20


GUNICORN = {"flask": "demo_flask:create_app()", "django": "demo_django.wsgi:application"}


@pytest.mark.parametrize("name", GUNICORN)
def test_gunicorn_serves_a_demo(name, tmp_path):
    FileClock(tmp_path / "clock")
    workers = ["--workers", "2", "--preload", "--bind", "127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", *workers, GUNICORN[name]]
    with started(name, tmp_path, command) as (url, _):
        b = Demo(name, url, FakeClock()).logged_in()
        assert b.get("/api/me").json == {"user": "alice"}
        assert len(rows(b.navigate(LOGINS))) == 1


@pytest.mark.parametrize("name", START)
def test_two_processes_know_of_each_others_logins(name, tmp_path):
    FileClock(tmp_path / "clock")
    key = {"SECRET_KEY": "one key for both of these processes, and not a short one"}
    with started(name, tmp_path, **key) as (one, _), started(name, tmp_path, **key) as (two, _):
        b, c = Demo(name, one, FakeClock()).logged_in(), Demo(name, two, FakeClock()).logged_in()
        page = c.navigate(LOGINS)
        assert len(rows(page)) == 2
        press(c, other_logins(page)[0])
        is_440(b.navigate("/"), "revoked")


NO_STORE = "redis://127.0.0.1:1/0"  # nobody listens there


@pytest.mark.parametrize("name", START)
def test_without_its_store_a_demo_goes_on_and_says_what_it_cannot_do(name, tmp_path):
    FileClock(tmp_path / "clock")
    with started(name, tmp_path, SESSION440_STORE=NO_STORE) as (url, _):
        b = Demo(name, url, FakeClock()).logged_in()
        answers = [b.navigate(LOGINS), press(b, "0" * 32), press(b, "others")]
        assert b.navigate("/").status == 200
    for answer in answers:
        assert answer.status == 503
        assert "Your login cannot be checked at the moment." in answer.text


def test_a_new_password_signs_out_all_other_browsers(tmp_path):
    clock = FileClock(tmp_path / "clock")
    with started("django", tmp_path) as (url, _):
        demo = Demo("django", url, clock)
        b, c = demo.logged_in(), demo.logged_in()
        new = {"old_password": "wonderland", "new_password1": "glass", "new_password2": "glass"}
        answer = fill_in(c, "/password", new)
        assert (answer.status, answer["Location"]) == (302, "/")
        assert "Your password is changed." in c.navigate("/").text
        is_440(b.navigate("/"), "revoked")
    # What a start prints is so again, whatever the password was changed to.
    with started("django", tmp_path) as (url, _):
        assert Demo("django", url, clock).logged_in().navigate("/").status == 200
