"""django-allauth: a login ends with the token that it keeps, or when the provider says."""

import oidc_django
from oidc_django import *  # noqa: F403  # as projects do with settings of their own
from oidc_django import APPS, CLIENT_ID, CLIENT_SECRET, MIDDLEWARE, OURS, PROVIDER


def credential(request, subject):
    from allauth.socialaccount.models import SocialToken
    from django.utils import timezone

    from session440 import Credential

    tokens = SocialToken.objects.filter(account__user_id=subject, expires_at__gt=timezone.now())
    token = tokens.select_related("account").order_by("-expires_at").first()
    if not token:  # a login by password
        return None
    claims = token.account.extra_data.get("id_token", {})
    return Credential.from_claims(claims, token.expires_at)


SESSION440 = {
    "CREDENTIAL": "oidc_allauth.credential",
    "OIDC": {PROVIDER: CLIENT_ID},  # POST /session440/backchannel-logout
    "STORE": "django:",
}
SOCIALACCOUNT_STORE_TOKENS = True  # otherwise allauth keeps none, and nothing knows their end
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "provider",
                "name": "The provider",
                "client_id": CLIENT_ID,
                "secret": CLIENT_SECRET,
                "settings": {"server_url": PROVIDER},
            }
        ]
    }
}

SESSION440 |= {"IDLE_TIMEOUT": "3h", "CLOCK": oidc_django.now}
SOCIALACCOUNT_LOGIN_ON_GET = True
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = "/accounts/login/"
INSTALLED_APPS = [
    *APPS,
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware", OURS]
