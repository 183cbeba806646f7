"""Where the pages are."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.static import serve

from demo_tour import STATIC

from . import tour, views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("login", LoginView.as_view(template_name="login.html"), name="login"),
    # Before Django 5.0 it listened to GET too, and any page's image could log people out.
    path("logout", LogoutView.as_view(http_method_names=["post", "options"]), name="logout"),
    path("form", views.form, name="form"),
    path("public", views.public_page, name="public"),
    path("password", views.ChangePassword.as_view(), name="password"),
    path("api/me", views.me, name="me"),
    path("api/notifications", views.notifications, name="notifications"),
    path("tour", tour.page, name="tour"),
    path("tour/clock", tour.move_clock),
    path("tour/news", tour.news),
    path("tour/<str:step>", tour.take),
    path("note", tour.note),
    # Slow, but a few small files need no more; a real site has its web server do this.
    path("static/<path:path>", serve, {"document_root": STATIC}),
]
