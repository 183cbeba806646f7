"""The tour: its page, its buttons, and what its panel shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from demo_tour.clock import MINUTE
from demo_tour.steps import STEPS
from demo_tour.tour import LOST, NO_STORE, Tour
from session440.django import get_engine, passive
from session440.events import Event
from session440.exceptions import StoreError

from .views import Request

TOUR = Tour(settings.DEMO_CLOCK)
CSRF_FIELD = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'


def hear(event: Event) -> None:
    """Take an event of session440."""
    TOUR.hear(event)


def show_tour(request: HttpRequest) -> dict[str, Any]:
    """Give every page what the shared templates show: a context processor."""
    person = request.user.get_username() if request.user.is_authenticated else None
    return {
        "root": request.META.get("SCRIPT_NAME", ""),
        "path": request.path_info,
        "person": person,
        "csrf_field": lambda: format_html(CSRF_FIELD, get_token(request)),
        **TOUR.facts(),
    }


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the tour."""
    return render(request, "tour.html")


@passive
@login_required
@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the clock ahead by a minute."""
    TOUR.clock.move(MINUTE)
    return done(request)


@passive
@login_required
@require_POST
def take(request: Request, step: str) -> HttpResponse:
    """Take a step."""
    if step not in [each.id for each in STEPS]:
        raise Http404
    visit = request.session440
    TOUR.move(step, visit, get_engine().policy("default").idle_timeout)
    if step == "elsewhere":
        try:
            get_engine().revoke(visit.login_id or "")
        except StoreError:
            return HttpResponse(NO_STORE, status=503)
    answer = done(request)
    if step == "lost":
        answer.set_cookie(settings.SESSION_COOKIE_NAME, LOST, httponly=True, samesite="Lax")
    return answer


def done(request: HttpRequest) -> HttpResponse:
    """Tell the page's script, or load the page anew."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(TOUR.time())
    answer = redirect("tour")
    answer.status_code = 303
    return answer


@passive
@login_required
@require_GET
def news(request: Request) -> HttpResponse:
    """Return what the panel shows."""
    return JsonResponse(TOUR.news(request.session440))


@login_required
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Take a few words."""
    return JsonResponse({"words": request.POST.get("words", "")})
