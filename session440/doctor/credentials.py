"""Finds logins that outlive the token behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .finding import Finding
from .site import Site

#: Libraries with which people log in at an identity provider, by the modules that do it.
LIBRARIES = {
    "authlib.integrations.flask_client": "Authlib",
    "authlib.integrations.starlette_client": "Authlib",
    "authlib.integrations.django_client": "Authlib",
    "allauth.socialaccount.providers": "django-allauth",
    "mozilla_django_oidc": "mozilla-django-oidc",
    "social_django": "Python Social Auth",
    "social_flask": "Python Social Auth",
    "django_auth_adfs": "django-auth-adfs",
    "flask_oidc": "Flask-OIDC",
    "flask_pyoidc": "Flask-pyoidc",
    "flask_dance": "Flask-Dance",
}


def libraries_in(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the names of such libraries among modules, or apps, of a site."""
    found = {
        name
        for each in modules
        for module, name in LIBRARIES.items()
        if f"{each}.".startswith(f"{module}.")
    }
    return tuple(sorted(found))


def examine(site: Site) -> Iterator[Finding]:
    """Yield a finding if the site has such a library and does not say when its tokens end."""
    if not site.libraries or site.engine is None:
        return
    if site.engine.settings.credential is not None:
        return
    option = site.option("credential")
    yield Finding(
        "session440.W065",
        f"people log in by {', '.join(site.libraries)}, and {option} is not set",
        "a login outlives the token behind it: people stay in although the identity provider has "
        "refused them, or has logged them out",
        f"set {option} to a function that says when the token ends (docs/oidc.md); if your views "
        "give not_after themselves, silence this finding",
    )
