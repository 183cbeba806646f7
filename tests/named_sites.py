"""Sites that name their people, whose logins a store keeps."""

from __future__ import annotations

from sites import DjangoSite, FlaskSite, WsgiSite

#: The sites whose subjects are people; a watched cookie names nobody.
NAMED = [WsgiSite, FlaskSite, DjangoSite]


def told(site, kind):
    return [each for each in site.events if each.kind == kind]


def only_login(site, name="alice"):
    (login,) = site.engine.logins(site.subject_of(name))
    return login
