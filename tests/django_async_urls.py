"""The same views as tests/django_urls.py, as coroutines."""

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_protect
from django_awaited import auser, awaited, decorated

from session440 import LoginTimeout
from session440.django import passive, public, recent


async def dashboard(request):
    user = await auser(request)
    if not user.is_authenticated:
        return HttpResponseRedirect("/login?next=" + request.get_full_path())
    return HttpResponse(f"hello {user.username}")


async def login(request):
    is_form = request.method == "GET" or "csrf_token" in request.POST
    return await (decorated(csrf_protect, show_login) if is_form else show_login)(request)


async def show_login(request):
    if request.method == "POST":
        await log_in(request, request.POST["username"])
        return HttpResponseRedirect("/")
    return HttpResponse(f'<input name="csrf_token" value="{get_token(request)}">')


async def log_in(request, name):
    await awaited(auth, "login", request, await User.objects.aget(username=name))


async def logout(request):
    await awaited(auth, "logout", request)
    return HttpResponseRedirect("/login")


async def callback(request):
    await log_in(request, "alice")
    return HttpResponseRedirect("/")


async def me(request):
    user = await auser(request)
    if not user.is_authenticated:
        return JsonResponse({"error": "who?"}, status=401)
    return JsonResponse({"user": user.username})


async def show(request):
    return HttpResponse(f"shown to {(await auser(request)).username or 'nobody'}")


@public
async def marked_public(request):
    return await show(request)


@passive
async def marked_poll(request):
    return HttpResponse("plain")


async def poll(request):
    """Count the news of somebody."""
    return HttpResponse("plain" if (await auser(request)).is_authenticated else "plain ")


async def cart(request):
    await awaited(request.session, "update", {"cart": "apples"})
    return HttpResponse("in the cart")


async def plain(request):
    return HttpResponse("plain", content_type="text/plain")


async def cached(request):
    return HttpResponse("cached", headers={"Cache-Control": "public, max-age=60"})


async def not_modified(request):
    return HttpResponse(status=304)


async def broken(request):
    return HttpResponse("broken", status=500)


async def expire(request):
    raise LoginTimeout(cause="credential")


@recent("10m")
async def vault(request):
    return HttpResponse("done")


async def confirm(request):
    request.session440.confirm()
    return HttpResponse("done")


async def refresh(request):
    request.session440.credential(not_after=float(request.GET["until"]))
    return HttpResponse("done")


async def html(request):
    return HttpResponse(f"hello {(await auser(request)).username}")


async def own_440(request):
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
]
