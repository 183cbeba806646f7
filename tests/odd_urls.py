"""Views that few sites have, beside those of django_urls.py."""

from __future__ import annotations

import asyncio

import django_urls
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import include, path
from django_awaited import auser

from session440.django import public


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
    return HttpResponse("async " + (await auser(request)).username)


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


_open.login_required = False


def _rest(request):
    return HttpResponse("rest")


_rest.login_required = False
_rest.cls = object


def _open_to_members(request):
    return HttpResponse("members")


urlpatterns = [
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
