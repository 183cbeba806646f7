"""The credential behind a login: when it ends, and how its end is moved."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from calling import Call
from clock import START, FakeClock
from parity import Scenarios, assert_alike, is_440, is_welcome, on_each_server, ticket_of
from sites import SECRET

from session440 import Credential
from session440.wsgi import Session440Middleware

HOUR = 3600
KNOWING = ("wsgi", "flask", "django")
scenario = Scenarios()


def until(seconds):
    """A site's ``credential``: the token lasts so long."""
    return lambda request, subject: START + seconds


# --- in every adapter


@scenario(*KNOWING, credential=until(600))
def the_login_ends_with_its_credential(site):
    """The guide's second cause: the token has expired."""
    b = site.logged_in()
    site.clock.advance(599)
    is_welcome(b.get("/"))
    site.clock.advance(1)
    is_440(b.navigate("/"), "credential")


@scenario(*KNOWING, credential=until(600))
def its_end_is_moved_when_the_token_is_refreshed(site):
    """The login keeps its id, its absolute clock and its proof."""
    b = site.logged_in()
    before = ticket_of(site, b)
    site.clock.advance(500)
    assert b.post(f"/refresh?until={START + 1200:.0f}").text == "done"
    after = ticket_of(site, b)
    assert after.not_after == START + 1200
    kept = ("id", "issued_at", "proved_at", "subject", "policy")
    assert [getattr(after, each) for each in kept] == [getattr(before, each) for each in kept]
    site.clock.advance(699)
    is_welcome(b.get("/"))
    site.clock.advance(1)
    is_440(b.navigate("/"), "credential")


@scenario(*KNOWING, credential=until(7200))
def its_end_may_be_moved_nearer(site):
    b = site.logged_in()
    b.post(f"/refresh?until={START + 60:.0f}")
    site.clock.advance(60)
    is_440(b.navigate("/"), "credential")


@scenario("flask", "django", credential=until(600))
def a_slow_answer_does_not_bring_the_former_end_back(site):
    """The session's word goes before that of a ticket from before."""
    b = site.logged_in()
    former = b.cookies[site.ticket]
    b.post(f"/refresh?until={START + 1200:.0f}")
    b.cookies[site.ticket] = former
    site.clock.advance(700)
    is_welcome(b.get("/"))
    assert ticket_of(site, b).not_after == START + 1200


@scenario("flask", "django", credential=until(7200))
def a_former_ticket_does_not_outlast_the_nearer_end(site):
    b = site.logged_in()
    former = b.cookies[site.ticket]
    b.post(f"/refresh?until={START + 60:.0f}")
    b.cookies[site.ticket] = former
    site.clock.advance(60)
    is_440(b.navigate("/"), "credential")


@scenario("flask", "django", credential=until(600))
def a_lost_ticket_is_made_again_with_the_moved_end(site):
    b = site.logged_in()
    b.post(f"/refresh?until={START + 1200:.0f}")
    del b.cookies[site.ticket]
    site.clock.advance(700)
    is_welcome(b.get("/"))
    assert ticket_of(site, b).not_after == START + 1200


@scenario(*KNOWING, store="memory:", credential=until(600))
def the_store_knows_the_moved_end(site):
    """Its list of logins does not take it for over."""
    b = site.logged_in()
    b.post(f"/refresh?until={START + 1200:.0f}")
    site.clock.advance(700)
    (login,) = site.engine.logins(site.subject_of("alice"))
    assert login.not_after == START + 1200


@scenario(*KNOWING)
def what_cannot_be_meant_moves_nothing(site):
    """``expires_in`` in place of a moment, or milliseconds: the app's own error."""
    b = site.logged_in()
    before = ticket_of(site, b)
    for wrong in ("3600", f"{START:.0f}", f"{START * 1000:.0f}", "nan"):
        assert b.post(f"/refresh?until={wrong}").status == 500
    assert ticket_of(site, b) == before
    is_welcome(b.get("/"))


@pytest.mark.filterwarnings("ignore")  # the server prints the app's error
@on_each_server
@pytest.mark.parametrize("name", scenario)
def test_credential(name, on):
    """Each adapter answers alike."""
    assert_alike(*scenario[name], on)


# --- what an app may give


def site(clock, view, **options):
    """A WSGI site with one view, which is given the visit."""

    def app(environ, start_response):
        view(environ["session440"])
        start_response("200 OK", [])
        return [b""]

    return Session440Middleware(app, secret_key=SECRET, clock=clock, **options)


def visited(view, **options):
    """Return the visit of a request in which *view* has run."""
    seen = []

    def run(visit):
        view(visit)
        seen.append((visit.ticket, visit.proved_at))

    Call(site(FakeClock(), run, **options)).body()
    return seen[0]


@pytest.mark.parametrize(
    "moment",
    [
        START,
        START - 1,
        3600,
        START * 1000,
        float("nan"),
        float("inf"),
        datetime(2030, 1, 1),
        datetime(2000, 1, 1, tzinfo=timezone.utc),
    ],
)
@pytest.mark.parametrize("how", ["login", "credential", "option"])
def test_a_moment_that_cannot_be_meant_is_an_error(moment, how):
    """In the past or now, beyond a century, without a time zone, no number."""

    def view(visit):
        if how == "login":
            visit.login("alice", not_after=moment)
        elif how == "option":
            visit.login("alice")
        else:
            visit.login("alice")
            visit.credential(not_after=moment)

    options = {"credential": lambda request, subject: moment} if how == "option" else {}
    with pytest.raises(ValueError, match="not_after is"):
        visited(view, **options)


def test_the_option_is_asked_with_the_request_and_the_subject():
    asked = []

    def credential(environ, subject):
        asked.append((environ["PATH_INFO"], subject))
        return datetime.fromtimestamp(START, timezone.utc) + timedelta(hours=1)

    ticket, _ = visited(lambda visit: visit.login("alice"), credential=credential)
    assert asked == [("/", "alice")]
    assert ticket.not_after == START + HOUR


def test_a_login_that_says_it_itself_does_not_ask():
    def credential(environ, subject):
        raise AssertionError

    def view(visit):
        visit.login("alice", not_after=START + HOUR)

    assert visited(view, credential=credential)[0].not_after == START + HOUR


CLAIMS = {"iss": "https://id.example", "sub": "a-1", "sid": "s-9", "iat": 7}
CLAIMS["auth_time"] = START - 60


def test_claims_say_when_the_person_was_asked_and_who_says_so():
    def view(visit):
        visit.login("alice", credential=Credential.from_claims(CLAIMS, START + HOUR))

    ticket, proved_at = visited(view)
    assert (ticket.proved_at, ticket.not_after) == (START - 60, START + HOUR)
    assert proved_at == datetime.fromtimestamp(START - 60, timezone.utc)
    assert ticket.external.count(".") == 2
    assert "a-1" not in ticket.external
    assert "s-9" not in ticket.external


def test_hexpm_1403_claims_without_auth_time_prove_nothing():
    """An active session of the browser at the provider is no proof; GHSA-97r5-pg8x-p63p, too."""
    claims = {name: value for name, value in CLAIMS.items() if name != "auth_time"}
    ticket, proved_at = visited(
        lambda visit: visit.login("alice", credential=Credential.from_claims(claims))
    )
    assert ticket.proved_at is proved_at is None


def test_nextcloud_user_oidc_1183_a_null_sid_is_none():
    """nextcloud/user_oidc#1183: it crashed there."""
    for sid in (None, ""):
        credential = Credential.from_claims({**CLAIMS, "sid": sid})
        ticket, _ = visited(lambda visit, of=credential: visit.login("alice", credential=of))
        assert ticket.external.startswith(".")


@pytest.mark.parametrize("moment", [START + 61, START * 1000, float("nan"), datetime(2020, 1, 1)])
def test_a_proof_that_is_still_to_come_is_an_error(moment):
    with pytest.raises(ValueError, match=r"auth_time \(proved_at\) is"):
        visited(lambda visit: visit.login("alice", proved_at=moment))


def test_the_clock_of_the_provider_may_be_a_little_ahead():
    assert visited(lambda visit: visit.login("alice", proved_at=START + 30))[0].proved_at == START


def test_a_login_may_prove_nothing():
    assert visited(lambda visit: visit.login("alice", proved_at=None))[0].proved_at is None


@pytest.mark.parametrize("verb", ["credential", "confirm"])
def test_nobody_has_a_credential_to_move_and_nothing_to_confirm(verb):
    with pytest.raises(RuntimeError, match=f"{verb}\\(\\): nobody is logged in"):
        visited(lambda visit: getattr(visit, verb)())


@pytest.mark.parametrize("verb", ["credential", "confirm"])
def test_it_is_too_late_once_the_headers_are_sent(verb):
    def app(environ, start_response):
        visit = environ["session440"]
        visit.login("alice")
        start_response("200 OK", [])
        getattr(visit, verb)()
        return [b""]

    with pytest.raises(RuntimeError, match="came too late"):
        Call(Session440Middleware(app, secret_key=SECRET, clock=FakeClock()))


def test_the_proof_of_somebody_else_confirms_nobody():
    """GHSA-f66q-9rf6-8795."""

    def view(visit):
        visit.login("alice", proved_at=None)
        visit.confirm("bob")

    with pytest.raises(ValueError, match="another person"):
        visited(view)


def test_the_proof_of_nobody_confirms_nobody():
    """``authenticate()`` returns ``None`` for a wrong password."""

    def view(visit):
        visit.login("alice", proved_at=None)
        visit.confirm(None)

    with pytest.raises(ValueError, match="of nobody"):
        visited(view)


def test_the_end_is_not_taken_away_unless_somebody_says_so():
    with pytest.raises(TypeError, match="None is no end"):
        visited(lambda visit: visit.login("alice") or visit.credential())

    def view(visit):
        visit.login("alice", not_after=START + HOUR)
        visit.credential(not_after=None)

    assert visited(view)[0].not_after is None


@pytest.mark.parametrize("claims", ["eyJhbGciOi", None, ["sub"]])
def test_a_token_in_place_of_its_claims_is_an_error(claims):
    with pytest.raises(TypeError, match="claims is a"):
        Credential.from_claims(claims)


def test_a_text_in_place_of_a_moment_is_named():
    with pytest.raises(ValueError, match="not_after is '2026-12-31T00:00:00Z'"):
        visited(lambda visit: visit.login("alice", not_after="2026-12-31T00:00:00Z"))


def test_an_end_that_stays_where_it_is_writes_nothing():
    """A middleware may say it with each request."""
    clock, answers = FakeClock(), []

    def view(visit):
        if not visit.active:
            visit.login("alice", not_after=START + HOUR)
        visit.credential(not_after=START + HOUR)

    wrapped, cookies = site(clock, view), {}
    for _ in range(2):
        call = Call(wrapped, cookies=cookies)
        call.body()
        cookies |= call.cookies()
        answers.append(call.cookies())
    assert answers[1] == {}
