"""The page that says where a person is signed in, and ends what should not be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET, require_POST

from session440 import Visit
from session440.django import get_engine
from session440.exceptions import StoreError
from session440.stores import Record

from .views import Request

View = Callable[[Request], HttpResponse]


def says_if_the_store_is_out(view: View) -> View:
    """Promise nothing: nobody must rely on a login being ended that may go on."""

    @wraps(view)
    def saying(request: Request) -> HttpResponse:
        try:
            return view(request)
        except StoreError:
            return render(request, "outage.html", status=503)

    return saying


@require_GET
@login_required
@says_if_the_store_is_out
def logins(request: Request) -> HttpResponse:
    """List the person's logins, the oldest first."""
    visit = request.session440
    rows = [shown(each, visit) for each in get_engine().logins(visit.subject)]
    return render(request, "logins.html", {"logins": rows})


def shown(login: Record, visit: Visit) -> dict[str, object]:
    """Return what the page says about a login."""
    return {
        "id": login.id,
        "since": datetime.fromtimestamp(login.issued_at, timezone.utc),
        "last_seen": datetime.fromtimestamp(login.seen_at, timezone.utc),
        "is_here": login.id == visit.login_id,
    }


@require_POST
@login_required
@says_if_the_store_is_out
def revoke(request: Request) -> HttpResponse:
    """Sign out one other browser."""
    engine, chosen = get_engine(), request.POST.get("id", "")
    # The engine would end anybody's login: that it is the person's own is for us to check.
    if chosen not in [each.id for each in engine.logins(request.session440.subject)]:
        raise Http404
    engine.revoke(chosen)
    messages.success(request, "That browser is signed out.")
    return redirect("logins")


@require_POST
@login_required
@says_if_the_store_is_out
def revoke_others(request: Request) -> HttpResponse:
    """Sign out all browsers but this one."""
    visit = request.session440
    get_engine().revoke_all(visit.subject, keep=visit.login_id)
    messages.success(request, "All other browsers are signed out.")
    return redirect("logins")


class ChangePassword(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]  # in stubs only
    """Take a new password; session440 follows, and ends the person's other logins."""

    template_name = "password.html"
    success_url = reverse_lazy("logins")
    success_message = "Your password is changed. All other browsers are signed out."
