"""Middleware of a site's own, before session440's."""

from __future__ import annotations

from django.contrib.auth.models import User
from django_awaited import auser

from session440.django import Session440Middleware


def function_middleware(get_response):
    return lambda request: get_response(request)


def our_function(get_response):
    return Session440Middleware(get_response)


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


def asking_first(get_response):
    """An async middleware before ours that asks who is there."""
    from asgiref.sync import markcoroutinefunction

    async def middleware(request):
        await auser(request)
        return await get_response(request)

    markcoroutinefunction(middleware)
    return middleware


asking_first.sync_capable, asking_first.async_capable = False, True
