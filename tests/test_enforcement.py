"""The second table: what happens to a request with an ended login. Each cell is tried as a
function and as a request."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from session440 import Cause, Engine, LoginTimeout, Settings, Ticket, Visit
from session440.core.cookie import Scope
from session440.core.effects import Bind, ClearSession, HideSession, Unbind
from session440.core.enforcement import (
    Answer,
    Audience,
    Evidence,
    Kind,
    SessionChange,
    Target,
    treat,
)
from session440.core.ports import Holding, Place, change_in
from session440.exchange import Exchange
from session440.processing import (
    process_exception,
    process_request,
    process_response,
    reply,
    settle,
)

NOW = 1_800_000_000.0
LIVE = Ticket("t" * 22, "alice", NOW - 5000, NOW - 10)
IDLE = LIVE._replace(seen_at=NOW - 2000)
EVIDENCE = IDLE._replace(ended=Cause.IDLE, not_after=NOW - 800)
HELD = Holding("alice", LIVE.binding.as_list(), empty=False)
NOBODY = Holding()


# --- as a function

S, C = "strict", "challenge"
TABLE = {
    # what the request is for, and its mode: who answers, the evidence, the session
    (Kind.PAGE, S): (Answer.LOGIN_TIMEOUT, "by who sees it", SessionChange.CLEARED),
    (Kind.PAGE, C): (Answer.CHALLENGE, Evidence.KEPT, SessionChange.CLEARED),
    (Kind.CHANGE, S): (Answer.LOGIN_TIMEOUT, "by who sees it", SessionChange.CLEARED),
    (Kind.CHANGE, C): (Answer.LOGIN_TIMEOUT, "by who sees it", SessionChange.CLEARED),
    (Kind.PUBLIC, S): (Answer.APP, Evidence.KEPT, SessionChange.CLEARED),
    (Kind.PUBLIC, C): (Answer.APP, Evidence.KEPT, SessionChange.CLEARED),
    (Kind.LOGIN, S): (Answer.APP, Evidence.SPENT, SessionChange.CLEARED),
    (Kind.LOGIN, C): (Answer.APP, Evidence.SPENT, SessionChange.CLEARED),
    (Kind.LOGIN_FORM, S): (Answer.APP, Evidence.SPENT, SessionChange.CLEARED_BUT_CSRF),
    (Kind.LOGIN_FORM, C): (Answer.APP, Evidence.SPENT, SessionChange.CLEARED_BUT_CSRF),
    (Kind.UNTOUCHED, S): (Answer.APP, Evidence.LEFT, SessionChange.HIDDEN),
    (Kind.UNTOUCHED, C): (Answer.APP, Evidence.LEFT, SessionChange.HIDDEN),
}


SEEN_BY = {
    Audience.PERSON: Evidence.SPENT,
    Audience.CALL: Evidence.TOLD,
    Audience.CLIENT: Evidence.SPENT,
    Audience.NOBODY: Evidence.KEPT,
}


def test_the_table_has_a_cell_for_everything():
    assert set(TABLE) == set(itertools.product(Kind, (S, C)))


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize(("kind", "mode"), TABLE, ids=str)
def test_each_cell_is_as_written(kind, mode, audience):
    answer, evidence, session = TABLE[kind, mode]
    if evidence == "by who sees it":
        evidence = SEEN_BY[audience]
    assert treat(Target(kind, audience), mode) == (answer, evidence, session)


@pytest.mark.parametrize("audience", [Audience.CALL, Audience.CLIENT, Audience.NOBODY])
@pytest.mark.parametrize("mode", [S, C])
@pytest.mark.parametrize("kind", [Kind.PAGE, Kind.CHANGE])
def test_call_that_the_end_no_longer_concerns_is_a_visitors(kind, mode, audience):
    """It was told before, or has credentials of its own."""
    treatment = treat(Target(kind, audience, is_visitors=True), mode)
    assert treatment == (Answer.APP, Evidence.KEPT, SessionChange.CLEARED)


@pytest.mark.parametrize("kind", Kind)
def test_in_report_mode_everything_goes_on(kind):
    assert treat(Target(kind), "report") == (Answer.APP, Evidence.LEFT, SessionChange.NONE)


# --- as a request: facts in, and what becomes of them


class Site:
    """A request to an app with a session, as an adapter would pass it on."""

    watches = knows_logouts = False
    knows_files = True

    def __init__(self, target: str, holding: Holding, seen: bool = True) -> None:
        self.target, self.holding, self.effects = target, holding, []
        method = {"change": "POST", "login form": "POST", "options": "OPTIONS"}.get(target, "GET")
        self.environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": "/"}
        if not seen:
            self.environ["HTTP_SESSION440_PASSIVE"] = "?1"
        self.native = None

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path_info(self) -> str:
        return self.path()

    @property
    def cookies(self) -> str | None:
        return self.environ.get("HTTP_COOKIE")

    def read(self, *given: Any) -> Any:
        return b"" if len(given) == 1 else self.holding  # a body's chunk, or the session

    def path(self) -> str:
        return str(self.environ["PATH_INFO"])

    def host(self) -> str:
        return "site.example"

    def place(self) -> Place:
        return Place(self.path(), self.host(), "/login", self.is_login_page(self.path()))

    def has_own_credentials(self) -> bool:
        return False

    def is_logout(self, location: str) -> bool:
        return False

    def is_secure(self) -> bool:
        return True

    def trusted_origins(self) -> tuple[()]:
        return ()

    def is_static(self) -> bool:
        return self.target == "static"

    def is_public(self, by_framework=True) -> bool:
        return self.target == "public"

    def is_passive(self) -> bool:
        return False

    def is_untouched(self) -> bool:
        return False

    def unusual_age(self, scope: Any) -> None:
        return None

    def is_login_page(self, location: str) -> bool:
        return location == "/login" or self.target in ("login", "login form")

    def is_carried(self) -> bool:
        return True

    def change(self, login: Ticket | None) -> Any:
        return None

    def judge_first(self, judging) -> bool:
        return True

    def cookie_name(self) -> None:
        return None

    def is_voided(self) -> bool:
        return False

    refuses_user = is_voided

    def refusal(self) -> None:
        return None

    def may_block(self) -> bool:
        return True

    def apply(self, effect: Any) -> None:
        self.effects.append(effect)

    def scope(self) -> Scope:
        return Scope()

    def deletions(self) -> tuple[()]:
        return ()

    def language(self) -> None:
        return None

    csrf_token = language

    def own_page(self, login_timeout: Callable[[], dict[str, Any]]) -> None:
        return None


class Run:
    """One request that has gone through."""

    def __init__(self, site, tickets, mode="strict", status=200, during=None, **options):
        self.events: list[Any] = []
        given = {"clock": lambda: NOW, "on_event": self.events.append, **options}
        settings = Settings(secret_key="k" * 40, enforcement=mode, **given)
        self.engine = Engine(settings, "login440")
        cookies = [f"login440={self.engine.signer.dumps(each)}" for each in tickets]
        if cookies:
            site.environ["HTTP_COOKIE"] = "; ".join(cookies)
        self.site = site
        self.exchange = Exchange(self.engine, site, site, site)
        self.visit = Visit(self.exchange)
        self.answer = process_request(self.exchange)
        self.sees = None
        if self.answer in (Answer.APP, Answer.CHALLENGE):
            self.sees = self.visit.subject
            if during is not None:
                during(self)
            if settle(self.exchange, status):
                self.answer = Answer.LOGIN_TIMEOUT
        if self.answer not in (Answer.APP, Answer.CHALLENGE):
            self.reply = reply(self.exchange)
            status = self.reply.status
        self.amendment = process_response(self.exchange, status, lambda name: None)

    @property
    def cookie(self) -> str:
        """What the response does to the ticket's cookie."""
        if not self.amendment.cookies:
            return "-"
        (cookie,) = self.amendment.cookies
        if not cookie.value:
            return "deleted"
        ticket = self.engine.signer.loads(cookie.value)
        return "evidence" if ticket.ended else "ticket"

    @property
    def told(self) -> list[tuple[Any, ...]]:
        return [(each.kind, each.cause and each.cause.value, each.enforced) for each in self.events]


ENDED_IDLE = [("ended", "idle", True)]
#: What an idle login's request is for: who answers, session, cookie, in strict mode; and in
#: challenge mode where that is another.
REQUESTS = {
    "page": ("440", [ClearSession()], "deleted"),
    "change": ("440", [ClearSession()], "deleted"),
    "public": ("app", [ClearSession()], "evidence"),
    "login": ("app", [ClearSession()], "deleted"),
    "login form": ("app", [ClearSession(keep_csrf=True)], "deleted"),
    "options": ("app", [HideSession()], "-"),
    "static": ("app", [HideSession()], "-"),
}
NAMES = {Answer.APP: "app", Answer.CHALLENGE: "app", Answer.LOGIN_TIMEOUT: "440"}


@pytest.mark.parametrize("target", REQUESTS)
def test_an_idle_login_meets_a_request_in_strict_mode(target):
    run = Run(Site(target, HELD), [IDLE])
    assert (NAMES[run.answer], run.site.effects, run.cookie) == REQUESTS[target]
    assert run.sees is None
    assert run.told == ([] if target in ("options", "static") else ENDED_IDLE)


@pytest.mark.parametrize("target", REQUESTS)
def test_an_idle_login_meets_a_request_in_challenge_mode(target):
    """A page runs as for a visitor; its refusal becomes the 440, and spends the evidence."""
    expected = REQUESTS[target]
    if target == "page":
        expected = ("app", [ClearSession()], "evidence")
    run = Run(Site(target, HELD), [IDLE], "challenge")
    assert (NAMES[run.answer], run.site.effects, run.cookie) == expected
    assert run.sees is None
    refused = Run(Site(target, HELD), [IDLE], "challenge", status=401)
    assert refused.cookie == ("deleted" if target == "page" else expected[2])
    assert NAMES[refused.answer] == ("440" if target == "page" else expected[0])


@pytest.mark.parametrize("target", REQUESTS)
def test_a_request_that_no_person_sees_keeps_the_message(target):
    """Except a login page, which spends it whoever asks."""
    answer, session, cookie = REQUESTS[target]
    run = Run(Site(target, HELD, seen=False), [IDLE])
    kept = "evidence" if target in ("page", "change") else cookie
    assert (NAMES[run.answer], run.site.effects, run.cookie) == (answer, session, kept)


@pytest.mark.parametrize("target", REQUESTS)
def test_in_report_mode_an_end_is_reported_once_and_a_new_login_begins(target):
    run = Run(Site(target, HELD), [IDLE], "report")
    assert run.sees == (None if target in ("options", "static") else "alice")
    if target in ("options", "static"):
        assert (run.site.effects, run.cookie, run.told) == ([], "-", [])
        return
    assert [type(each) for each in run.site.effects] == [Bind]
    assert run.cookie == "ticket"
    assert run.told == [("ended", "idle", False), ("started", None, True)]


@pytest.mark.parametrize("target", REQUESTS)
def test_no_mode_reports_evidence_again(target):
    """The end was reported before: the answer says it, and no event is sent."""
    for mode in ("strict", "challenge", "report"):
        run = Run(Site(target, NOBODY), [EVIDENCE], mode)
        assert run.told == []
        assert run.sees is None
    if target not in ("options", "static"):
        assert run.cookie == "deleted"  # in report mode there is nothing to wait for


@pytest.mark.parametrize("target", REQUESTS)
def test_a_login_that_lives_goes_on(target):
    for mode in ("strict", "challenge", "report"):
        run = Run(Site(target, HELD), [LIVE], mode)
        assert (run.answer, run.sees, run.cookie) == (Answer.APP, "alice", "-")
        assert (run.site.effects, run.told) == ([], [])


@pytest.mark.parametrize("target", REQUESTS)
def test_a_login_without_its_ticket_gets_it_again_but_not_by_an_untouched_request(target):
    held = Holding("alice", LIVE._replace(issued_at=NOW - 10).binding.as_list(), empty=False)
    run = Run(Site(target, held), [])
    assert run.sees == "alice"
    assert run.cookie == ("-" if target in ("options", "static") else "ticket")


@pytest.mark.parametrize("target", REQUESTS)
def test_a_login_that_began_without_a_ticket_is_adopted_but_not_by_an_untouched_request(target):
    run = Run(Site(target, Holding("alice", empty=False)), [])
    if target in ("options", "static"):
        assert (run.sees, run.cookie, run.site.effects) == (None, "-", [])
    else:
        assert (run.sees, run.cookie) == ("alice", "ticket")


@pytest.mark.parametrize("target", REQUESTS)
def test_a_forgotten_ticket_is_deleted_but_not_by_an_untouched_request(target):
    run = Run(Site(target, Holding(empty=False)), [LIVE])
    assert run.cookie == ("-" if target in ("options", "static") else "deleted")


@pytest.mark.parametrize("target", REQUESTS)
def test_a_lost_login_is_reported_and_not_closed_in_the_store(target):
    run = Run(Site(target, NOBODY), [LIVE], store="memory:")
    if target not in ("options", "static"):
        assert run.told == [("ended", "lost", True)]
    assert run.engine.store.find("x" * 32) is None
    assert run.engine.logins("alice") == []


class Out:
    """A store that is out."""

    def __getattr__(self, name):
        from session440.exceptions import StoreError

        def fail(*given):
            raise StoreError("out")

        return fail


@pytest.mark.parametrize("target", REQUESTS)
def test_nobody_goes_on_while_a_refusing_store_is_out(target):
    """OPTIONS and static files pass, and show nobody."""
    run = Run(Site(target, HELD), [], store=Out(), store_failure="refuse")
    if target in ("options", "static"):
        assert (run.answer, run.sees, run.site.effects) == (Answer.APP, None, [HideSession()])
    else:
        assert (run.answer, run.reply.status) == (Answer.UNAVAILABLE, 503)
    assert (run.cookie, run.told) == ("-", [("store_down", None, True)])


# --- what the app does, in each state

STATES = {
    "nobody": (NOBODY, []),
    "active": (HELD, [LIVE]),
    "ended, public page": (HELD, [IDLE]),
    "evidence": (NOBODY, [EVIDENCE]),
    "adopted": (Holding("alice", empty=False), []),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("target", ["public", "static", "options"])
def test_a_login_replaces_any_state(state, target):
    run = Run(
        Site(target, STATES[state][0]), STATES[state][1], during=lambda r: r.visit.login("bob")
    )
    assert (run.visit.subject, run.cookie) == ("bob", "ticket")
    assert isinstance(run.site.effects[-1], Bind)
    assert run.told[-1][:2] == ("started", None)


@pytest.mark.parametrize("state", STATES)
def test_a_logout_leaves_nobody_and_no_ticket(state):
    holding, tickets = STATES[state]
    run = Run(Site("public", holding), tickets, during=lambda r: r.visit.logout())
    assert run.visit.subject is None
    assert run.site.effects[-1] == ClearSession(is_logout=True)
    was_in = state in ("active", "adopted")
    logouts = [each for each in run.events if each.reason == "logout"]
    assert len(logouts) == was_in
    assert run.cookie != "ticket"


@pytest.mark.parametrize("seen", [True, False], ids=["seen", "unseen"])
@pytest.mark.parametrize("state", STATES)
def test_a_login_timeout_is_answered_440_and_ends_what_lasted(state, seen):
    holding, tickets = STATES[state]
    site = Site("public", holding, seen)
    answers = []

    def expire(run):
        answers.append(process_exception(run.exchange, LoginTimeout("credential")))

    run = Run(site, tickets, during=expire)
    assert answers[0].status == 440
    assert run.visit.subject is None
    lasted = state in ("active", "adopted")
    assert run.visit.cause is (Cause.IDLE if tickets and not lasted else Cause.CREDENTIAL)
    assert (ClearSession() in site.effects) == (lasted or state.startswith(("ended", "evidence")))
    if tickets and seen:
        assert run.cookie == "deleted"
    if lasted and not seen:
        assert run.cookie == "evidence"


def test_what_the_app_did_is_read_from_its_session():
    """It is compared with what the session held before."""
    assert change_in(Holding("alice", [1]), LIVE) is None
    assert change_in(Holding("bob", [1]), LIVE) == ("bob",)
    assert change_in(Holding("alice"), LIVE) == ("alice",)
    assert change_in(Holding(None, [1]), LIVE) == (True,)
    assert change_in(Holding(), LIVE) == (False,)
    assert Unbind() == ()


# --- the endpoints

ENDPOINTS = {
    # name, method: the answer to a login that is active, idle, nobody's; its cookie
    ("status", "GET"): ((200, "-"), (200, "-"), (200, "-")),
    ("extend", "POST"): ((200, "ticket"), (440, "evidence"), (200, "-")),
    ("logout", "POST"): ((200, "deleted"), (200, "deleted"), (200, "-")),
    ("auth", "GET"): ((204, "-"), (401, "-"), (401, "-")),
    ("sample", "GET"): ((440, "-"), (440, "-"), (440, "-")),
    ("client.js", "GET"): ((200, "-"), (200, "-"), (200, "-")),
    ("dialogs.js", "GET"): ((200, "-"), (200, "-"), (200, "-")),
    ("live.js", "GET"): ((200, "-"), (200, "-"), (200, "-")),
    ("status", "POST"): ((405, "-"), (405, "-"), (405, "-")),
    ("extend", "GET"): ((405, "-"), (405, "-"), (405, "-")),
}


@pytest.mark.parametrize(("name", "method"), ENDPOINTS, ids=str)
def test_each_endpoint_answers_each_state(name, method):
    states = [(HELD, [LIVE]), (HELD, [IDLE]), (NOBODY, [])]
    for (holding, tickets), expected in zip(states, ENDPOINTS[name, method], strict=True):
        site = Site("page", holding)
        site.environ |= {
            "REQUEST_METHOD": method,
            "PATH_INFO": f"/session440/{name}",
            "HTTP_SEC_FETCH_SITE": "same-origin",
        }
        run = Run(site, tickets)
        assert run.answer is Answer.ENDPOINT
        assert (run.reply.status, run.cookie) == expected, (name, tickets)


@pytest.mark.parametrize("name", ["extend", "logout"])
def test_another_site_changes_nothing(name):
    site = Site("page", HELD)
    site.environ |= {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/session440/{name}",
        "HTTP_SEC_FETCH_SITE": "cross-site",
    }
    run = Run(site, [LIVE])
    assert (run.reply.status, run.cookie, run.told, site.effects) == (403, "-", [], [])
