"""A project with a page that scripts poll, and one that says so."""

from django.http import HttpResponse
from django.urls import include, path

from session440.django import passive


def answer(request):
    return HttpResponse("3")


@passive
def passive_answer(request):
    return HttpResponse("3")


urlpatterns = [
    path("api/", include([path("notifications/<int:since>", answer)])),
    path("heartbeat", passive_answer),
]
