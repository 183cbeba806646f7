"""What browsers may keep of a login's pages, and what they are told to clear."""

from __future__ import annotations

import pytest
from calling import Call
from clock import FakeClock
from parity import IDLE, Scenarios, assert_alike, is_440, on_each_server
from sites import SECRET

from session440 import ConfigurationError, Settings
from session440.wsgi import Session440Middleware

scenario = Scenarios()


@scenario(page_cache="no-store")
def a_page_of_a_login_is_not_kept(site):
    b = site.logged_in()
    for _ in range(2):
        assert b.navigate("/html")["Cache-Control"] == "no-store"
        assert b.request("HEAD", "/html")["Cache-Control"] == "no-store"
        site.clock.advance(60)  # with a renewal, too


@scenario(page_cache="no-store")
def a_visitors_page_may_be(site):
    assert site.browser().navigate("/html")["Cache-Control"] is None


@scenario(page_cache="no-store")
def what_is_no_page_may_be(site):
    """Flask-Security#1263: a header on every route was taken for a bug."""
    b = site.logged_in()
    assert b.get("/plain")["Cache-Control"] is None


@scenario(page_cache="no-store")
def what_says_how_it_may_be_kept_is_left_alone(site):
    b = site.logged_in()
    assert b.get("/cached")["Cache-Control"] == "public, max-age=60"
    assert b.get("/not-modified")["Cache-Control"] is None


@scenario()
def without_the_option_nothing_is_added(site):
    b = site.logged_in()
    assert b.navigate("/html")["Cache-Control"] is None


@scenario(clear_site_data=["storage"])
def a_logout_clears_what_the_browser_keeps(site):
    b = site.browser()
    assert site.log_in(b)["Clear-Site-Data"] is None
    assert b.navigate("/html")["Clear-Site-Data"] is None
    assert b.post("/logout")["Clear-Site-Data"] == '"storage"'


@scenario(clear_site_data=["storage", "cache"])
def a_440_that_a_person_sees_does_too(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    call = b.get("/api/me", Sec_Fetch_Mode="cors", Sec_Fetch_Dest="empty")
    is_440(call, "idle")
    assert call["Clear-Site-Data"] is None
    page = b.navigate("/")
    is_440(page, "idle")
    assert page["Clear-Site-Data"] == '"storage", "cache"'


@scenario(clear_site_data=["storage"])
def the_logout_of_the_script_does_too(site):
    b = site.logged_in()
    answer = b.post("/session440/logout", Sec_Fetch_Site="same-origin")
    assert answer["Clear-Site-Data"] == '"storage"'


@scenario(clear_site_data=["storage"])
def a_sample_of_a_440_clears_nothing(site):
    assert site.browser().navigate("/session440/sample")["Clear-Site-Data"] is None


@scenario()
def without_the_option_nothing_is_cleared(site):
    b = site.logged_in()
    assert b.post("/logout")["Clear-Site-Data"] is None


@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_page(name, on):
    """Each adapter answers alike."""
    assert_alike(*scenario[name], on)


@pytest.mark.parametrize("header", ["Cache-Control", "Expires", "Pragma", "CDN-Cache-Control"])
def test_a_page_that_says_something_says_it_alone(header):
    def app(environ, start_response):
        environ["session440"].login("alice")
        start_response("200 OK", [("Content-Type", "text/html"), (header, "no-cache")])
        return [b""]

    call = Call(
        Session440Middleware(app, secret_key=SECRET, clock=FakeClock(), page_cache="no-store")
    )
    call.body()
    assert "no-store" not in (call.header("Cache-Control") or "")


@pytest.mark.parametrize("preset", ["owasp-high", "nist-aal3"])
def test_two_presets_switch_it_on(preset):
    assert Settings(secret_key=SECRET, policy=preset).page_cache == "no-store"
    assert Settings(secret_key=SECRET, policy=preset, page_cache=None).page_cache is None


@pytest.mark.parametrize("preset", ["owasp-low", "nist-aal2", "iis"])
def test_the_others_do_not(preset):
    assert Settings(secret_key=SECRET, policy=preset).page_cache is None


@pytest.mark.parametrize(("kinds", "reason"), [(["cookies"], "every app"), (["*"], "cookies")])
def test_what_clears_cookies_is_refused_with_the_reason(kinds, reason):
    """datawrapper#165: it logged people out of the domain's other apps."""
    with pytest.raises(ConfigurationError, match=reason):
        Settings(secret_key=SECRET, clear_site_data=kinds)


@pytest.mark.parametrize("kinds", ["storage", ["stoarge"], 1, [1], [["storage"]], None])
def test_what_is_no_kind_of_data_is_refused(kinds):
    with pytest.raises(ConfigurationError, match="clear_site_data"):
        Settings(secret_key=SECRET, clear_site_data=kinds)
