"""Notes what is answered, 440s included: the first of all middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from demo_tour.journal import begin

from .headers import View
from .tour import TOUR


def note_answers(get_response: View) -> View:
    """Note each answer for the browser that is given it."""

    def noting(request: HttpRequest) -> HttpResponse:
        cookie = begin(request.META.get("HTTP_COOKIE", ""), request.path_info)
        response = get_response(request)
        cause = response.get("Session440-Cause")
        TOUR.note_answer(request.method or "", request.path_info, response.status_code, cause)
        if cookie:
            response.cookies.load(cookie)
        return response

    return noting
