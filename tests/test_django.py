"""The Django middleware."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from clock import START, FakeClock
from django.conf import settings
from django.contrib.auth import user_logged_out
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import clear_script_prefix, include, path, set_script_prefix

from session440 import ConfigurationError
from session440.django import Session440Middleware, get_engine, public

IDLE = 1200
OURS = "session440.django.Session440Middleware"
WITHOUT = [each for each in settings.MIDDLEWARE if each != OURS]
TESTS = Path(__file__).parent


@pytest.fixture(autouse=True)
def options(clock):
    """The project's settings, with a clock of the test's own."""
    with override_settings(SESSION440={"CLOCK": clock}):
        yield


@pytest.fixture
def user():
    user = User.objects.create_user(f"carol{User.objects.count()}", password="wonderland")
    yield user
    user.delete()


def logged_in(name="alice") -> Client:
    client = Client()
    assert client.login(username=name, password="wonderland")
    client.get("/plain")  # brings the ticket
    return client


def run(scenario):
    """Run a coroutine function, and close what its threads have opened."""

    async def closing():
        try:
            await scenario()
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(closing())


def ticket_of(client):
    return get_engine().signer.loads(client.cookies["sessionid440"].value)


def is_440(answer, cause="idle"):
    assert (answer.status_code, answer.reason_phrase) == (440, "Login Timeout")
    assert answer["Session440-Cause"] == cause


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


def function_middleware(get_response):
    return lambda request: get_response(request)


def test_middleware_may_be_functions(clock):
    """Ours or anybody's: their place cannot be told, and is not asked."""
    middleware = [*WITHOUT, "test_django.function_middleware", OURS]
    with override_settings(MIDDLEWARE=middleware):
        assert logged_in().get("/show").content == b"shown to alice"
    with override_settings(MIDDLEWARE=[*WITHOUT, "test_django.our_function"]):
        assert logged_in().get("/show").content == b"shown to alice"


def our_function(get_response):
    return Session440Middleware(get_response)


@pytest.mark.parametrize("url", [None, "", "/", "https://static.example/"])
def test_static_url_that_is_no_path_of_its_own_opens_nothing(clock, url):
    with override_settings(STATIC_URL=url):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/plain"))


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


# --- what it costs


def queries(client, path, times=1):
    with CaptureQueriesContext(connection) as captured:
        for _ in range(times):
            assert client.get(path).status_code == 200
    return len(captured)


def test_sliding_costs_no_query(clock):
    """A thousand active requests to a view that uses request.user: not one query more."""
    with_ours, count = logged_in(), 0
    for _ in range(1000):
        clock.advance(20)
        count += queries(with_ours, "/show")
    with override_settings(MIDDLEWARE=WITHOUT):
        assert count == queries(logged_in(), "/show", 1000) == 2000


@pytest.mark.parametrize(("path", "more"), [("/plain", 1), ("/public", 0), ("/marked-public", 2)])
def test_views_that_never_touch_the_session_cost_one_read(clock, path, more):
    """Public paths cost none (the marked view of this site shows the user: its own two)."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/public"]}):
        client = logged_in()
        queries(client, path)
        clock.advance(100)
        own = {"/public": 2}.get(path, 0)
        assert queries(client, path) - own == more


def test_public_path_that_ignores_the_session_reads_nothing(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/plain"]}):
        client = logged_in()
        clock.advance(100)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/plain")
        assert len(captured) == 0
        assert "sessionid440" in answer.cookies  # and it still counts as activity


def test_ended_ticket_is_not_renewed_by_a_public_page(clock):
    """Such a page need not ask who is there, but it must not revive anybody either."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/plain"]}):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/plain").status_code == 200
        is_440(client.get("/cart"))


def test_marked_view_that_ignores_the_session_reads_nothing(clock):
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/quiet").content == b"quiet"
        assert len(captured) == 0


def test_endpoints_are_served_on_a_site_that_is_all_public(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/*"]}):
        assert logged_in().get("/session440/status").json()["state"] == "active"


def test_force_login_is_followed_by_the_usual_queries():
    """assertNumQueries in other people's suites needs no change."""
    client = Client()
    client.force_login(User.objects.get(username="alice"))
    assert queries(client, "/show") == 2
    assert "sessionid440" in client.cookies


FIRST_TEST = """
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import TestCase

class FirstTest(TestCase):
    @classmethod
    def setUpClass(cls):
        call_command("migrate", verbosity=0)
        super().setUpClass()

    def test_queries(self):
        self.client.force_login(User.objects.create_user("dora"))
        for _ in range(2):
            with self.assertNumQueries(2):
                assert self.client.get("/show").content == b"shown to dora"
"""


def test_first_force_login_of_a_process_is_followed_by_the_usual_queries(tmp_path):
    """Also where no request has loaded the middleware before, as in a suite's first test."""
    (tmp_path / "test_first.py").write_text(FIRST_TEST)
    (tmp_path / "conftest.py").write_text("import django; django.setup()")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        env=os.environ | {"PYTHONPATH": str(TESTS), "DJANGO_SETTINGS_MODULE": "django_settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_visitors_cost_nothing():
    with CaptureQueriesContext(connection) as captured:
        answer = Client().get("/plain")
    assert len(captured) == 0
    assert "Vary" not in answer.headers


# --- logins that end


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


def test_password_changed_elsewhere_is_revoked(user):
    """Django flushes the session by itself; the redirect to the login gives way to the 440."""
    client = logged_in(user.username)
    assert client.get("/").status_code == 200
    user.set_password("other")
    user.save()
    answer = client.get("/")
    is_440(answer, "revoked")
    assert client.get("/").status_code == 302


def test_changing_ones_own_password_keeps_the_login(user):
    """update_session_auth_hash() rotates the session's key and keeps what it holds."""
    client = logged_in(user.username)
    client.get("/plain")
    with override_settings(ROOT_URLCONF="test_django"):
        before = ticket_of(client)
        assert client.get("/change-password").content == b"changed"
        assert client.get("/show").content == f"shown to {user.username}".encode()
        assert ticket_of(client).binding == before.binding


def test_deactivated_user_is_revoked(user):
    client = logged_in(user.username)
    client.get("/plain")
    user.is_active = False
    user.save()
    assert client.get("/show").content == b"shown to nobody"  # no refusal: it stands
    is_440(client.get("/"), "revoked")
    assert client.get("/").status_code == 302


def test_suites_that_deactivate_a_user_see_what_they_expect(user):
    """force_login(), deactivate, and the redirect to the login page, as without us."""
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302


def test_logout_by_a_middleware_before_ours_is_a_logout(clock):
    """RemoteUserMiddleware does so when its header disappears: nothing was lost."""
    remote = "django.contrib.auth.middleware.RemoteUserMiddleware"
    with override_settings(
        MIDDLEWARE=[*WITHOUT, remote, OURS],
        AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.RemoteUserBackend"],
    ):
        client = Client()
        assert client.get("/", REMOTE_USER="alice").content == b"hello alice"
        answer = client.get("/")
        assert answer.status_code == 302
        assert answer.cookies["sessionid440"].value == ""


def test_async_stack_stays_async(clock):
    """Under ASGI an async view sees the login by auser(), and its end by the 440."""
    from django.test import AsyncClient

    async def scenario():
        client = AsyncClient()
        await client.alogin(username="alice", password="wonderland")
        assert (await client.get("/async")).content == b"async alice"
        clock.advance(IDLE - 1)
        assert (await client.get("/async-public")).content == b"async alice"
        clock.advance(IDLE)
        assert (await client.get("/async-public")).content == b"async "
        answer = await client.get("/async")
        is_440(answer)
        assert (await client.get("/async")).content == b"async "

    options = {"CLOCK": clock, "PUBLIC": ["/async-public"]}
    with override_settings(ROOT_URLCONF="test_django", SESSION440=options):
        run(scenario)


@pytest.mark.parametrize("option", [{"PUBLIC": ["/api/*"]}, {"LOGIN_URL": "/api/me"}])
def test_refusal_by_a_public_or_login_page_stands_after_a_revocation(user, clock, option):
    """A login API that answers 401 means the password, not the login that was withdrawn."""
    with override_settings(SESSION440={"CLOCK": clock, **option}):
        client = logged_in(user.username)
        user.is_active = False
        user.save()
        assert client.get("/api/me").status_code == 401


def test_revoked_login_met_by_a_poll_is_told_to_the_person(user, clock):
    with override_settings(SESSION440={"CLOCK": clock, "PASSIVE": ["/api/*"]}):
        client = logged_in(user.username)
        client.get("/plain")
        user.set_password("other")
        user.save()
        is_440(client.get("/api/me"), "revoked")
        is_440(client.get("/plain"), "revoked")
        assert client.get("/plain").status_code == 200


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


def test_login_page_that_looked_at_the_user_first_is_no_revocation(clock):
    """request.user was found anonymous before the login, in the same request."""
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        client.get("/plain")
        assert client.get("/look-and-login").content == b"in"
        assert client.get("/show").content == b"shown to alice"
        fresh = Client()
        assert fresh.get("/look-and-login").content == b"in"
        assert fresh.get("/show").content == b"shown to alice"


def test_views_that_replace_request_user_are_no_revocation(clock):
    """REST frameworks put an anonymous user there where a view has no authentication."""
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        assert client.get("/replaces-user").content == b"replaced"
        assert client.get("/show").content == b"shown to alice"


def test_save_every_request_changes_nothing(clock):
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        client = logged_in()
        for _ in range(3):
            clock.advance(600)
            assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/show").content == b"shown to nobody"


def test_login_required_middleware(clock):
    """Its redirect never comes first; login_not_required views are open (Django 5.1)."""
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    middleware = [*WITHOUT, required, OURS]
    with override_settings(MIDDLEWARE=middleware, ROOT_URLCONF="test_django"):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/not-required").content == b"open"
        is_440(client.get("/plain"))
        answer = client.get("/plain")
        assert answer.status_code == 302
        assert answer["Location"] == "/login?next=/plain"


def test_rest_framework_views_are_guarded(clock):
    """Django REST framework marks all its views login_not_required; "cls" gives them away."""
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/rest"))


def test_update_cache_middleware_stores_no_ticket(clock):
    """Neither a ticket nor a 440 comes out of Django's cache."""
    middleware = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *WITHOUT,
        OURS,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    from django.core.cache import cache

    cache.clear()
    with override_settings(MIDDLEWARE=middleware, CACHE_MIDDLEWARE_SECONDS=600):
        client = logged_in()
        clock.advance(60)
        assert "sessionid440" in client.get("/plain").cookies
        assert "sessionid440" not in client.get("/plain").cookies
        answer = Client().get("/plain")
        assert not answer.cookies
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/plain").status_code == 200


def test_conditional_get_middleware_sends_no_ticket_with_a_304(clock):
    middleware = ["django.middleware.http.ConditionalGetMiddleware", *WITHOUT, OURS]
    with override_settings(MIDDLEWARE=middleware):
        client = logged_in()
        etag = client.get("/plain")["ETag"]
        clock.advance(60)
        answer = client.get("/plain", headers={"If-None-Match": etag})
        assert answer.status_code == 304
        assert not answer.cookies
        assert "sessionid440" in client.get("/plain").cookies


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
    with override_settings(ROOT_URLCONF="test_django", MESSAGE_STORAGE=storage):
        client = logged_in()
        client.get("/message")
        clock.advance(IDLE)
        is_440(client.get("/plain"))
        assert client.get("/messages").content == b""


# --- the admin


def test_a_site_with_only_the_admin_works_as_it_is(clock):
    """Pages under the admin send people to the admin's own login page."""
    client = logged_in()
    User.objects.filter(username="alice").update(is_superuser=True)
    assert client.get("/admin/").status_code == 200
    clock.advance(IDLE)
    answer = client.get("/admin/auth/user/?q=x", headers={"Accept": "application/json"})
    is_440(answer)
    assert answer.json()["login_url"] == "/admin/login/?next=%2Fadmin%2Fauth%2Fuser%2F%3Fq%3Dx"
    assert client.get("/admin/").status_code == 302


def test_admin_login_page_is_never_blocked(clock):
    client = logged_in()
    for method in (client.get, client.post):
        clock.advance(IDLE)
        answer = method("/admin/login/")
        assert answer.status_code == 200
        client = logged_in()
    unknown = client.get("/admin/no/such/page", headers={"Accept": "application/json"})
    assert unknown.status_code == 404


def test_login_url_that_leads_nowhere_is_no_500(clock):
    """LOGIN_URL may name a URL that this project never had."""
    with override_settings(LOGIN_URL="nowhere"):
        client = logged_in()
        clock.advance(IDLE)
        is_440(client.get("/plain"))


def test_admin_login_page_is_one_beside_the_sites_own(clock):
    """With a login page of the site's own, the admin's is still one."""
    with override_settings(SESSION440={"CLOCK": clock, "LOGIN_URL": "/sign-in"}):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.get("/admin/login/")
        assert answer.status_code == 200
        assert answer.cookies["sessionid440"].value == ""  # nothing is left to be told


def test_app_called_admin_without_a_login_page_is_no_500(clock):
    """Its pages send people where LOGIN_URL says."""
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.get("/own-admin/page", headers={"Accept": "application/json"})
        is_440(answer)
        assert answer.json()["login_url"] == "/login?next=%2Fown-admin%2Fpage"


def test_login_views_are_known_beneath_a_script_name(clock):
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        clock.advance(IDLE)
        set_script_prefix("/app/")  # as the handler of a real server does
        try:
            answer = client.get("/deep/sign-in", SCRIPT_NAME="/app")
        finally:
            clear_script_prefix()
        assert answer.status_code == 200
        assert answer.cookies["sessionid440"].value == ""


def test_login_views_are_login_pages_wherever_they_are(clock):
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        clock.advance(IDLE)
        data = {"username": "bob", "password": "wonderland", "next": "/show"}
        assert client.post("/deep/sign-in", data).status_code == 302
        assert client.get("/show").content == b"shown to bob"


def test_logout_by_hand_leaves_no_binding(clock):
    """A view that deletes the session's user alone has logged out."""
    with override_settings(ROOT_URLCONF="test_django"):
        client = logged_in()
        client.get("/cart")
        answer = client.get("/forget-user")
        assert answer.cookies["sessionid440"].value == ""
        assert "_session440" not in client.session
        assert client.session["cart"] == "apples"


def test_host_that_nobody_checked_is_no_500(clock):
    """Without CommonMiddleware a bad Host comes as far as the 440, which makes no use of it."""
    middleware = [each for each in settings.MIDDLEWARE if "CommonMiddleware" not in each]
    with override_settings(MIDDLEWARE=middleware):
        client = logged_in()
        clock.advance(IDLE)
        answer = client.post("/save", HTTP_HOST="a b", HTTP_REFERER="http://a b/form")
        is_440(answer)
        assert answer.json()["login_url"] == "/login"


# --- the ticket's cookie


def test_ticket_has_the_scope_of_the_session_cookie():
    with override_settings(
        SESSION_COOKIE_DOMAIN="a.example",
        SESSION_COOKIE_PATH="/app",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
    ):
        answer = Client().post("/login", {"username": "alice"})
        session, ticket = answer.cookies["sessionid"], answer.cookies["sessionid440"]
        for attribute in ("domain", "path", "secure", "samesite", "httponly"):
            assert ticket[attribute] == session[attribute]
        assert int(ticket["max-age"]) >= session["max-age"]


def test_session_that_ends_with_the_browser_has_such_a_ticket():
    with override_settings(SESSION_EXPIRE_AT_BROWSER_CLOSE=True):
        answer = Client().post("/login", {"username": "alice"})
        assert answer.cookies["sessionid440"]["max-age"] == ""


def test_public_page_judges_the_login_once_it_asks(clock):
    """A live ticket beside another session shows nobody's name (fail closed)."""
    options = {"CLOCK": clock, "PUBLIC": ["/public", "/direct"]}
    with override_settings(SESSION440=options, ROOT_URLCONF="test_django"):
        stale = logged_in()
        stale.get("/plain")
        clock.advance(IDLE)
        fresh = logged_in("bob")
        fresh.get("/plain")
        stale.cookies["sessionid440"] = fresh.cookies["sessionid440"].value
        for path in ("/public", "/direct"):
            again = Client()
            for name, morsel in stale.cookies.items():
                again.cookies[name] = morsel.value
            assert again.get(path).content in (b"shown to nobody", b"None")


# --- what attacks found


def stamping(get_response):
    """A middleware before ours that writes to the session of whoever is logged in."""

    def middleware(request):
        if request.user.is_authenticated:
            request.session["last_seen"] = "now"
        return get_response(request)

    return middleware


def logging_in_late(get_response):
    """A middleware that logs in on the way out, as some single sign-ons do."""
    from django.contrib.auth import login

    def middleware(request):
        response = get_response(request)
        if request.path == "/plain":
            login(request, User.objects.get(username="alice"))
        return response

    return middleware


@pytest.mark.parametrize("method", ["get", "post"])
def test_endpoints_revive_nothing_whoever_writes_to_the_session(clock, method):
    with override_settings(MIDDLEWARE=[*WITHOUT, "test_django.stamping", OURS]):
        client = logged_in()
        for _ in range(30):
            clock.advance(100)
            name = "status" if method == "get" else "extend"
            getattr(client, method)(f"/session440/{name}")
        is_440(client.get("/"))


def test_view_beneath_static_url_is_shown_no_ended_login(clock):
    """Nothing changes on the wire, and nobody is shown; unsafe methods are guarded."""
    with override_settings(STATIC_URL="/s"):
        client = logged_in()
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        answer = client.get("/show")
        assert answer.content == b"shown to nobody"
        assert not answer.cookies
        is_440(client.post("/show"))


def test_static_files_of_active_users_cost_no_query(clock):
    client = logged_in()
    clock.advance(100)
    with CaptureQueriesContext(connection) as captured:
        assert not client.get("/static/app.css").cookies
    assert len(captured) == 0


def test_options_of_a_public_page_renew_nothing(clock):
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/public"]}):
        client = logged_in()
        clock.advance(100)
        assert not client.options("/public").cookies


def test_options_show_nobody_though_a_middleware_has_looked(clock):
    with override_settings(MIDDLEWARE=[*WITHOUT, "test_django.stamping", OURS]):
        client = logged_in()
        clock.advance(IDLE)
        assert client.options("/show").content == b"shown to nobody"


def test_report_mode_leaves_revocation_to_django(clock, user):
    """What Django itself ends has ended; its redirect stands."""
    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "report"}):
        client = logged_in(user.username)
        user.set_password("other")
        user.save()
        assert client.get("/").status_code == 302


def test_login_on_the_way_out_of_a_middleware_before_ours_is_followed(clock):
    middleware = [*WITHOUT, "test_django.logging_in_late", OURS]
    with override_settings(MIDDLEWARE=middleware):
        client = Client()
        assert client.get("/plain").status_code == 200
        assert client.get("/show").content == b"shown to alice"
        clock.advance(IDLE)
        is_440(client.get("/show"))


def test_cached_page_hands_out_no_old_ticket(clock):
    """Not to a poll, which must win no time: Vary: Cookie keeps such responses out of it."""
    from django.core.cache import cache

    cache.clear()
    middleware = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *WITHOUT,
        OURS,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    with override_settings(MIDDLEWARE=middleware, CACHE_MIDDLEWARE_SECONDS=600):
        client = logged_in()
        clock.advance(600)
        before = {name: morsel.value for name, morsel in client.cookies.items()}
        renewed = client.get("/show").cookies["sessionid440"].value
        assert renewed
        for name, value in before.items():
            client.cookies[name] = value
        answer = client.get("/show", headers={"Session440-Passive": "?1"})
        assert answer.content == b"shown to alice"
        assert not answer.cookies


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


def asking_first(get_response):
    """An async middleware before ours that asks who is there."""
    from asgiref.sync import markcoroutinefunction

    async def middleware(request):
        await request.auser()
        return await get_response(request)

    markcoroutinefunction(middleware)
    return middleware


asking_first.sync_capable, asking_first.async_capable = False, True


def test_async_user_that_was_asked_for_before_is_not_shown_behind(clock):
    from django.test import AsyncClient

    async def scenario():
        client = AsyncClient()
        await client.alogin(username="alice", password="wonderland")
        await client.get("/async")
        clock.advance(IDLE)
        assert (await client.options("/async")).content == b"async "
        assert (await client.get("/async-public")).content == b"async "

    with override_settings(
        ROOT_URLCONF="test_django",
        MIDDLEWARE=[*WITHOUT, "test_django.asking_first", OURS],
        SESSION440={"CLOCK": clock, "PUBLIC": ["/async-public"]},
    ):
        run(scenario)


def test_logout_on_a_public_page_that_never_asked_is_a_logout(clock):
    """request.session.flush() alone; and a login there is one too."""
    options = {"CLOCK": clock, "PUBLIC": ["/flush", "/login"]}
    with override_settings(ROOT_URLCONF="test_django", SESSION440=options):
        client = logged_in()
        clock.advance(100)
        assert client.get("/flush").cookies["sessionid440"].value == ""
        assert client.get("/show").content == b"shown to nobody"


def test_public_page_that_writes_to_the_session_revives_nothing(clock):
    """A live ticket beside another, ended session."""
    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/cart"]}):
        stale = logged_in()
        clock.advance(IDLE)
        stale.cookies["sessionid440"] = logged_in("bob").cookies["sessionid440"].value
        stale.get("/cart")
        is_440(stale.get("/show"), "lost")


def test_visit_of_a_public_page_judges_too(clock):
    """request.session440 names nobody once the session is gone, as request.user does."""
    options = {"CLOCK": clock, "PUBLIC": ["/visit"]}
    with override_settings(ROOT_URLCONF="test_django", SESSION440=options):
        client = logged_in()
        assert client.get("/visit").content.startswith(b"visit of ")
        assert client.get("/visit").content != b"visit of None"
        del client.cookies["sessionid"]
        assert client.get("/visit").content == b"visit of None"


def test_public_page_that_streams_judges_the_login_once_it_asks(clock):
    """The headers have gone by then; the name is still nobody's."""
    options = {"CLOCK": clock, "PUBLIC": ["/stream"]}
    with override_settings(ROOT_URLCONF="test_django", SESSION440=options):
        stale = logged_in()
        clock.advance(IDLE)
        stale.cookies["sessionid440"] = logged_in("bob").cookies["sessionid440"].value
        clock.advance(100)  # so that it is renewed on the way out
        assert b"".join(stale.get("/stream")) == b"shown to nobody"


# --- this module is a URLconf too


def _change_password(request):
    from django.contrib.auth import update_session_auth_hash

    request.user.set_password("wonderland")
    request.user.save()
    update_session_auth_hash(request, request.user)
    return HttpResponse("changed")


def _look_and_login(request):
    from django.contrib.auth import login

    assert request.user.is_authenticated in (True, False)
    login(request, User.objects.get(username="alice"))
    return HttpResponse("in")


def _replace_user(request):
    from django.contrib.auth.models import AnonymousUser

    assert request.user.is_authenticated
    request.user = AnonymousUser()
    return HttpResponse("replaced")


def _message(request):
    from django.contrib import messages

    messages.info(request, "a secret of alice's")
    return HttpResponse("queued")


def _messages(request):
    from django.contrib import messages

    return HttpResponse(", ".join(map(str, messages.get_messages(request))))


async def _async(request):
    asyncio.get_running_loop()
    return HttpResponse("async " + (await request.auser()).username)


def _flush(request):
    request.session.flush()
    return HttpResponse("flushed")


def _visit(request):
    return HttpResponse(f"visit of {request.session440.subject}")


def _stream(request):
    def generate():
        yield f"shown to {request.user.username or 'nobody'}"

    return StreamingHttpResponse(generate())


def _forget_user(request):
    del request.session["_auth_user_id"]
    return HttpResponse("forgotten")


@public
def _quiet(request):
    return HttpResponse("quiet")


def _open(request):
    return HttpResponse("open")


def _rest(request):
    return HttpResponse("rest")


def _open_to_members(request):
    return HttpResponse("members")


_open.login_required = False
_rest.login_required = False
_rest.cls = object


def _urlpatterns():
    import django_urls
    from django.contrib.auth.views import LoginView

    return [
        path("change-password", _change_password),
        path("look-and-login", _look_and_login),
        path("replaces-user", _replace_user),
        path("message", _message),
        path("messages", _messages),
        path("not-required", _open),
        path("rest", _rest),
        path("visit", _visit),
        path("stream", _stream),
        path("forget-user", _forget_user),
        path("quiet", _quiet),
        path("own-admin/", include(([path("page", _open_to_members)], "admin"), "own")),
        path("flush", _flush),
        path("direct", lambda request: HttpResponse(str(request.session.get("_auth_user_id")))),
        path("async", _async),
        path("async-public", _async),
        path("deep/sign-in", LoginView.as_view(template_name="admin/login.html")),
        *django_urls.urlpatterns,
    ]


def __getattr__(name):
    if name == "urlpatterns":
        return _urlpatterns()
    raise AttributeError(name)


def test_fake_clock_is_used(clock):
    assert isinstance(get_engine().clock, FakeClock)
