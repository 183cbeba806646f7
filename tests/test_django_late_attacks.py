"""A login that is judged late is seen by nobody before, whatever a project does meanwhile."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import test_django_late as late
from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.signals import got_request_exception
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import include, path
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_cookie
from django_logins import OURS, is_440, logged_in

from session440 import LoginTimeout
from session440.django import Session440Middleware, deferral, get_engine

pytestmark = pytest.mark.usefixtures("django_clock")
_site, settings = late._site, late.settings
ended = late.ended


def site(**views):
    found = (*[path(name, view) for name, view in views.items()], path("", include(late)))
    return override_settings(ROOT_URLCONF=found)


def browser(client):
    """Drop the cookies that the last answer has deleted, as browsers do."""
    for name in [name for name in client.cookies if not client.cookies[name].value]:
        del client.cookies[name]
    return client


def deleted(client):
    client.session.delete()


def tried(session):
    """Look, as code does that goes on whatever happens."""
    try:
        return session.get("secret")
    except Exception as error:
        return type(error).__name__


def test_a_page_out_of_the_views_cache_is_for_a_login_that_lives(clock):
    with site(
        mine=cache_page(600)(vary_on_cookie(lambda request: HttpResponse(request.user.username)))
    ):
        client = logged_in()
        assert client.get("/mine").content == b"alice"
        deleted(client)
        is_440(client.get("/mine"), "revoked")


def test_a_page_out_of_the_sites_cache_is_for_a_login_that_lives(clock, settings):
    """The order that README asks for."""
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    client = logged_in()
    assert client.get("/user").content == b"alice"
    deleted(client)
    is_440(client.get("/user"), "revoked")


@pytest.mark.parametrize(("by_browser", "chosen"), [(True, 14 * 86400), (False, 0)])
def test_a_page_that_does_not_look_keeps_the_cookies_age(clock, settings, by_browser, chosen):
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = by_browser

    def expiring(request):
        request.session.set_expiry(chosen)
        return HttpResponse()

    with site(expiring=expiring):
        client = logged_in()
        client.get("/expiring")
        clock.advance(70)
        looked = client.get("/user").cookies["sessionid440"]["max-age"]
        clock.advance(70)
        assert client.get("/quiet").cookies["sessionid440"]["max-age"] == looked


def test_who_asked_to_be_remembered_is_still_logged_in_after_closing_the_browser(clock, settings):
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True

    def remember(request):
        request.session.set_expiry(14 * 86400)
        return HttpResponse()

    with site(remember=remember):
        client = logged_in()
        client.get("/remember")
        for _ in range(30):
            clock.advance(60)
            client.get("/quiet")
        for name in [name for name in client.cookies if client.cookies[name]["max-age"] == ""]:
            del client.cookies[name]  # the browser is closed
        assert client.get("/user").content == b"alice"


def test_a_failure_while_judging_does_not_open_the_session(clock):
    """The database fails once; what swallows that, and looks again, is told of the end."""

    def flaky(request):
        failures = iter([OperationalError("server closed the connection")])

        def fail(execute, *given):
            for error in failures:
                raise error
            return execute(*given)

        with connection.execute_wrapper(fail):
            for _ in range(2):
                late.SEEN.append(tried(request.session))
        return HttpResponse(str(request.session440.subject))

    with site(flaky=flaky):
        is_440(ended(clock).get("/flaky"), "lost")
        assert late.SEEN == ["OperationalError", "LateTimeout"]


def test_threads_of_a_view_see_nothing_of_a_login_that_has_ended(clock, monkeypatch):
    seen = []

    def pooled(request):
        together = threading.Barrier(4)

        def look(_):
            together.wait()
            seen.append(tried(request.session))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(look, range(4)))
        return HttpResponse()

    # Signed cookies need no connection. The judge waits, as for a query: what a wrong order would
    # show is then seen each time.
    with (
        site(pooled=pooled),
        override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"),
    ):
        client = ended(clock)
        judge, waited = deferral.judge, threading.Event()
        slow = lambda exchange: (waited.wait(0.2), judge(exchange))[1]  # noqa: E731
        monkeypatch.setattr(deferral, "judge", slow)
        is_440(client.get("/pooled"), "lost")
        assert late.SECRET not in seen


def test_handler500_that_shows_the_user_does_not_turn_the_440_into_a_403(clock):
    def broken(request):
        raise ValueError

    class Conf:
        urlpatterns = [path("broken", broken), path("", include(late))]

        @staticmethod
        def handler500(request):
            return HttpResponse(request.user.username, status=500)

    with override_settings(ROOT_URLCONF=Conf):
        client = ended(clock)
        client.raise_request_exception = False
        is_440(client.get("/broken"), "lost")


def test_handler404_that_shows_the_user_is_no_error_for_the_administrators(clock):
    class Conf:
        urlpatterns = [path("", include(late))]

        @staticmethod
        def handler404(request, exception=None):
            return HttpResponse(request.user.username, status=404)

    told = []

    def note(**kwargs):
        told.append(1)

    got_request_exception.connect(note)
    with override_settings(ROOT_URLCONF=Conf):
        client = ended(clock)
        client.raise_request_exception = False
        is_440(client.get("/nowhere"), "lost")
    got_request_exception.disconnect(note)
    assert told == []


@pytest.mark.newest  # Django 5.1
def test_login_required_middleware_logs_the_440_once(clock, settings, caplog):
    at = settings.MIDDLEWARE.index(OURS)
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:at],
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        OURS,
    ]
    client = ended(clock)
    with caplog.at_level(logging.WARNING):
        is_440(client.get("/quiet"), "lost")
    assert [each.name for each in caplog.records] == ["session440"]


def test_the_440_is_told_after_a_middleware_has_looked_at_the_answer(clock, settings):
    settings.MIDDLEWARE = [
        each if each != OURS else f"{late.__name__}.ReadingOnTheWayOut"
        for each in settings.MIDDLEWARE
    ] + [OURS]
    client = ended(clock)
    answers = [browser(client).get("/quiet"), browser(client).get("/user")]
    assert 440 in [each.status_code for each in answers]


def test_visit_login_does_not_revive_the_session_of_an_ended_login(clock):
    def enter(request):
        request.session440.login("1")
        return HttpResponse()

    with site(enter=enter):
        client = ended(clock)
        client.get("/enter")
        answer = client.get("/user")
        assert answer.content != b"alice"


def test_atomic_requests_keep_what_a_receiver_of_the_end_has_written(clock):
    from django.contrib.auth.models import Group

    from session440.django.events import login_ended

    def note(**kwargs):
        Group.objects.create(name="told")

    login_ended.connect(note)
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        is_440(ended(clock).get("/user"), "lost")
        assert Group.objects.filter(name="told").count() == 1
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
        login_ended.disconnect(note)
        Group.objects.all().delete()


def test_create_on_an_unread_session_ends_no_login_that_lives(clock):
    def create(request):
        request.session.create()
        return HttpResponse()

    with site(create=create):
        assert logged_in().get("/create").status_code == 200


@pytest.mark.parametrize("engine", ["cache", "cached_db"])
def test_the_cache_key_of_a_session_is_a_road_too(clock, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    with site(key=lambda request: HttpResponse(request.session.cache_key)):
        is_440(ended(clock).get("/key"), "lost")


def test_an_unread_session_can_be_pickled_and_a_copy_holds_nothing(clock, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    def copied(request):
        try:
            twin = copy.copy(request.session)
        except LoginTimeout:
            twin = request.session
        late.SEEN.extend(tried(twin) for _ in range(2))
        return HttpResponse()

    with site(copied=copied, pickled=lambda request: HttpResponse(pickle.dumps(request.session))):
        ended(clock).get("/copied")
        assert late.SECRET not in late.SEEN
        assert logged_in().get("/pickled").status_code == 200


def test_visit_logout_in_an_async_view_clears_a_visitors_session_too(clock):
    """As in a sync view."""

    def fill(request):
        request.session["cart"] = "full"
        return HttpResponse()

    async def leave(request):
        request.session440.logout()
        return HttpResponse()

    async def walk():
        client = AsyncClient()
        for page in ("/fill", "/leave"):
            await client.get(page)
        return (await client.get("/show-cart")).content

    with site(
        fill=fill,
        leave=leave,
        **{"show-cart": lambda request: HttpResponse(str(request.session.get("cart")))},
    ):
        assert asyncio.run(walk()) == b"None"


def told_events():
    from django.contrib.auth.signals import user_logged_out

    from session440.django.events import login_ended, login_started

    heard, keep = [], []

    def note(name):
        def receive(event=None, user=None, **kwargs):
            heard.append((name, event.subject if event else user and user.username))

        keep.append(receive)
        return receive

    login_ended.connect(note("ended"), weak=False)
    login_started.connect(note("started"), weak=False)
    user_logged_out.connect(note("logged out"), weak=False)
    receivers = [*zip((login_ended, login_started, user_logged_out), keep, strict=True)]
    return heard, lambda: [signal.disconnect(each) for signal, each in receivers]


@pytest.fixture
def heard():
    """What is told of logins, by our signals and by Django's."""
    heard, stop = told_events()
    yield heard
    stop()


def test_a_backend_that_loads_in_another_thread_waits_for_nobody(clock, settings):
    settings.SESSION_ENGINE = "threaded_sessions"
    client = logged_in()
    clock.advance(20)
    assert client.get("/user").content == b"alice"
    is_440(ended(clock).get("/user"), "lost")


def test_of_two_tickets_that_of_the_session_goes_on(clock):
    """Another one, from another path or a sibling site, replaces nothing and ends nothing."""
    client = logged_in()
    clock.advance(50)
    other = logged_in("bob").cookies["sessionid440"].value
    clock.advance(100)
    own = client.cookies["sessionid440"].value
    session = client.cookies["sessionid"].value
    cookies = f"sessionid440={other}; sessionid440={own}; sessionid={session}"
    answer = Client().get("/quiet", HTTP_COOKIE=cookies)
    renewed = get_engine().signer.loads(answer.cookies["sessionid440"].value)
    assert renewed.id == get_engine().signer.loads(own).id


def test_a_message_that_is_left_for_an_ended_login_loses_no_440(clock, settings):
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

    def leave(request):
        messages.info(request, "saved")
        return HttpResponse()

    with site(leave=leave):
        client = ended(clock)
        assert browser(client).get("/leave").status_code == 200
        is_440(browser(client).get("/user"), "lost")


@pytest.mark.parametrize("kind", [ended, lambda clock: lost(clock)])
def test_a_middleware_that_writes_after_the_answer_loses_no_440(clock, settings, kind):
    settings.MIDDLEWARE = [
        each if each != OURS else f"{__name__}.WritingOnTheWayOut" for each in settings.MIDDLEWARE
    ] + [OURS]
    client = kind(clock)
    assert browser(client).get("/quiet").status_code == 200
    assert browser(client).get("/user").status_code == 440


class WritingOnTheWayOut(late.ReadingOnTheWayIn):
    def __call__(self, request):
        response = self.get_response(request)
        request.session["last"] = "now"
        return response


def lost(clock):
    client = logged_in()
    deleted(client)
    return client


def test_a_session_that_is_marked_modified_and_was_deleted_has_ended(clock):
    """It is the view that marks it: nobody has logged out."""
    is_440(lost(clock).get("/writing"), "revoked")


def test_an_end_is_told_before_the_login_that_follows(clock, heard):
    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "challenge"}):
        client = ended(clock)
        heard.clear()
        with site(enter=enter):
            assert client.get("/enter").content == b"entered"
        assert heard == [("ended", "1"), ("logged out", "alice"), ("started", "2")]
        assert client.get("/user").content == b"bob"


def enter(request):
    assert not request.user.is_authenticated
    auth.login(request, User.objects.get(username="bob"))
    return HttpResponse("entered")


def test_what_a_visitor_stores_after_the_end_is_the_visitors(clock, heard):
    def fill(request):
        assert "secret" not in request.session
        request.session["cart"] = "full"
        return HttpResponse()

    with override_settings(SESSION440={"CLOCK": clock, "PUBLIC": ["/fill"]}), site(fill=fill):
        client = ended(clock)
        before = client.cookies["sessionid"].value
        heard.clear()
        client.get("/fill")
        assert dict(client.session) == {"cart": "full"}
        assert client.cookies["sessionid"].value != before
        assert not Session.objects.filter(pk=before).exists()
        assert heard == [("ended", "1"), ("logged out", "alice")]


def test_a_date_of_expiry_sends_no_ticket_with_each_write(clock):
    def expiring(request):
        request.session.set_expiry(timedelta(days=3))
        return HttpResponse()

    def writing(request):
        request.session["last"] = str(clock())
        return HttpResponse()

    with site(expiring=expiring, write=writing):
        client = logged_in()
        assert "sessionid440" in client.get("/expiring").cookies
        assert not any("sessionid440" in client.get("/write").cookies for _ in range(5))


class Own(Session440Middleware):
    def process_view(self, request, view, given, named):
        return HttpResponse("own")


def test_a_subclass_has_a_process_view_of_its_own(clock, settings):
    settings.MIDDLEWARE = [
        f"{__name__}.Own" if each == OURS else each for each in settings.MIDDLEWARE
    ]
    assert logged_in().get("/quiet").content == b"own"
    is_440(ended(clock).post("/quiet"), "lost")
