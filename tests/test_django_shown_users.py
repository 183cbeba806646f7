"""Who is shown in place of a person whose login has ended: what the site's middleware makes."""

from __future__ import annotations

from functools import partial

import pytest
from asgiref.sync import markcoroutinefunction
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django.utils.functional import SimpleLazyObject, empty
from django_logins import IDLE, OURS, WITHOUT, logged_in

from session440.django import public


class Marking:
    """Gives each user an attribute, as django-otp and django-hijack do."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        request.user = SimpleLazyObject(lambda: marked(user))
        return self.get_response(request)


def marked(user):
    user.badge = f"a badge for {user.username or 'nobody'}"
    return user


class Reading(Marking):
    """Looks who it is before anybody else."""

    def __call__(self, request):
        str(request.user)
        return super().__call__(request)


class Looking(Reading):
    """Looks, and leaves the user as it is."""

    def __call__(self, request):
        str(request.user)
        return self.get_response(request)


@public
def badge(request):
    return HttpResponse(getattr(request.user, "badge", "none"))


@public
async def async_badge(request):
    user = await request.auser()
    return HttpResponse(f"{getattr(request.user, 'badge', 'none')}, {user.is_authenticated}")


@public
async def known(request):
    return HttpResponse(str((await request.auser()).is_authenticated))


urlpatterns = [
    path("badge", badge),
    path("known", known),
    path("async-badge", async_badge),
    path("plain", lambda request: HttpResponse("plain")),
]


@pytest.fixture(params=["nobody", "somebody"])
def hears(request):
    """Whether a receiver of the project hears of logouts, for which Django reads the user."""
    heard = []

    def hear(user, **kwargs):
        heard.append(str(user))

    if request.param == "somebody":
        user_logged_out.connect(hear)
    yield heard
    user_logged_out.disconnect(hear)


def site(clock, *kinds, after=(), **options):
    before, after = ([f"{__name__}.{each.__name__}" for each in group] for group in (kinds, after))
    return override_settings(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[*WITHOUT, *before, OURS, *after],
        SESSION440={"CLOCK": clock, **options},
    )


@pytest.mark.parametrize("options", [{}, {"VALID_FROM": lambda request, subject: None}])
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/badge", "a badge for nobody"),
        pytest.param("/async-badge", "a badge for nobody, False", marks=pytest.mark.newest),
    ],
)
def test_nobody_has_what_the_middleware_of_the_site_adds(clock, hears, page, shown, options):
    with site(clock, Marking, **options):
        client = logged_in()
        assert client.get("/badge").content.decode() == "a badge for alice"
        clock.advance(IDLE)
        assert client.get(page).content.decode() == shown
    assert hears in ([], ["alice"])


@pytest.mark.parametrize("read", [lambda request: None, lambda request: request.user.is_active])
@pytest.mark.parametrize("enforcement", ["strict", "challenge"])
def test_middleware_after_ours_may_make_its_own_of_a_user_who_is_judged_late(
    clock, hears, read, enforcement
):
    def valid_from(request, subject):
        read(request)

    with site(clock, after=[Marking], VALID_FROM=valid_from, ENFORCEMENT=enforcement):
        client = logged_in()
        assert client.get("/badge").content.decode() == "a badge for alice"
        clock.advance(IDLE)
        assert client.get("/badge").content.decode() == "a badge for nobody"


@pytest.mark.newest  # Django 4.2 has no auser()
def test_middleware_that_keeps_somebody_for_auser_shows_them_to_nobody(clock, hears):
    class Keeping(Marking):
        sync_capable, async_capable = False, True

        def __init__(self, get_response):
            super().__init__(get_response)
            markcoroutinefunction(self)

        async def __call__(self, request):
            user = await request.auser()
            request.auser = partial(same, user)
            return await self.get_response(request)

    async def same(user):
        return user

    globals()["Keeping"] = Keeping
    with site(clock, Keeping):
        client = logged_in()
        assert client.get("/known").content.decode() == "True"
        clock.advance(IDLE)
        assert client.get("/known").content.decode() == "False"


def test_somebody_who_has_been_read_already_is_not_shown(clock, hears):
    """The lazy user of the middleware would be the one that it knows."""
    with site(clock, Reading):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/badge").content.decode() == "none"


def test_middleware_that_remembers_somebody_shows_them_to_nobody(clock):
    class Remembering(Marking):
        def __call__(self, request):
            alice = request.user._wrapped if request.user.is_authenticated else request.user
            request.user = SimpleLazyObject(lambda: marked(alice))
            return self.get_response(request)

    globals()["Remembering"] = Remembering
    with site(clock, Remembering):
        client = logged_in()
        clock.advance(IDLE)
        assert client.get("/badge").content.decode() == "none"


@public
def swapping(request):
    """Has the session of a token for a while, as the app client of allauth.headless."""
    own, request.session = request.session, SessionStore(request.GET["key"])
    for name in ("_cached_user", "_acached_user"):
        vars(request).pop(name, None)
    request.user._wrapped = empty
    shown = request.user.username
    request.session = own
    return HttpResponse(shown)


urlpatterns.append(path("swapping", swapping))


def test_a_session_that_a_view_puts_in_its_place_shows_whose_it_is(clock):
    with site(clock, Marking):
        client, other = logged_in(), logged_in("bob")
        clock.advance(IDLE)
        key = other.cookies["sessionid"].value
        assert client.get(f"/swapping?key={key}").content.decode() == "bob"


@pytest.mark.parametrize("options", [{}, {"VALID_FROM": lambda request, subject: None}])
def test_it_shows_whose_it_is_to_somebody_who_is_logged_in_too(clock, options):
    with site(clock, after=[Looking], **options):
        client, other = logged_in(), logged_in("bob")
        assert (
            client.get(f"/swapping?key={other.cookies['sessionid'].value}").content.decode()
            == "bob"
        )
