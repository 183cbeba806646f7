"""The Django middleware."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from clock import START, FakeClock
from django.conf import settings
from django.contrib.auth import user_logged_out
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client, RequestFactory, override_settings
from django_logins import IDLE, OURS, WITHOUT, is_440, logged_in, ticket_of

from session440 import ConfigurationError
from session440.django import get_engine

pytestmark = pytest.mark.usefixtures("django_clock")


# --- set-up


@pytest.mark.parametrize(
    "middleware",
    [
        [OURS, *WITHOUT],
        [WITHOUT[0], OURS, *WITHOUT[1:]],
        [OURS],
    ],
)
def test_wrong_order_is_said_when_the_handler_loads(middleware):
    with override_settings(MIDDLEWARE=middleware):
        with pytest.raises(ConfigurationError, match="AuthenticationMiddleware before it"):
            Client().get("/plain")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"IDLE_TIMOUT": 60}, "did you mean 'idle_timeout'"),
        ({"idle_timeout": 60}, "did you mean 'IDLE_TIMEOUT'"),
        ({"IDLE_TIMEOUT": "soon"}, "idle_timeout is 'soon'"),
        ({"CLOCK": "no.such.thing"}, "cannot be imported"),
        (["IDLE_TIMEOUT"], "give a dictionary"),
        ({7: 60}, "unknown option SESSION440.7."),
    ],
)
def test_bad_settings_are_said_when_the_handler_loads(given, message):
    with override_settings(SESSION440=given):
        with pytest.raises(ConfigurationError, match=message):
            Client().get("/plain")
        # The app is listed, so that its checks say so too, before any server starts.
        with pytest.raises(SystemCheckError, match=r"session440\.E001"):
            call_command("check")


def test_bad_settings_stop_the_server(clock):
    """They are said when the handler loads, not when somebody comes."""
    with override_settings(SESSION440={"IDLE_TIMOUT": 60}):
        with pytest.raises(ConfigurationError, match="did you mean"):
            WSGIHandler()


def test_middleware_may_be_functions(clock):
    """Ours or anybody's: their place cannot be told, and is not asked."""
    middleware = [*WITHOUT, "other_middleware.function_middleware", OURS]
    with override_settings(MIDDLEWARE=middleware):
        assert logged_in().get("/show").content == b"shown to alice"
    with override_settings(MIDDLEWARE=[*WITHOUT, "other_middleware.our_function"]):
        assert logged_in().get("/show").content == b"shown to alice"


@pytest.mark.parametrize("url", [None, "", "/", "https://static.example/"])
def test_static_url_that_is_no_path_of_its_own_opens_nothing(clock, url):
    with override_settings(STATIC_URL=url):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/plain"))


@pytest.fixture
def user():
    user = User.objects.create_user(f"carol{User.objects.count()}", password="wonderland")
    yield user
    user.delete()


def test_login_signal_without_a_session_is_nobodys(user):
    """Token logins of REST frameworks send user_logged_in as well."""
    from django.contrib.auth import user_logged_in

    request = RequestFactory().post("/token")
    for each in (request, None):
        user_logged_in.send(sender=User, request=each, user=user)
    assert not hasattr(request, "session440")


def test_override_settings_works(clock):
    client = logged_in()
    with override_settings(SESSION440={"CLOCK": clock, "IDLE_TIMEOUT": "1m"}):
        clock.advance(60)
        is_440(client.get("/plain"))


def test_clock_may_be_a_dotted_path():
    with override_settings(SESSION440={"CLOCK": "time.monotonic"}):
        assert get_engine().clock.__name__ == "monotonic"


def test_importing_needs_no_app_registry():
    """Settings and the app registry are read at use."""
    code = "import session440.django, django.apps; assert not django.apps.apps.ready"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_rotated_keys_come_from_the_settings(clock):
    with override_settings(SECRET_KEY="old"):
        client = logged_in()
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        clock.advance(IDLE - 1)
        assert client.get("/show").content == b"shown to alice"
    with override_settings(SECRET_KEY="new"):
        assert ticket_of(client).subject


def test_prefix_that_browsers_would_refuse_is_said():
    with override_settings(SESSION_COOKIE_NAME="__Host-id"):
        with pytest.raises(ConfigurationError, match="not Secure"):
            get_engine()
    with override_settings(
        SESSION_COOKIE_NAME="__Host-id", SESSION_COOKIE_SECURE=True, SESSION_COOKIE_PATH="/app"
    ):
        with pytest.raises(ConfigurationError, match="Path other than"):
            get_engine()


def test_fake_clock_is_used(clock):
    assert isinstance(get_engine().clock, FakeClock)


# --- logins


@pytest.mark.parametrize("backend", ["db", "cache", "cached_db", "file", "signed_cookies"])
def test_every_session_backend(clock, backend):
    """Login, sliding, timeout and the next login are alike in all of them."""
    with override_settings(SESSION_ENGINE=f"django.contrib.sessions.backends.{backend}"):
        client = logged_in()
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE - 1)
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        is_440(client.get("/show"))
        assert client.cookies["sessionid"].value == ""
        assert client.cookies["sessionid440"].value == ""
        assert client.get("/show").content == b"shown to nobody"
        client.login(username="bob", password="wonderland")
        assert client.get("/show").content == b"shown to bob"


def test_user_logged_out_fires_with_the_user(clock):
    seen = []

    def note(user, **kwargs):
        seen.append(user.username)

    user_logged_out.connect(note)
    try:
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert seen == ["alice"]
    finally:
        user_logged_out.disconnect(note)


def test_same_user_login_starts_anew(clock):
    """Django keeps the session's content then, so only the signal tells."""
    client = logged_in()
    client.get("/plain")
    first = ticket_of(client)
    clock.advance(500)
    client.post("/login", {"username": "alice"})
    assert ticket_of(client).id != first.id
    assert ticket_of(client).issued_at == START + 500
    clock.advance(IDLE - 1)
    assert client.get("/").content == b"hello alice"


def test_impersonation_is_a_login_of_its_own(clock):
    """login() as somebody else, and back again, each begin a login."""
    client = logged_in()
    for name in ("bob", "alice"):
        clock.advance(1000)
        client.post("/login", {"username": name})
        assert client.get("/").content == f"hello {name}".encode()
        assert ticket_of(client).issued_at == clock.now


def test_logout_by_hand_leaves_no_binding(clock):
    """A view that deletes the session's user alone has logged out."""
    with override_settings(ROOT_URLCONF="odd_urls"):
        client = logged_in()
        client.get("/cart")
        answer = client.get("/forget-user")
        assert answer.cookies["sessionid440"].value == ""
        assert "_session440" not in client.session
        assert client.session["cart"] == "apples"


def test_save_every_request_changes_nothing(clock):
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        client = logged_in()
        for _ in range(3):
            clock.advance(600)
            assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/show").content == b"shown to nobody"


def test_csrf_token_in_the_session_survives_for_the_login_form(clock):
    """With the CSRF middleware in its usual place, before ours."""
    middleware = [
        WITHOUT[0],
        "django.middleware.csrf.CsrfViewMiddleware",
        *WITHOUT[1:],
        OURS,
    ]
    with override_settings(MIDDLEWARE=middleware):
        client = Client(enforce_csrf_checks=True)
        client.login(username="alice", password="wonderland")
        page = client.get("/login").content.decode()
        token = page.partition('value="')[2].partition('"')[0]
        clock.advance(IDLE)
        data = {"username": "bob", "csrfmiddlewaretoken": token}
        assert client.post("/login", data).status_code == 302
        assert client.get("/").content == b"hello bob"


# --- the 440


@pytest.mark.parametrize("engine", ["django.DjangoTemplates", "jinja2.Jinja2"])
def test_own_template_in_any_engine_replaces_the_page(clock, tmp_path, engine):
    (tmp_path / "session440").mkdir()
    (tmp_path / "session440/440.html").write_text(
        "own {{ login_timeout.cause }} {{ login_timeout.login_url }}"
    )
    templates = [{"BACKEND": f"django.template.backends.{engine}", "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=templates):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.get("/plain", headers={"Accept": "text/html"})
        assert answer.content == b"own idle /login?next=%2Fplain"


def test_a_440_is_logged_once(clock, caplog):
    """By the events; "django.request" keeps quiet about it."""
    client = logged_in()
    clock.advance(IDLE)
    with caplog.at_level(logging.DEBUG):
        is_440(client.get("/plain"))
    ended = [record for record in caplog.records if "ended" in record.getMessage()]
    assert [record.name for record in ended] == ["session440"]
    assert not [record for record in caplog.records if record.name == "django.request"]


def test_messages_of_the_login_that_ended_are_not_shown_to_the_next(clock):
    """The session goes whole, its queued messages with it (peers.md, trap 13)."""
    storage = "django.contrib.messages.storage.session.SessionStorage"
    with override_settings(ROOT_URLCONF="odd_urls", MESSAGE_STORAGE=storage):
        client = logged_in()
        client.get("/message")
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/messages").content == b""


def test_host_that_nobody_checked_is_no_500(clock):
    """Without CommonMiddleware a bad Host comes as far as the 440, which makes no use of it."""
    middleware = [each for each in settings.MIDDLEWARE if "CommonMiddleware" not in each]
    with override_settings(MIDDLEWARE=middleware):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.post("/save", HTTP_HOST="a b", HTTP_REFERER="http://a b/form")
        is_440(answer)
        assert answer.json()["login_url"] == "/login"
