"""A guarded page's login is judged when the page first looks into the session, by any road."""

from __future__ import annotations

import logging
from contextlib import ExitStack

import pytest
from django.conf import settings as django_settings
from django.core.signals import got_request_exception
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.test import Client, override_settings
from django.urls import include, path
from django_logins import IDLE, OURS, is_440, logged_in

from session440 import LoginTimeout
from session440.django import get_engine

pytestmark = pytest.mark.usefixtures("django_clock")

SECRET = "a secret of alice's"
SEEN: list[str] = []  # what the views have come to know


def seen(function):
    """Return a view that notes what it has come to know."""

    def view(request):
        SEEN.append("begun")
        SEEN.append(found := str(function(request)))
        return HttpResponse(found)

    return view


def templated(source):
    def look(request):
        return engines["django"].from_string(source).render({}, request)

    return look


def messages_of(request):
    from django.contrib import messages

    return ", ".join(map(str, messages.get_messages(request)))


def catching(request):
    try:
        return request.user.username
    except Exception as error:
        return f"caught {type(error).__name__}"


async def awaiting(request):
    SEEN.append("begun")
    return HttpResponse(str(request.session440.active))


def keep(request):
    request.session["secret"] = SECRET
    return HttpResponse("kept")


def quiet(request):
    return HttpResponse("quiet")


def writing(request):
    request.session.modified = True
    return HttpResponse("written")


def streaming(request):
    def chunks():
        yield f"shown to {request.user.username or 'nobody'}"

    return StreamingHttpResponse(chunks())


ROADS = {
    "user": lambda request: request.user.username,
    "key": lambda request: request.session.session_key,
    "item": lambda request: request.session.get("secret"),
    "content": lambda request: dict(request.session.items()),
    "load": lambda request: request.session.load(),
    "is-empty": lambda request: "secret" in request.session,
    "visit": lambda request: request.session440.subject,
    "left": lambda request: request.session440.remaining,
    "template": templated("{{ user.username }}{{ request.session.secret }}"),
    "template-that-swallows": templated("{% if user.username and 1 %}{{ user }}{% endif %}"),
    "messages": messages_of,
    "catching": catching,
}

urlpatterns = [
    *(path(name, seen(function)) for name, function in ROADS.items()),
    path("awaiting", awaiting),
    path("keep", keep),
    path("quiet", quiet),
    path("writing", writing),
    path("streaming", streaming),
    path("", include("django_urls")),
]


class ReadingOnTheWayIn:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        SEEN.append(request.user.username)
        return self.get_response(request)


class ReadingOnTheWayOut(ReadingOnTheWayIn):
    def __call__(self, request):
        response = self.get_response(request)
        SEEN.append(request.user.username)
        return response


class ReadingBeforeTheView(ReadingOnTheWayIn):
    """Stands for LoginRequiredMiddleware and its kin: it looks in process_view."""

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, given, named):
        if not request.user.is_authenticated:
            return HttpResponse("log in first", status=403)
        return None


def placed(settings, middleware, after_ours):
    at = settings.MIDDLEWARE.index(OURS) + after_ours
    return [*settings.MIDDLEWARE[:at], f"{__name__}.{middleware}", *settings.MIDDLEWARE[at:]]


@pytest.fixture(autouse=True)
def _site(clock):
    SEEN.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


class Overridden:
    """The project's settings; what is set here lasts as long as a test."""

    def __init__(self, stack):
        self.__dict__["_stack"] = stack

    def __getattr__(self, name):
        return getattr(django_settings, name)

    def __setattr__(self, name, value):
        self._stack.enter_context(override_settings(**{name: value}))


@pytest.fixture
def settings():
    with ExitStack() as stack:
        yield Overridden(stack)


@pytest.fixture
def errors():
    """Errors that Django tells administrators of."""
    told = []

    def note(**kwargs):
        told.append(kwargs)

    got_request_exception.connect(note)
    yield told
    got_request_exception.disconnect(note)


def ended(clock, name="bob"):
    """A client whose session's login is over, and who has a live ticket of another login."""
    client = logged_in()
    client.get("/keep")
    clock.advance(IDLE)
    client.cookies["sessionid440"] = logged_in(name).cookies["sessionid440"].value
    SEEN.clear()
    return client


BACKENDS = ["db", "cached_db", "cache", "file", "signed_cookies"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("road", ROADS)
def test_a_look_by_any_road_is_answered_with_the_440(clock, errors, settings, road, backend):
    """Nothing of the session is seen, and no error is told to the administrators."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{backend}"
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
    client = ended(clock)
    is_440(client.get(f"/{road}"), "lost")
    assert SEEN in (["begun"], ["begun", "caught LateTimeout"], ["begun", ""])
    assert errors == []


@pytest.mark.parametrize("road", [road for road in ROADS if road != "messages"])
def test_a_look_at_a_login_that_lives_finds_it(clock, road):
    client = logged_in()
    client.get("/keep")
    clock.advance(20)
    assert client.get(f"/{road}").status_code == 200
    assert SEEN[-1] not in ("", "None", "False")


def test_a_page_that_does_not_look_uses_nobodys_authority(clock):
    """It is answered; the next one that does look is not."""
    client = ended(clock)
    assert client.get("/quiet").content == b"quiet"
    is_440(client.get("/user"), "lost")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_judged_at_the_door(clock, method):
    is_440(getattr(ended(clock), method)("/quiet"), "lost")


def test_a_method_that_a_header_replaces_is_judged_at_the_door(clock):
    is_440(ended(clock).get("/quiet", HTTP_X_HTTP_METHOD_OVERRIDE="DELETE"), "lost")


def test_head_is_judged_late_too(clock):
    client = ended(clock)
    assert client.head("/quiet").status_code == 200
    is_440(client.head("/user"), "lost")


def test_the_exception_is_a_login_timeout_with_its_cause(clock):
    def look(request):
        try:
            return request.user.username
        except LoginTimeout as error:
            return error.cause

    with override_settings(ROOT_URLCONF=(path("look", seen(look)), *urlpatterns)):
        is_440(ended(clock).get("/look"), "lost")
        assert SEEN == ["begun", "lost"]


def test_an_async_view_is_judged_before_it_runs(clock):
    """It cannot wait for a query when it reads its visit."""
    is_440(ended(clock).get("/awaiting"), "lost")
    assert SEEN == []
    client = logged_in()
    clock.advance(20)
    assert client.get("/awaiting").content == b"True"


@pytest.mark.parametrize(
    ("middleware", "after_ours"),
    [
        ("ReadingBeforeTheView", 0),
        ("ReadingBeforeTheView", 1),
        ("ReadingOnTheWayIn", 1),
        ("ReadingOnTheWayOut", 1),
    ],
)
def test_another_middleware_that_looks_gets_the_440(
    clock, errors, settings, middleware, after_ours
):
    settings.MIDDLEWARE = placed(settings, middleware, after_ours)
    is_440(ended(clock).get("/quiet"), "lost")
    assert [name for name in SEEN if name] == []
    assert errors == []


def test_a_middleware_that_looks_when_the_page_is_answered_is_shown_nobody(clock, errors, settings):
    settings.MIDDLEWARE = placed(settings, "ReadingOnTheWayOut", 0)
    assert ended(clock).get("/quiet").content == b"quiet"
    assert (SEEN, errors) == ([""], [])


def test_challenge_shows_nobody_and_replaces_the_refusal(clock):
    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "challenge"}):
        assert ended(clock).get("/show").content == b"shown to nobody"
        is_440(ended(clock).get("/api/me"), "lost")


def test_report_mode_ends_nothing(clock):
    with override_settings(SESSION440={"CLOCK": clock, "ENFORCEMENT": "report"}):
        client = ended(clock)
        assert client.get("/user").content == b"alice"


@pytest.mark.parametrize("road", ["quiet", "writing"])
def test_a_session_that_will_be_saved_is_judged_before(clock, settings, errors, road):
    """SESSION_SAVE_EVERY_REQUEST, or a view that marks it modified and reads nothing."""
    settings.SESSION_SAVE_EVERY_REQUEST = road == "quiet"
    is_440(ended(clock).get(f"/{road}"), "lost")
    assert errors == []


def test_a_look_after_the_headers_shows_nobody(clock):
    assert b"".join(ended(clock).get("/streaming")) == b"shown to nobody"


def test_a_login_is_told_to_have_ended_once(clock, caplog):
    """By the look, not by the exception, nor by the answer."""
    client = ended(clock)
    with caplog.at_level(logging.WARNING):
        client.get("/user")
    assert [each.name for each in caplog.records] == ["session440"]


def test_the_answer_spends_the_cookies_as_at_the_door(clock):
    """A page that a person opens deletes both; the next one is a visitor's."""
    client = ended(clock)
    answer = client.get("/user", HTTP_ACCEPT="text/html", HTTP_SEC_FETCH_MODE="navigate")
    is_440(answer, "lost")
    assert answer.cookies["sessionid440"]["max-age"] == 0
    assert client.get("/show").content == b"shown to nobody"


def test_a_store_is_asked_at_the_door(clock):
    """Before the view and its transaction."""
    with override_settings(SESSION440={"CLOCK": clock, "STORE": "memory:"}):
        client = logged_in()
        get_engine().revoke_all("1")
        clock.advance(20)
        is_440(client.get("/quiet"), "revoked")


def test_a_user_that_was_loaded_before_is_judged_at_the_door(clock, settings):
    settings.MIDDLEWARE = placed(settings, "ReadingOnTheWayIn", 0)
    is_440(ended(clock).get("/quiet"), "lost")


def test_a_copy_of_the_ticket_alone_is_nobodys(clock):
    """There is no session to be read, so it is judged at once."""
    client, alone = logged_in(), Client()
    alone.cookies["sessionid440"] = client.cookies["sessionid440"].value
    assert alone.get("/show").content == b"shown to nobody"
