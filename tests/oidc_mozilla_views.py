"""mozilla-django-oidc: what the project adds to its two classes."""

from django.conf import settings
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView


class Backend(OIDCAuthenticationBackend):
    """Keeps the claims of the ID token, which has been verified, for this request."""

    def get_or_create_user(self, access_token, id_token, payload):
        self.request.oidc_claims = payload
        return super().get_or_create_user(access_token, id_token, payload)

    def get_username(self, claims):
        return claims["preferred_username"]


class Callback(OIDCAuthenticationCallbackView):
    """Moves the end of a login that goes on: a silent refresh does not log in again."""

    def login_success(self):
        response = super().login_success()
        if self.request.session440.active:
            expiration = self.request.session["oidc_id_token_expiration"]
            self.request.session440.credential(not_after=expiration + settings.GRACE)
        return response
