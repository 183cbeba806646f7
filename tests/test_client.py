"""What the server does for the script in the browser, in every adapter."""

from __future__ import annotations

import gzip

import pytest
from calling import Call
from sites import SECRET, SITES, DjangoSite, FlaskSite, WatchedSite, WsgiSite, flask_app

from session440.http.assets import (
    client_script,
    dialogs_script,
    live_script,
    script_tag,
    style_sheet,
)
from session440.http.words import LANGUAGES
from session440.wsgi import Session440Middleware

CLIENT = {"Session440-Client": "?1"}
SAME = {"Sec-Fetch-Site": "same-origin"}
SESSIONS = [FlaskSite, DjangoSite]


@pytest.fixture(params=SITES, ids=lambda kind: kind.name)
def site(request, clock):
    """Each site; Django's lets the browser choose the language, as LocaleMiddleware does."""
    from django.conf import settings
    from django.test import override_settings

    first, *others = settings.MIDDLEWARE
    locale = "django.middleware.locale.LocaleMiddleware"
    with override_settings(MIDDLEWARE=[first, locale, *others]), request.param.open(clock) as site:
        yield site


def ask(browser, method, path, **headers):
    return browser.request(
        method, path, {**CLIENT, **SAME, **headers}, b"" if method == "POST" else None
    )


# --- the script


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_is_small_in_every_language(language):
    script = client_script(language)
    assert len(gzip.compress(script, 9)) <= 7000
    assert b"__WORDS__" not in script
    assert f'["{language}",'.encode() in script


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_that_is_loaded_for_a_dialog_is_smaller_still(language):
    script = dialogs_script(language)
    assert len(gzip.compress(script, 9)) <= 1700
    assert b"__WORDS__" not in script


def test_the_script_about_connections_that_stay_open_is_the_smallest(site):
    """A page without any never loads it."""
    answer = site.browser().get("/session440/live.js")
    assert (answer.status, answer.body) == (200, live_script())
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(gzip.compress(answer.body, 9)) <= 1000


@pytest.mark.parametrize(
    ("name", "text"), [("client.js", "Erneut anmelden"), ("dialogs.js", "Angemeldet bleiben")]
)
def test_a_script_is_served_and_asked_for_once(site, name, text):
    browser = site.browser()
    first = browser.get(f"/session440/{name}", Accept_Language="de")
    assert first.status == 200
    assert first["Content-Type"] == "text/javascript; charset=utf-8"
    assert text in first.text
    assert {"accept-language", "cookie"} <= first.vary
    assert first["Cache-Control"] == "no-cache"
    again = browser.get(f"/session440/{name}", Accept_Language="de", If_None_Match=first["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again["ETag"] == first["ETag"]
    other = browser.get(f"/session440/{name}", If_None_Match=first["ETag"])
    assert other.status == 200, "in another language it is another script"


def test_the_style_sheet_is_served(site):
    answer = site.browser().get("/session440/client.css")
    assert (answer.status, answer["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert answer.body == style_sheet()


def test_the_script_needs_no_login_and_changes_none(site):
    browser = site.logged_in()
    site.clock.advance(1000)
    before = dict(browser.cookies)
    for path in ("client.js", "dialogs.js", "live.js", "client.css", "back"):
        assert browser.get(f"/session440/{path}").all("Set-Cookie") == []
        assert browser.post(f"/session440/{path}").status == 405
    assert browser.cookies == before
    site.clock.advance(200)
    assert browser.navigate("/").status == 440


def test_the_script_reads_no_ticket(site):
    """A cookie that is not authentic is counted where it is read, and here nobody needs it."""
    browser = site.browser()
    browser.cookies[site.ticket] = "garbage"
    for path in ("client.js", "dialogs.js", "live.js", "client.css", "back"):
        browser.get(f"/session440/{path}")
    assert [event.kind for event in site.events] == []


def test_without_an_endpoint_nothing_is_served(open_site):
    for kind in SITES:
        site = open_site(kind, endpoint=None)
        for path in ("client.js", "dialogs.js", "live.js", "client.css", "back", "status"):
            assert site.browser().get(f"/session440/{path}").status == 404, kind.name


# --- the tag


def test_the_tag_escapes_what_it_is_given():
    tag = script_tag('/a"b/client.js', nonce='<n"', activity="off", after_logout="/?a=1&b=2")
    assert tag == (
        '<script src="/a&quot;b/client.js" nonce="&lt;n&quot;" data-activity="off"'
        ' data-after-logout="/?a=1&amp;b=2" defer></script>'
    )


def test_the_tag_in_jinja(clock):
    import flask

    for endpoint, tag in (
        ("/there", '<script src="/there/client.js" nonce="x" defer></script>'),
        (None, ""),
    ):
        app = flask_app(clock, [], endpoint=endpoint)
        app.add_url_rule(
            "/tag",
            "tag",
            lambda: flask.render_template_string('{{ session440_client(nonce="x") }}'),
        )
        assert app.test_client().get("/tag").text == tag


def test_the_tag_knows_where_the_app_is_mounted(clock):
    import flask

    app = flask_app(clock, [])
    app.add_url_rule(
        "/tag", "tag", lambda: flask.render_template_string("{{ session440_client() }}")
    )
    tag = app.test_client().get("/tag", base_url="http://localhost/shop").text
    assert 'src="/shop/session440/client.js"' in tag


def test_the_tag_names_whose_page_it_is_as_status_does(clock):
    client = tagged_client(clock)
    assert "data-login" not in client.get("/tag").text, "a visitor's page is nobody's"
    client.post("/login", data={"username": "alice"})
    login = client.get("/session440/status", headers=CLIENT).json["login"]
    assert f'data-login="{login}" defer' in client.get("/tag").text
    clock.advance(1200)
    assert "data-login" not in client.get("/public-tag").text, "nor is it anybody's after the end"


def test_the_tag_names_nobody_whom_the_app_has_just_replaced_or_logged_out(clock):
    """What the page is about is the app's to say; no name does no harm."""
    client = tagged_client(clock)
    for to in ("bob", ""):
        client.post("/login", data={"username": "alice"})
        assert "data-login" not in client.get(f"/switch?to={to}").text


def tagged_client(clock):
    """Return a client of an app with pages that are the tag alone."""
    import flask

    from session440.flask import public

    def tag() -> str:
        return flask.render_template_string("{{ session440_client() }}")

    def switch() -> str:
        flask.session["user_id"] = flask.request.args["to"] or None
        return tag()

    app = flask_app(clock, [])
    app.add_url_rule("/tag", "tag", tag)
    app.add_url_rule("/public-tag", "public-tag", public(lambda: tag()))
    app.add_url_rule("/switch", "switch", switch)
    return app.test_client()


def test_the_tag_in_django(open_site):
    from django.template import Context, Template
    from django.test import RequestFactory

    from session440.django import Session440Middleware

    open_site(DjangoSite)
    template = Template("{% load session440 %}{% session440_client nonce='x' activity='off' %}")
    request = RequestFactory().get("/")
    assert template.render(Context({"request": request})) == "", "no middleware, no tag"
    request.session = {}
    seen = []
    middleware = Session440Middleware(lambda request: seen.append(request) or _response())
    request.session = _session()
    middleware(request)
    assert template.render(Context({"request": seen[0]})) == (
        '<script src="/session440/client.js" nonce="x" data-activity="off" defer></script>'
    )


def test_the_tag_in_django_without_a_request_says_so(open_site, caplog):
    """While the site is made it is an error; in service a page is not to break for it."""
    from django.core.exceptions import ImproperlyConfigured
    from django.template import Context, Template
    from django.test import override_settings

    from session440.django.templatetags.session440 import _warn

    open_site(DjangoSite)
    template = Template("{% load session440 %}{% session440_client %}")
    wanted = "add django.template.context_processors.request"
    with override_settings(DEBUG=True), pytest.raises(ImproperlyConfigured, match=wanted):
        template.render(Context())
    _warn.cache_clear()
    assert [template.render(Context()) for _ in range(2)] == ["", ""]
    assert caplog.text.count(wanted) == 1


def _response():
    from django.http import HttpResponse

    return HttpResponse()


def _session():
    from django.contrib.sessions.backends.db import SessionStore

    return SessionStore()


# --- what it asks


def test_the_script_is_told_more_than_others(site):
    browser = site.logged_in()
    plain, told = (
        browser.get("/session440/status").json,
        ask(browser, "GET", "/session440/status").json,
    )
    of_the_script = {"login", "login_id", "idle_timeout", "renew_interval", "relogin_url"}
    assert set(told) - set(plain) == of_the_script | {"proved_ago"}
    assert told["relogin_url"] == "/login?next=%2Fsession440%2Fback"
    assert told["renew_interval"] == 60
    site.clock.advance(1200)
    plain, told = (
        browser.get("/session440/status").json,
        ask(browser, "GET", "/session440/status").json,
    )
    assert set(told) - set(plain) == {"detail", "login", "relogin_url"}
    assert told["detail"] == "You were signed out after 20 minutes without activity."


def test_a_page_knows_its_person_again_and_learns_nothing_of_them(open_site):
    for kind in (WsgiSite, *SESSIONS):
        site = open_site(kind)
        first, again, other = site.logged_in(), site.logged_in(), site.logged_in("bob")
        logins = [
            ask(each, "GET", "/session440/status").json["login"] for each in (first, again, other)
        ]
        assert logins[0] == logins[1] != logins[2]
        assert "alice" not in logins[0]
        site.clock.advance(1200)
        assert ask(first, "GET", "/session440/status").json["login"] == logins[0]


def test_a_page_tells_the_logins_of_one_person_apart(open_site):
    """A CSRF token belongs to one of them."""
    for kind in (WsgiSite, *SESSIONS):
        site = open_site(kind)
        browsers = site.logged_in(), site.logged_in()
        first, again, other = (
            ask(each, "GET", "/session440/status").json["login_id"]
            for each in (browsers[0], browsers[0], browsers[1])
        )
        assert first == again != other


def test_a_440_to_the_script_keeps_the_message_for_the_person(site):
    """The tab that met it may be closed before anybody reads it."""
    browser = site.logged_in()
    site.clock.advance(1200)
    answer = ask(browser, "GET", "/api/me", Sec_Fetch_Mode="cors")
    assert (answer.status, answer.json["relogin_url"]) == (440, "/login?next=%2Fsession440%2Fback")
    assert browser.navigate("/")["Session440-Cause"] == "idle"


@pytest.mark.parametrize("kind", ["image", "style", "script", "font", "manifest"])
def test_a_440_to_a_part_of_a_page_keeps_the_message_for_the_person(site, kind):
    """A browser asks for an icon when it likes, and shows nobody what it is answered."""
    browser = site.logged_in()
    site.clock.advance(1200)
    answer = browser.get("/favicon.ico", Sec_Fetch_Dest=kind, Sec_Fetch_Mode="no-cors")
    assert (answer.status, "sec-fetch-dest" in answer.vary) == (440, True)
    assert browser.navigate("/")["Session440-Cause"] == "idle"


def test_htmx_is_not_sent_away_where_the_script_is_there(site):
    browser = site.logged_in()
    site.clock.advance(1200)
    assert ask(browser.copy(), "GET", "/", **{"HX-Request": "true"})["HX-Redirect"] is None
    assert browser.get("/", HX_Request="true")["HX-Redirect"]


def test_the_script_logs_out(site):
    browser = site.logged_in()
    assert browser.post("/session440/logout").status == 403, "only a page of this site may"
    assert browser.navigate("/").status == 200
    answer = ask(browser, "POST", "/session440/logout")
    assert answer.json == {"state": "anonymous", "login_url": "/login"}
    assert answer.deletes(site.ticket)
    assert browser.navigate("/").status == 302
    (ended,) = [each for each in site.events if each.kind == "ended"]
    assert (ended.cause, ended.reason) == (None, "logout")


def test_logging_out_of_what_has_ended_is_quiet(site):
    browser = site.logged_in()
    site.clock.advance(1200)
    assert ask(browser, "POST", "/session440/logout").status == 200
    assert browser.navigate("/").status == 302
    assert ask(browser, "POST", "/session440/logout").status == 200, "nobody logs out"


def test_a_watched_cookie_goes_with_the_logout(open_site):
    browser = open_site(WatchedSite).logged_in()
    assert ask(browser, "POST", "/session440/logout").deletes("sid")


def test_extend_brings_the_csrf_token_of_the_login(clock):
    """Flask-WTF's, which the forms of the page as it was do not have."""
    from flask_wtf.csrf import CSRFProtect

    app = flask_app(clock, [])
    CSRFProtect(app)
    app.add_url_rule("/protected", "protected", lambda: "sent", methods=["POST"])
    app.view_functions["login"] = app.extensions["csrf"].exempt(app.view_functions["login"])
    client = app.test_client()
    client.post("/login", data={"username": "alice"})
    csrf = client.post("/session440/extend", headers={**CLIENT, **SAME}).json["csrf"]
    assert csrf["field"] == "csrf_token"
    assert client.post("/protected").status_code == 400
    assert client.post("/protected", data={"csrf_token": csrf["value"]}).text == "sent"


def test_extend_brings_no_token_where_none_is_wanted(open_site):
    for kind in (WsgiSite, FlaskSite, DjangoSite):
        browser = open_site(kind).logged_in()
        assert "csrf" not in ask(browser, "POST", "/session440/extend").json


def test_the_way_back_is_a_page_of_its_own(site):
    answer = site.browser().navigate("/session440/back", Accept_Language="ar")
    assert 'dir="rtl"' in answer.text
    assert 'src="/session440/client.js" data-back=""' in answer.text
    assert "script-src 'self'" in answer["Content-Security-Policy"]


# --- languages


def test_the_440_speaks_the_browsers_language(site):
    browser = site.logged_in()
    site.clock.advance(1200)
    answer = browser.copy().navigate("/", Accept_Language="fr-CH, fr;q=0.9, en;q=0.8")
    assert answer["Content-Language"] == "fr"
    assert "accept-language" in answer.vary
    assert '<html lang="fr" dir="ltr">' in answer.text
    problem = browser.get("/api/me", Accept="application/json", Accept_Language="de").json
    assert problem["detail"] == "Sie wurden nach 20 Minuten ohne Aktivität abgemeldet."
    assert problem["title"] == "Login Timeout"


def test_django_speaks_its_active_language(clock):
    from django.test import override_settings

    with override_settings(LANGUAGE_CODE="nl"), DjangoSite.open(clock) as site:
        browser = site.logged_in()
        site.clock.advance(1200)
        answer = browser.navigate("/", Accept_Language="fr")
    assert answer["Content-Language"] == "nl"


def test_flask_babel_chooses_where_it_is_installed(clock):
    from flask_babel import Babel

    app = flask_app(clock, [])
    Babel(app, locale_selector=lambda: "pt_BR")
    client = app.test_client()
    client.post("/login", data={"username": "alice"})
    clock.advance(1200)
    answer = client.get("/", headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "pt"


def test_a_language_that_nobody_has_is_english(clock):
    app = Session440Middleware(lambda environ, start: [], secret_key=SECRET, clock=clock)
    for header in ("xx", "*", "", "\x00", "de;q=0"):
        call = Call(app, "/session440/client.js", HTTP_ACCEPT_LANGUAGE=header)
        assert b'["en",' in call.body()
