"""Sites of each adapter, and their answers to what standards require of sessions."""

from __future__ import annotations

from contextlib import nullcontext

from examined_sites import KEY, project
from flask import Flask

from session440.doctor.requirements import answers
from session440.flask import Session440
from session440.flask.inspection import site_of as site_of_flask
from session440.wsgi import Session440Middleware
from session440.wsgi.inspection import site_of as site_of_wsgi

REDIS = "redis://127.0.0.1:9/0"  # nobody asks it


def a_date(request, subject):
    return None


def an_end(request, subject):
    return None


def flask_site(**options):
    app = Flask("audited", static_folder=None, template_folder=options.pop("folder", None))
    app.secret_key = KEY
    prepare = options.pop("prepare", None)
    for name, value in options.items():
        app.config[name if name.isupper() else f"SESSION440_{name.upper()}"] = value
    if prepare:
        prepare(app)
    Session440(app)
    return nullcontext(site_of_flask(app))


def django_site(**options):
    ours = {name.upper(): value for name, value in options.items() if not name.isupper()}
    others = {name: value for name, value in options.items() if name.isupper()}
    return project(SESSION440={"ADOPT": False, **ours}, **others)


def wsgi_site(**options):
    app = Session440Middleware(lambda environ, start: [], secret_key=KEY, **options)
    return nullcontext(site_of_wsgi([app]))


SITES = {"Flask": flask_site, "Django": django_site, "WSGI": wsgi_site}


def audited(adapter: str, options: dict):
    """Return a context whose value is a site, as the doctor sees it."""
    return SITES[adapter](**options)


def answered(adapter: str, options: dict) -> dict:
    """Return a site's answers by the numbers of the requirements."""
    with audited(adapter, options) as site:
        return {each.requirement.number: each for each in answers(site)}


OIDC = {"store": REDIS, "oidc": {"https://idp.example": "client"}}
EVERYTHING = {
    "store": REDIS,
    "policy": "nist-aal3",
    "max_logins": 3,
    "adopt": False,
    "recent": {"/account/*": 600.0},
    "credential": an_end,
    "valid_from": a_date,
    "page_cache": "no-store",
    "clear_site_data": ("storage",),
    "oidc": OIDC["oidc"],
}
