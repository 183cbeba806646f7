import pytest
from django.conf import settings as S
from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from django_asgi import Browser, run
from django_logins import WITHOUT


async def quiet(request):
    return HttpResponse("quiet")


async def who(request):
    return HttpResponse(f"shown to {(await request.auser()).username}")


async def log_in(request):
    await auth.alogin(
        request,
        await User.objects.aget(username=request.GET["as"]),
        "django.contrib.auth.backends.ModelBackend",
    )
    return HttpResponse("in")


async def log_out(request):
    await auth.alogout(request)
    return HttpResponse("out")


async def visit_out(request):
    request.session440.logout() if hasattr(request, "session440") else await auth.alogout(request)
    return HttpResponse("out")


urlpatterns = [
    path("", quiet),
    path("who", who),
    path("in", log_in),
    path("out", log_out),
    path("vout", visit_out),
]
BACK = {
    n: f"django.contrib.sessions.backends.{n}"
    for n in ("signed_cookies", "file", "cache", "db", "cached_db")
}


@pytest.mark.parametrize("n", BACK)
@pytest.mark.parametrize("store", ["", "memory:"])
def test_measure(n, store, clock):
    rows = {}
    opt = {"CLOCK": clock}
    if store:
        opt["STORE"] = store
    for label, mw in (("with", S.MIDDLEWARE), ("without", WITHOUT)):
        with override_settings(
            ROOT_URLCONF=__name__,
            SESSION_ENGINE=BACK[n],
            SESSION440=opt,
            MIDDLEWARE=mw,
            CSRF_USE_SESSIONS=False,
        ):

            async def sc():
                out = []
                b = Browser()
                out.append(("visitor", (await b.get("/")).hops))
                out.append(("login", (await b.get("/in?as=alice")).hops))
                out.append(("active1", (await b.get("/who")).hops))
                out.append(("active", (await b.get("/who")).hops))
                out.append(("quiet", (await b.get("/")).hops))
                clock.advance(100)
                out.append(("renew", (await b.get("/who")).hops))
                clock.advance(1201)
                a = await b.get("/who")
                out.append(("end", a.hops))
                assert label == "without" or a.status == 440
                await b.get("/in?as=alice")
                await b.get("/")
                out.append(("logout", (await b.get("/out")).hops))
                await b.get("/in?as=alice")
                await b.get("/")
                out.append(("visit-out", (await b.get("/vout")).hops))
                return out

            rows[label] = run(sc)
    print()
    print(n, store, *[f"{k}: {w}/{dict(rows['without'])[k]}" for k, w in rows["with"]], sep="  ")
