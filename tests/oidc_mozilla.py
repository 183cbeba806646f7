"""mozilla-django-oidc: its silent refresh moves the end of the login; without it the login ends."""

import time

import oidc_django
from oidc_django import *  # noqa: F403  # as projects do with settings of their own
from oidc_django import APPS, CLIENT_ID, CLIENT_SECRET, MIDDLEWARE, OURS, PROVIDER

#: After so many seconds SessionRefresh asks the provider again, by a redirect that nobody sees.
OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS = 15 * 60
#: In this time it must have done so: it asks only when a page is opened.
GRACE = 10 * 60


def credential(request, subject):
    from session440 import Credential

    claims = getattr(request, "oidc_claims", None)
    if claims is None:  # a login by password
        return None
    end = time.time() + OIDC_RENEW_ID_TOKEN_EXPIRY_SECONDS + GRACE
    return Credential.from_claims(claims, end)


SESSION440 = {
    "CREDENTIAL": "oidc_mozilla.credential",
    "OIDC": {PROVIDER: CLIENT_ID},  # POST /session440/backchannel-logout
    "STORE": "django:",
}
AUTHENTICATION_BACKENDS = ["oidc_mozilla_views.Backend"]
OIDC_CALLBACK_CLASS = "oidc_mozilla_views.Callback"

SESSION440 |= {"IDLE_TIMEOUT": "3h", "CLOCK": oidc_django.now}
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{PROVIDER}/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{PROVIDER}/token"
OIDC_OP_USER_ENDPOINT = f"{PROVIDER}/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{PROVIDER}/keys"
OIDC_RP_CLIENT_ID = CLIENT_ID
OIDC_RP_CLIENT_SECRET = CLIENT_SECRET
OIDC_RP_SIGN_ALGO = "RS256"
LOGIN_URL = "/oidc/authenticate/"
INSTALLED_APPS = [*APPS, "mozilla_django_oidc"]
MIDDLEWARE = [
    *MIDDLEWARE,
    OURS,  # before SessionRefresh: a login that has ended is not refreshed
    "mozilla_django_oidc.middleware.SessionRefresh",
]
