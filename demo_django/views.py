"""The pages: session440 shows in two decorators and in ``request.session440``, nowhere else.

The page that says where a person is signed in is session440's own: ``/session440/logins``.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse_lazy

from demo_tour import FIELDS
from demo_tour.tour import end_of
from session440 import Visit
from session440.django import passive, public


class Request(HttpRequest):
    """Tells type checkers what the middleware adds."""

    session440: Visit


@login_required
def dashboard(request: Request) -> HttpResponse:
    """Show who is logged in, and until when."""
    return render(request, "dashboard.html", end_of(request.session440))


@login_required
def form(request: HttpRequest) -> HttpResponse:
    """Show a form that takes a while to fill in, and keep what was filled in."""
    # The cache, by default the memory of one process, will do for a demo. It is not the
    # session, which is cleared whole when the login ends.
    key = f"claim-{request.user.pk}"
    saved = request.method == "POST"
    if saved:
        claim = {name: request.POST.get(name, "") for name in FIELDS}
        cache.set(key, claim, timeout=None)
    return render(request, "form.html", {"claim": cache.get(key, {}), "saved": saved})


class ChangePassword(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]  # in stubs only
    """Take a new password; session440 follows, and ends the person's other logins."""

    template_name = "password.html"
    success_url = reverse_lazy("dashboard")
    success_message = "Your password is changed. All other browsers are signed out."


@public
def public_page(request: HttpRequest) -> HttpResponse:
    """Show a page to anyone."""
    return render(request, "public.html")


def me(request: HttpRequest) -> HttpResponse:
    """Say who is logged in."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "Log in first."}, status=401)
    return JsonResponse({"user": request.user.get_username()})


@passive
def notifications(request: Request) -> HttpResponse:
    """Return the dashboard's news; a script asks for it, so it counts as no activity."""
    if not request.user.is_authenticated:
        return JsonResponse({"error": "Log in first."}, status=401)
    end = f"{request.session440.expires_at:%H:%M:%S}"
    return JsonResponse({"notifications": [f"Your login ends at {end} UTC."]})
