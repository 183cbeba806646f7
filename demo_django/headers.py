"""The Content-Security-Policy: Django brings a middleware for it from 6.0 on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from demo_tour import CONTENT_SECURITY_POLICY

View = Callable[[HttpRequest], HttpResponse]


def add_policy(get_response: View) -> View:
    """Let pages load what is ours alone. What session440 answers has a policy already."""

    def adding(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response

    return adding
