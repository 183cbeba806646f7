"""One scenario table, run through every adapter over real sockets with an injected clock.

A scenario is a function of a site. Every adapter must give the same status lines, the same
bodies of the engine's own answers and the same headers set by the engine.
"""

from __future__ import annotations

import re

import pytest
from browser import Answer, Browser
from clock import START, FakeClock
from sites import SECRET, SITES, Site

from session440 import Ticket
from session440.core.signing import TicketSigner

IDLE, ABSOLUTE, EVIDENCE, RENEWAL = 1200, 28800, 86400, 60

SCENARIOS: dict[str, tuple] = {}


def scenario(*kinds: str, **options):
    """Enter a scenario in the table; *kinds* are the adapters in which it has a meaning."""

    def enter(function):
        SCENARIOS[function.__name__] = (function, kinds or EVERYWHERE, options)
        return function

    return enter


EVERYWHERE = ("wsgi", "watched", "flask", "django")
SESSIONS = ("flask", "django")  # whose framework's session can be told apart from the ticket
BOUND = ("watched", "flask", "django")  # whose ticket is bound to something


# --- what is asserted again and again


def is_440(answer: Answer, cause: str) -> None:
    assert answer.status_line == "440 Login Timeout"
    assert answer["Session440-Cause"] == cause
    assert answer["Cache-Control"] == "no-store"
    assert "cookie" in answer.vary


def is_anonymous(answer: Answer) -> None:
    """The dashboard sends nobody to the login page."""
    assert answer.status == 302
    assert answer["Location"].startswith("/login")


def is_welcome(answer: Answer, name: str = "alice") -> None:
    assert (answer.status, answer.text) == (200, f"hello {name}")


def ticket_of(site: Site, browser: Browser) -> Ticket:
    ticket = site.engine.signer.loads(browser.cookies[site.ticket])
    assert ticket is not None
    return ticket


def put(site: Site, browser: Browser, ticket: Ticket, **changes) -> None:
    browser.cookies[site.ticket] = site.engine.signer.dumps(ticket._replace(**changes))


# --- every row of the outcome table


@scenario(*SESSIONS)
def unbound_session_is_adopted(site):
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    old = ticket_of(site, b)
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)
    assert ticket_of(site, b).id != old.id
    assert site.events[-1].reason == "adopted"
    with site.edit(b) as session:
        assert session["_session440"][0] == ticket_of(site, b).id


@scenario(*SESSIONS, adopt=False)
def unbound_session_is_lost_without_adoption(site):
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario("watched", adopt=True)
def watched_cookie_without_ticket_is_adopted(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)


@scenario("watched")
def watched_cookie_without_ticket_is_hidden(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    is_anonymous(b.get("/"))


@scenario()
def bound_live_ticket_is_active(site):
    b = site.logged_in()
    answer = b.get("/")
    is_welcome(answer)
    assert site.ticket not in answer.cookies


@scenario(*SESSIONS)
def bound_ticket_of_another_subject_is_a_login(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), subject="somebody else")
    answer = b.get("/")
    is_welcome(answer)
    assert answer.sets(site.ticket)
    assert ticket_of(site, b).subject == site.subject_of("alice")
    assert site.events[-1].reason == "switched"


@scenario()
def idle_login_has_ended(site):
    b = site.logged_in()
    site.clock.advance(IDLE - 1)
    copy = b.copy()
    is_welcome(copy.get("/"))
    site.clock.advance(1)
    answer = b.navigate("/plain?a=1&b=2")
    is_440(answer, "idle")
    assert answer.deletes(site.ticket)
    assert site.session is None or answer.deletes(site.session)
    is_anonymous(b.get("/"))


@scenario()
def absolutely_ended_login_says_so(site):
    b = site.logged_in()
    for _ in range(ABSOLUTE // 1000):
        site.clock.advance(1000)
        is_welcome(b.get("/"))
    site.clock.advance(ABSOLUTE - ABSOLUTE // 1000 * 1000 - 1)
    is_welcome(b.get("/"))
    site.clock.advance(1)
    is_440(b.navigate("/"), "absolute")


@scenario(*BOUND)
def bound_login_ends_however_old_it_is(site):
    b = site.logged_in()
    site.clock.advance(EVIDENCE * 10)
    is_440(b.navigate("/"), "idle")


@scenario(*SESSIONS)
def bound_session_without_ticket_gets_it_again(site):
    b = site.logged_in()
    issued = ticket_of(site, b)
    del b.cookies[site.ticket]
    site.clock.advance(IDLE - 1)
    is_welcome(b.get("/"))
    again = ticket_of(site, b)
    assert again.binding == issued.binding
    assert again.seen_at == site.clock.now


@scenario(*SESSIONS)
def passive_request_without_ticket_wins_no_time(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(100)
    assert b.get("/poll").status == 200
    assert ticket_of(site, b).seen_at == START


@scenario(*SESSIONS)
def remains_of_a_login_go_with_it(site):
    """A session that names nobody but is still bound is no visitor's."""
    b = site.logged_in()
    with site.edit(b) as session:
        binding = session["_session440"]
        session.clear()
        session.update(_session440=binding, cart="apples")
    site.clock.advance(IDLE)
    answer = b.navigate("/plain")
    is_440(answer, "idle")
    assert answer.deletes(site.session)


@scenario(*SESSIONS)
def dropping_the_ticket_gains_nothing(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(IDLE)
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def without_ticket_the_absolute_end_is_known(site):
    b = site.logged_in()
    del b.cookies[site.ticket]
    site.clock.advance(ABSOLUTE)
    is_440(b.navigate("/"), "absolute")


@scenario(*SESSIONS)
def another_logins_ticket_is_as_if_it_were_not_there(site):
    b, other = site.logged_in(), site.logged_in()
    b.cookies[site.ticket] = other.cookies[site.ticket]
    is_welcome(b.get("/"))
    assert ticket_of(site, b).id != ticket_of(site, other).id


@scenario()
def nobody_without_cookies_is_anonymous(site):
    answer = site.browser().get("/")
    is_anonymous(answer)
    assert not answer.cookies
    assert "cookie" not in answer.vary or site.name in SESSIONS
    assert not site.events


@scenario()
def nobody_with_a_forged_cookie_is_anonymous(site):
    b = site.browser()
    b.cookies[site.ticket] = "forged"
    answer = b.get("/")
    is_anonymous(answer)
    assert not answer.cookies
    assert b.cookies[site.ticket] == "forged"
    assert [each.kind for each in site.events] == ["refused"]


@scenario()
def evidence_answers_440(site):
    b = site.logged_in()
    if site.session:
        del b.cookies[site.session]
    site.clock.advance(IDLE + EVIDENCE - 1)
    is_440(b.navigate("/plain"), "idle")
    is_anonymous(b.get("/"))


@scenario()
def evidence_is_forgotten_in_the_end(site):
    b = site.logged_in()
    if site.session:
        del b.cookies[site.session]
    site.clock.advance(IDLE + EVIDENCE)
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


@scenario(*SESSIONS)
def emptied_session_means_the_login_is_lost(site):
    b = site.logged_in()
    site.lose_session(b)
    is_440(b.navigate("/plain"), "lost")
    event = site.events[-1]
    assert event.node == event.here == site.engine.node
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def session_with_other_content_means_logout(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session.clear()
        session["cart"] = "apples"
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


@scenario(*BOUND)
def closed_browser_means_anonymous(site):
    b = site.logged_in()
    del b.cookies[site.session]
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)


# --- sliding


@scenario()
def fresh_login_is_not_renewed(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL - 1)
    assert site.ticket not in b.get("/").cookies


@scenario()
def older_ticket_is_renewed(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/")
    assert answer.sets(site.ticket)
    assert "cookie" in answer.vary
    assert ticket_of(site, b).seen_at == site.clock.now
    assert ticket_of(site, b).issued_at == START
    assert site.session not in answer.cookies


@scenario()
def passive_poll_does_not_keep_a_login_alive(site):
    b = site.logged_in()
    for _ in range(19):
        site.clock.advance(60)
        assert b.get("/poll").status == 200
    site.clock.advance(60)
    is_440(b.get("/poll"), "idle")


@scenario()
def passive_poll_leaves_the_message_to_the_click(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    for _ in range(3):
        answer = b.get("/poll", Sec_Fetch_Mode="cors")
        is_440(answer, "idle")
        assert not answer.deletes(site.ticket)
    assert [each.kind for each in site.events].count("ended") == 1
    assert site.session not in b.cookies
    is_440(b.navigate("/plain"), "idle")
    is_anonymous(b.get("/"))


@scenario()
def evidence_is_set_once(site):
    """However often a script asks, and a public page is visited."""
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.get("/poll").sets(site.ticket)
    for path in ("/poll", "/public"):
        assert site.ticket not in b.get(path).cookies


@scenario(*SESSIONS)
def passive_poll_leaves_the_message_of_a_lost_login_too(site):
    b = site.logged_in()
    site.lose_session(b)
    is_440(b.get("/poll"), "lost")
    is_440(b.navigate("/plain"), "lost")
    is_anonymous(b.get("/"))


@scenario()
def declared_passive_and_prefetch_count_as_no_activity(site):
    b = site.logged_in()
    site.clock.advance(IDLE - 1)
    for headers in ({"Session440-Passive": "?1"}, {"Sec-Purpose": "prefetch;prerender"}):
        assert site.ticket not in b.request("GET", "/", headers).cookies
    assert b.request("GET", "/", {"Session440-Passive": "?0"}).sets(site.ticket)


@scenario(*SESSIONS)
def view_marked_passive_counts_as_no_activity(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert site.ticket not in b.get("/marked-poll").cookies


@scenario(*SESSIONS)
def view_marked_public_is_open(site):
    b = site.logged_in()
    assert "alice" in b.get("/marked-public").text
    site.clock.advance(IDLE)
    assert b.get("/marked-public").text == "shown to nobody"
    is_440(b.navigate("/plain"), "idle")


# --- tickets that cannot be believed


@scenario()
def tampered_ticket_is_no_ticket(site):
    b = site.logged_in()
    value = b.cookies[site.ticket]
    b.cookies[site.ticket] = ("A" if value[0] != "A" else "B") + value[1:]
    answer = b.get("/")
    if site.name in SESSIONS:
        is_welcome(answer)  # judged by the session's binding
    else:
        is_anonymous(answer)
    assert any(each.kind == "refused" for each in site.events)


@scenario()
def future_dated_ticket_is_no_ticket(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), seen_at=START + 61)
    answer = b.get("/")
    assert answer.status == (200 if site.name in SESSIONS else 302)
    assert any(each.reason == "clock" for each in site.events)


@scenario(*SESSIONS)
def future_dated_binding_ends_the_login(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"][1] = START + 61
    is_440(b.get("/poll"), "lost")
    assert site.events[-1].reason == "clock"
    assert site.events[-1].age == -61  # so both times are known
    is_440(b.navigate("/"), "lost")
    is_anonymous(b.get("/"))


@scenario(*SESSIONS)
def malformed_binding_ends_the_login(site):
    b = site.logged_in()
    with site.edit(b) as session:
        session["_session440"] = ["what", "is", "this", "?"]
    is_440(b.navigate("/"), "lost")
    assert site.events[-1].reason == "malformed"
    assert site.events[-1].subject == site.subject_of("alice")


@scenario()
def slightly_future_ticket_is_accepted(site):
    b = site.logged_in()
    put(site, b, ticket_of(site, b), seen_at=START + 30)
    is_welcome(b.get("/"))
    site.clock.advance(IDLE + 30)
    is_440(b.navigate("/"), "idle")


@scenario()
def rotated_key_still_verifies(site):
    b = site.logged_in()
    old = TicketSigner(["an older secret key"], site.ticket)
    ticket = ticket_of(site, b)
    if site.name == "watched":
        return  # its binding hashes with the newest key; see test_wsgi
    b.cookies[site.ticket] = old.dumps(ticket)
    assert site.engine.signer.loads(b.cookies[site.ticket]) is None
    rotated = TicketSigner([SECRET, "an older secret key"], site.ticket)
    site.engine.signer = rotated
    is_welcome(b.get("/"))
    site.clock.advance(RENEWAL)
    b.get("/")
    newest = TicketSigner([SECRET], site.ticket)
    assert newest.loads(b.cookies[site.ticket]) is not None


@scenario()
def of_two_ticket_cookies_the_right_one_counts(site):
    b = site.logged_in()
    ticket = ticket_of(site, b)
    dead = site.engine.signer.dumps(ticket._replace(id="tossed", seen_at=START - IDLE))
    session = f"{site.session}={b.cookies[site.session]}; " if site.session else ""
    for order in (
        f"{site.ticket}={dead}; {site.ticket}={b.cookies[site.ticket]}",
        f"{site.ticket}={b.cookies[site.ticket]}; {site.ticket}={dead}",
        f"{site.ticket}=forged; {site.ticket}={b.cookies[site.ticket]}",
    ):
        is_welcome(b.request("GET", "/", cookie=session + order))


# --- where an ended login may go


@scenario()
def public_page_stays_public(site):
    b = site.logged_in()
    assert b.get("/public").text != "shown to nobody"
    site.clock.advance(IDLE)
    for _ in range(2):
        assert b.get("/public").text == "shown to nobody"
    is_440(b.navigate("/plain"), "idle")


@scenario()
def login_page_spends_the_evidence(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/login")
    assert answer.status == 200
    assert answer.deletes(site.ticket)
    assert b.navigate("/plain").status == 200
    is_anonymous(b.get("/"))


@scenario()
def callback_and_second_factor_after_a_timeout_are_anonymous(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.navigate("/login").status == 200
    assert b.navigate("/second-factor").status == 200
    assert b.navigate("/callback?code=1").status == 302
    is_welcome(b.get("/"))


@scenario()
def login_form_opened_before_the_timeout_still_logs_in(site):
    b = site.logged_in()
    page = b.navigate("/login")
    token = re.search(r'value="(\w+)"', page.text)[1]
    site.clock.advance(IDLE)
    data = {"username": "bob", "csrf_token": token, "csrfmiddlewaretoken": token}
    answer = b.post("/login", data)
    assert answer.status == 302, answer.text
    is_welcome(b.get("/"), "bob")


@scenario()
def unknown_path_is_guarded(site):
    b = site.logged_in()
    assert b.get("/nowhere").status == 404
    site.clock.advance(IDLE)
    is_440(b.navigate("/nowhere"), "idle")


@scenario(*SESSIONS)
def static_files_are_untouched(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/static/app.css")
    assert answer.status == 200
    assert not answer.cookies
    is_440(b.navigate("/plain"), "idle")


@scenario()
def options_are_untouched(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert not b.request("OPTIONS", "/plain").cookies
    site.clock.advance(IDLE)
    answer = b.request("OPTIONS", "/plain")
    assert answer.status == 200
    assert not answer.cookies
    assert [each.kind for each in site.events] == ["started"]
    is_440(b.navigate("/plain"), "idle")


@scenario()
def options_show_no_ended_login_to_a_view(site):
    """A view that answers OPTIONS itself runs, but sees nobody."""
    b = site.logged_in()
    assert "alice" in b.request("OPTIONS", "/who").text
    site.clock.advance(IDLE)
    answer = b.request("OPTIONS", "/who")
    assert (answer.status, answer.text) == (200, "shown to nobody")
    assert not answer.cookies
    is_440(b.navigate("/plain"), "idle")


@scenario(*SESSIONS)
def options_show_a_login_that_has_no_ticket_yet(site):
    """One from before deployment, that is; and begin none themselves."""
    b = site.logged_in()
    with site.edit(b) as session:
        del session["_session440"]
    answer = b.request("OPTIONS", "/who")
    assert "alice" in answer.text
    assert not answer.cookies


@scenario(*BOUND, enforcement="report")
def options_hide_nothing_in_report_mode(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert "alice" in b.request("OPTIONS", "/who").text


@scenario()
def apps_own_path_beside_the_endpoints_is_guarded(site):
    for path in ("/session440/own", "/session440/own/status"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        is_440(b.navigate(path), "idle")


# --- the forms of a 440


@scenario()
def head_has_no_body(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.request("HEAD", "/plain")
    is_440(answer, "idle")
    assert answer.body == b""
    assert int(answer["Content-Length"]) > 0


@scenario()
def head_says_the_length_of_the_page(site):
    lengths = set()
    for method in ("GET", "HEAD"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        lengths.add(b.request(method, "/plain", {"Accept": "text/html"})["Content-Length"])
    assert len(lengths) == 1


@scenario()
def program_gets_a_problem_document(site):
    b = site.logged_in()
    site.clock.advance(IDLE + 5)
    answer = b.get("/plain?page=2", Accept="application/json")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "type": "urn:problem:session440:login-timeout",
        "title": "Login Timeout",
        "status": 440,
        "detail": "You were signed out after 20 minutes without activity.",
        "cause": "idle",
        "ended_at": "2027-01-15T08:20:00Z",
        "login_url": "/login?next=%2Fplain%3Fpage%3D2",
        "idle_timeout": 1200,
        "absolute_timeout": 28800,
    }


@scenario()
def browser_gets_a_page(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/plain?page=2&q=%C3%A9")
    is_440(answer, "idle")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/login?next=%2Fplain%3Fpage%3D2%26q%3D%25C3%25A9"' in answer.text
    assert 'href="/plain?page=2&amp;q=%C3%A9"' in answer.text
    assert "alice" not in answer.text
    assert "not saved" not in answer.text  # there was nothing to save


@scenario(login_url="/sign-in?lang=en", next_param="back")
def login_page_is_where_the_site_says(site):
    for path in ("/plain", "/sign-in"):
        b = site.logged_in()
        site.clock.advance(IDLE)
        answer = b.get(path, Accept="application/json")
        if path == "/plain":
            is_440(answer, "idle")
            assert answer.json["login_url"] == "/sign-in?lang=en&back=%2Fplain"
        else:
            assert answer.status == 404  # this site has none, but it is let through
            assert answer.deletes(site.ticket)


@scenario(login_url=lambda request: "/sign-in")
def login_page_may_depend_on_the_request(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain", Accept="application/json")
    assert answer.json["login_url"] == "/sign-in?next=%2Fplain"


@scenario(*SESSIONS)
def token_of_a_form_that_is_no_login_form_goes_with_the_login(site):
    """It stays for the login form's sake alone."""
    b = site.logged_in()
    b.navigate("/login")
    site.clock.advance(IDLE)
    answer = b.post("/save")
    is_440(answer, "idle")
    assert answer.deletes(site.session)


@scenario()
def htmx_gets_a_redirect_beside_the_440(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get(
        "/plain",
        HX_Request="true",
        HX_Current_URL=f"{site.url}/reports?page=3#top",
        Sec_Fetch_Mode="cors",
        Accept="*/*",
    )
    is_440(answer, "idle")
    assert answer["HX-Redirect"] == "/login?next=%2Freports%3Fpage%3D3"


@scenario()
def xhr_gets_json_and_the_page_it_came_from(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get(
        "/plain",
        X_Requested_With="XMLHttpRequest",
        Accept="text/html",
        Referer=f"{site.url}/list?p=2",
    )
    is_440(answer, "idle")
    assert answer.json["login_url"] == "/login?next=%2Flist%3Fp%3D2"


@scenario()
def fetch_gets_json_without_a_referer_no_next(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain", Sec_Fetch_Mode="cors", Accept="text/html")
    is_440(answer, "idle")
    assert answer.json["login_url"] == "/login"


@scenario()
def form_post_comes_back_to_its_form(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.post(
        "/save",
        {"text": "x" * 5000},
        Sec_Fetch_Mode="navigate",
        Accept="text/html",
        Referer=f"{site.url}/form",
    )
    is_440(answer, "idle")
    assert 'href="/login?next=%2Fform"' in answer.text
    assert "not saved" in answer.text


@scenario(status=401)
def gateways_can_have_401(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/plain")
    assert answer.status == 401
    assert answer["WWW-Authenticate"] == "Session440"
    assert answer["Session440-Cause"] == "idle"
    assert answer.json["status"] == 401


# --- endpoints


@scenario()
def status_tells_without_touching(site):
    b = site.logged_in()
    site.clock.advance(300)
    for _ in range(2):
        answer = b.get("/session440/status")
        assert answer.status == 200
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
        assert answer.json == {
            "state": "active",
            "expires_in": 900.0,
            "idle_remaining": 900.0,
            "absolute_remaining": 28500.0,
            "warn_before": 120.0,
            "expires_at": "2027-01-15T08:20:00+00:00",
        }
    site.clock.advance(900)
    expired = {"state": "expired", "cause": "idle", "login_url": "/login"}
    for _ in range(2):
        assert b.get("/session440/status", Sec_Fetch_Mode="cors").json == expired
    is_440(b.navigate("/plain"), "idle")


@scenario(*SESSIONS)
def status_knows_logins_whose_ticket_is_missing(site):
    """Lost on the way, or of a login from before deployment."""
    b = site.logged_in()
    site.clock.advance(100)
    del b.cookies[site.ticket]
    assert b.get("/session440/status").json["expires_in"] == IDLE - 100
    with site.edit(b) as session:
        del session["_session440"]
    assert b.get("/session440/status").json["expires_in"] == IDLE


@scenario(enforcement="report")
def endpoints_end_nothing_in_report_mode(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    assert b.get("/session440/status").json["expires_in"] == IDLE
    answer = b.post("/session440/extend", Sec_Fetch_Site="same-origin")
    assert (answer.status, answer.json["expires_in"]) == (200, IDLE)
    ended = [each for each in site.events if each.kind == "ended"]
    assert [each.enforced for each in ended] == [False]
    is_welcome(b.get("/"))


@scenario()
def status_of_nobody_is_anonymous(site):
    assert site.browser().get("/session440/status").json == {"state": "anonymous"}
    assert site.browser().post("/session440/status").status == 405


@scenario()
def extend_renews_for_pages_of_this_site(site):
    b = site.logged_in()
    site.clock.advance(10)
    answer = b.post("/session440/extend", Sec_Fetch_Site="same-origin")
    assert answer.status == 200
    assert answer.json["expires_in"] == 1200.0
    assert ticket_of(site, b).seen_at == site.clock.now
    site.clock.advance(10)
    assert b.post("/session440/extend", Origin=site.url).status == 200
    assert ticket_of(site, b).seen_at == site.clock.now


@scenario()
def extend_refuses_other_sites(site):
    b = site.logged_in()
    site.clock.advance(100)
    assert b.post("/session440/extend").status == 403
    assert b.post("/session440/extend", Sec_Fetch_Site="cross-site", Origin=site.url).status == 403
    assert b.post("/session440/extend", Origin="https://evil.example").status == 403
    refused = b.request("GET", "/session440/extend", {"Sec-Fetch-Site": "same-origin"})
    assert (refused.status, refused["Allow"]) == (405, "POST")
    assert ticket_of(site, b).seen_at == START


@scenario()
def extend_after_the_end_is_440_and_keeps_the_message(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.post("/session440/extend", Sec_Fetch_Site="same-origin"), "idle")
    is_440(b.navigate("/plain"), "idle")


@scenario(endpoint=None)
def without_endpoint_nothing_is_served(site):
    b = site.logged_in()
    assert b.get("/session440/status").status == 404 or site.session in (None, "sid")


@scenario()
def unknown_endpoint_is_not_ours(site):
    assert "application/problem" not in (site.browser().get("/session440/what")["Content-Type"])


# --- logins and logouts


@scenario()
def logout_ends_the_login(site):
    b = site.logged_in()
    answer = b.post("/logout")
    assert answer.status == 302
    assert answer.deletes(site.ticket)
    assert "private" in answer["Cache-Control"]
    is_anonymous(b.get("/"))
    assert [each.cause for each in site.events if each.kind == "ended"] == [None]


@scenario(*BOUND)
def late_answer_of_a_former_login_harms_nobody(site):
    b = site.logged_in()
    late = b.copy()
    site.clock.advance(RENEWAL)
    late.get("/")  # renewed, but still on its way
    b.post("/logout")
    site.log_in(b, "bob")
    b.cookies[site.ticket] = late.cookies[site.ticket]
    answer = b.get("/")
    if site.name == "watched":
        is_anonymous(answer)  # nothing else says that bob is in: see the docs
    else:
        is_welcome(answer, "bob")
        site.clock.advance(IDLE)
        is_440(b.navigate("/"), "idle")


@scenario()
def late_answer_after_logout_logs_nobody_in(site):
    if site.session is None:
        return  # a signed ticket alone cannot be called back without a store: documented
    b = site.logged_in()
    late = b.copy()
    site.clock.advance(RENEWAL)
    late.get("/")
    b.post("/logout")
    b.cookies[site.ticket] = late.cookies[site.ticket]
    is_anonymous(b.get("/"))


@scenario()
def second_user_on_the_same_browser_gets_a_login_of_their_own(site):
    b = site.logged_in("alice")
    site.clock.advance(1000)
    site.log_in(b, "bob")
    is_welcome(b.get("/"), "bob")
    assert ticket_of(site, b).issued_at == site.clock.now
    site.clock.advance(1000)
    is_welcome(b.get("/"), "bob")


@scenario()
def login_again_resets_both_clocks(site):
    b = site.logged_in()
    first = ticket_of(site, b)
    site.clock.advance(1000)
    site.log_in(b)
    again = ticket_of(site, b)
    assert again.id != first.id
    assert again.issued_at == again.seen_at == site.clock.now


@scenario()
def login_answer_is_private_and_varies(site):
    answer = site.log_in(site.browser())
    assert "private" in answer["Cache-Control"]
    assert "cookie" in answer.vary


@scenario()
def login_timeout_raised_in_a_view_ends_the_login(site):
    b = site.logged_in()
    answer = b.navigate("/expire")
    is_440(answer, "credential")
    assert answer.deletes(site.ticket)
    is_anonymous(b.get("/"))


@scenario()
def apps_own_440_says_login_timeout(site):
    answer = site.browser().get("/own-440")
    assert answer.status_line == "440 Login Timeout"
    assert answer.text in ("own", "hello None")


@scenario()
def visitors_session_is_never_touched(site):
    if site.name not in SESSIONS:
        return
    b = site.browser()
    b.get("/cart")
    cookie = b.cookies[site.session]
    site.clock.advance(EVIDENCE * 2)
    assert b.get("/plain").status == 200
    assert b.cookies[site.session] == cookie
    with site.edit(b) as session:
        assert session["cart"] == "apples"


@scenario(*SESSIONS)
def what_one_person_stored_is_gone_with_the_login(site):
    b = site.logged_in()
    b.get("/cart")
    site.clock.advance(IDLE)
    is_440(b.navigate("/plain"), "idle")
    site.log_in(b, "bob")
    with site.edit(b) as session:
        assert "cart" not in session


# --- what responses may carry a ticket


@scenario()
def public_response_gets_no_ticket(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/cached")
    assert not answer.cookies
    assert answer["Cache-Control"] == "public, max-age=60"
    assert b.get("/plain").sets(site.ticket)


@scenario()
def not_modified_gets_no_ticket(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    answer = b.get("/not-modified")
    assert answer.status == 304
    assert not answer.cookies


@scenario()
def server_error_still_renews(site):
    b = site.logged_in()
    site.clock.advance(RENEWAL)
    assert b.get("/broken").sets(site.ticket)


# --- the other modes


@scenario(enforcement="challenge")
def challenge_lets_public_pages_be(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.navigate("/second-factor")
    assert answer.status == 200
    is_440(b.navigate("/"), "idle")
    is_anonymous(b.get("/"))


@scenario(enforcement="challenge")
def challenge_replaces_a_refusal(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    answer = b.get("/api/me", Accept="application/json")
    is_440(answer, "idle")
    assert answer.json["cause"] == "idle"
    assert answer.deletes(site.ticket)


@scenario(enforcement="challenge")
def challenge_is_strict_with_unsafe_methods(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_440(b.post("/save"), "idle")


@scenario(enforcement="report")
def report_ends_nothing(site):
    b = site.logged_in()
    site.clock.advance(IDLE)
    is_welcome(b.get("/"))
    is_welcome(b.get("/"))
    ended = [each for each in site.events if each.kind == "ended"]
    assert [(each.cause, each.enforced) for each in ended] == [("idle", False)]
    assert site.events[-1].reason == "report"
    site.clock.advance(IDLE)
    is_welcome(b.get("/"))


@scenario(*SESSIONS, enforcement="report")
def report_of_a_lost_login_is_told_once(site):
    """Nobody is left to go on; the ticket is spent, so that the log is not filled."""
    b = site.logged_in()
    site.lose_session(b)
    answer = b.get("/")
    is_anonymous(answer)
    assert answer.deletes(site.ticket)
    is_anonymous(b.get("/"))
    ended = [each for each in site.events if each.kind == "ended"]
    assert [(each.cause, each.enforced) for each in ended] == [("lost", False)]


# --- both timeouts at once


@scenario(idle_timeout=60, absolute_timeout=600)
def active_user_is_ended_by_the_absolute_timeout(site):
    """One request every 50 s: no Python peer ends this (peers.md, trap 9)."""
    b = site.logged_in()
    for _ in range(11):
        site.clock.advance(50)
        is_welcome(b.get("/"))
    site.clock.advance(50)
    is_440(b.navigate("/"), "absolute")


# --- the runner

ENGINE_HEADERS = (
    "Allow",
    "Cache-Control",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "HX-Redirect",
    "Session440-Cause",
    "WWW-Authenticate",
    "X-Content-Type-Options",
)


def transcript(site: Site) -> list[tuple]:
    """What each adapter must say alike."""
    return [said(site, answer) for browser in site.browsers for answer in browser.answers]


def said(site: Site, answer: Answer) -> tuple:
    action = (
        "deletes" if answer.deletes(site.ticket) else "sets" if answer.sets(site.ticket) else ""
    )
    ours = answer.status == 440 and answer["Session440-Cause"]
    endpoint = "state" in answer.text and answer["Content-Type"] == "application/json"
    if not (ours or endpoint):
        return (answer.status, action)
    headers = {name: answer[name] for name in ENGINE_HEADERS if answer[name]}
    body = answer.body.replace(site.url.encode(), b"")
    return (answer.status_line, action, headers, sorted(answer.vary), body)


@pytest.mark.parametrize("name", SCENARIOS)
def test_parity(name: str) -> None:
    """Every adapter in which the scenario has a meaning answers it alike."""
    function, kinds, options = SCENARIOS[name]
    said_by = {}
    for kind in SITES:
        if kind.name in kinds:
            clock = FakeClock()
            with kind.open(clock, **options) as site:
                function(site)
                said_by[kind.name] = transcript(site)
    first, *others = said_by.values()
    if name in DIFFERENT_BY_NATURE:
        return
    for other in others:
        assert other == first


#: Scenarios that hold everywhere, but in which a session beside the ticket makes the steps
#: themselves differ; each says so where it does.
DIFFERENT_BY_NATURE = {
    "tampered_ticket_is_no_ticket",
    "future_dated_ticket_is_no_ticket",
    "rotated_key_still_verifies",
    "late_answer_of_a_former_login_harms_nobody",
    "late_answer_after_logout_logs_nobody_in",
    "visitors_session_is_never_touched",
    "without_endpoint_nothing_is_served",
}
