"""The pages of the Django recipes, and their application."""

from types import SimpleNamespace

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import include, path

application = get_wsgi_application()
call_command("migrate", verbosity=0)


def index(request):
    if not request.user.is_authenticated:
        return HttpResponse("log in first", status=403)
    return HttpResponse(f"for {request.user.get_username()}")


urlpatterns = [path("", index)]
if "allauth" in settings.INSTALLED_APPS:
    urlpatterns += [path("accounts/", include("allauth.urls"))]
else:
    import oidc_mozilla
    from mozilla_django_oidc import middleware, views

    # They read the machine's clock; here it is the test's.
    middleware.time = views.time = oidc_mozilla.time = SimpleNamespace(time=oidc_mozilla.now)
    urlpatterns += [path("oidc/", include("mozilla_django_oidc.urls"))]
