"""The Django site of the tests: the paths that tests/sites.py describes, and the admin."""

from django.contrib import admin, auth
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_protect

from session440 import LoginTimeout
from session440.django import passive, public, recent


def dashboard(request):
    if not request.user.is_authenticated:
        return HttpResponseRedirect("/login?next=" + request.get_full_path())
    return HttpResponse(f"hello {request.user.username}")


def login(request):
    is_form = request.method == "GET" or "csrf_token" in request.POST
    return (csrf_protect(show_login) if is_form else show_login)(request)


def show_login(request):
    if request.method == "POST":
        log_in(request, request.POST["username"])
        return HttpResponseRedirect("/")
    return HttpResponse(f'<input name="csrf_token" value="{get_token(request)}">')


def log_in(request, name):
    auth.login(request, User.objects.get(username=name))


def logout(request):
    auth.logout(request)
    return HttpResponseRedirect("/login")


def callback(request):
    log_in(request, "alice")
    return HttpResponseRedirect("/")


def me(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "who?"}, status=401)
    return JsonResponse({"user": request.user.username})


def show(request):
    return HttpResponse(f"shown to {request.user.username or 'nobody'}")


@public
def marked_public(request):
    return show(request)


@passive
def marked_poll(request):
    return HttpResponse("plain")


def poll(request):
    """Count the news of somebody."""
    return HttpResponse("plain" if request.user.is_authenticated else "plain ")


def cart(request):
    request.session["cart"] = "apples"
    return HttpResponse("in the cart")


def plain(request):
    return HttpResponse("plain", content_type="text/plain")


def cached(request):
    return HttpResponse("cached", headers={"Cache-Control": "public, max-age=60"})


def not_modified(request):
    return HttpResponse(status=304)


def broken(request):
    return HttpResponse("broken", status=500)


def expire(request):
    raise LoginTimeout(cause="credential")


@recent("10m")
def vault(request):
    return HttpResponse("done")


def confirm(request):
    request.session440.confirm()
    return HttpResponse("done")


def refresh(request):
    request.session440.credential(not_after=float(request.GET["until"]))
    return HttpResponse("done")


def html(request):
    return HttpResponse(f"hello {request.user.username}")


def own_440(request):
    return HttpResponse("own", status=440)


urlpatterns = [
    path("", dashboard),
    path("login", login),
    path("logout", logout),
    path("callback", callback),
    path("second-factor", plain),
    path("api/me", me),
    path("public", show),
    path("marked-public", marked_public),
    path("marked-poll", marked_poll),
    path("poll", poll),
    path("show", show),
    path("who", show),
    path("plain", plain),
    path("save", plain),
    path("account", plain),
    path("vault", vault),
    path("confirm", confirm),
    path("refresh", refresh),
    path("html", html),
    path("cart", cart),
    path("cached", cached),
    path("not-modified", not_modified),
    path("broken", broken),
    path("expire", expire),
    path("own-440", own_440),
    path("static/app.css", plain),
    path("admin/", admin.site.urls),
]
