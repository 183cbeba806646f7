"""What Prometheus is told: scraped as it scrapes, and read by its own parser."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from itertools import count, pairwise

import pytest
from browser import Browser
from calling import Call
from clock import FakeClock
from prometheus_client import CollectorRegistry, generate_latest, make_wsgi_app
from redis_servers import redis_server
from scrapes import Scrape, counted_wsgi_app
from serving import serve
from sites import OPTIONS, SECRET, DjangoSite, FlaskSite, TicketApp, WsgiSite, flask_app
from spying import METHODS, SpyStore
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from session440 import Cause, ConfigurationError, Policy, Ticket
from session440.exceptions import StoreError
from session440.metrics import Metrics
from session440.registry.circuit_breaker import CircuitBreaker
from session440.stores import stored_id
from session440.wsgi import Session440Middleware

ALL = [WsgiSite, FlaskSite, DjangoSite]


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def metrics(registry):
    return Metrics(registry)


@pytest.fixture
def scrape(registry):
    return lambda: Scrape(generate_latest(registry).decode())


@pytest.fixture(params=ALL, ids=lambda kind: kind.name)
def site(request, open_site, metrics):
    site = open_site(request.param, renew_interval=60)
    metrics.watch(site.engine)
    return site


@pytest.fixture
def app_of(clock, metrics):
    """Build a WSGI app whose logins are counted: ``app_of(**options)``."""
    return partial(counted_wsgi_app, clock, metrics)


# --- logins


def test_a_logins_life_is_counted(site, scrape):
    browser = site.logged_in()
    site.clock.advance(60)
    browser.navigate("/")
    browser.post("/logout")
    site.log_in(browser)
    site.clock.advance(1200)
    assert browser.navigate("/").status == 440
    now = scrape()
    assert now("logins_started", policy="default", reason="login") == 2
    assert now("logins_renewed", policy="default") == 1
    assert now("logins_ended", policy="default", cause="logout") == 1
    assert now("logins_ended", policy="default", cause="idle") == 1
    assert now("logins_ended") == 2
    assert now("logins_would_end") is None
    assert now("logins_revoked") == 0


def test_what_has_not_happened_yet_is_zero(site, scrape):
    """An alert on ``increase()`` sees nothing of a counter that begins with one."""
    now = scrape()
    for cause in [*(each.value for each in Cause), "logout"]:
        assert now("logins_ended", policy="default", cause=cause) == 0
    for reason in ("not authentic", "clock"):
        assert now("tickets_refused", reason=reason) == 0
    assert now("logins_started") == now("logins_renewed") == now("logins_active_seconds") == 0


def test_each_cause_is_counted_as_itself(app_of, scrape, clock):
    app = app_of(store="memory:", max_logins=1)
    cookies = Call(app, "/callback").cookies()
    Call(app, "/expire", cookies).body()
    cookies = Call(app, "/callback").cookies()
    Call(app, "/callback")  # displaces the one before
    assert Call(app, "/plain", cookies).status.startswith("440")
    app.engine.revoke_all("alice")
    now = scrape()
    assert now("logins_ended", cause="credential") == 1
    assert now("logins_ended", cause="displaced") == 1
    assert now("logins_revoked") == 1
    assert now("logins_ended", cause="revoked") == 0, "its person has not met it yet"


def test_report_mode_counts_apart_what_would_end(open_site, metrics, scrape):
    site = open_site(FlaskSite, enforcement="report")
    metrics.watch(site.engine)
    browser = site.logged_in()
    site.clock.advance(1200)
    assert browser.navigate("/").status == 200
    now = scrape()
    assert now("logins_would_end", cause="idle") == 1
    assert now("logins_ended") is None
    assert now("logins_started", reason="report") == 1, "so that it is told once"
    assert now("logins_started", reason="login") == 1


def test_policies_are_told_apart_and_forgotten_ones_are_unknown(app_of, scrape, clock):
    """A ticket may name a policy that was removed since; its name is nobody's label."""
    policies = {"kiosk": Policy(idle_timeout=300)}
    app = app_of(policies=policies, choose_policy=lambda environ, subject: "kiosk")
    cookies = Call(app, "/callback").cookies()
    assert scrape()("logins_started", policy="kiosk") == 1
    later = app_of()
    clock.advance(1200)
    assert Call(later, "/plain", cookies).status.startswith("440")
    now = scrape()
    assert now("logins_ended", policy="unknown", cause="idle") == 1
    assert now("logins_ended", policy="kiosk") == 0


def test_tickets_that_are_not_authentic_are_counted(app_of, scrape, clock):
    app = app_of()
    cookies = Call(app, "/callback").cookies()
    Call(app, "/plain", {"login440": "forged"})
    Call(app, "/plain", {"login440": "forged again"})
    clock.advance(-3600)
    Call(app, "/plain", cookies)
    assert scrape()("tickets_refused", reason="not authentic") == 2
    assert scrape()("tickets_refused", reason="clock") == 1


def test_labels_have_bounds_whatever_an_event_says(app_of, scrape):
    app = app_of()
    for number in range(100):
        text = f"made up {number}"
        app.engine.teller.tell("refused", 0, reason=text)
        app.engine.teller.tell("started", 0, reason=text, policy=text, ticket_id=text)
    now = scrape()
    assert now("tickets_refused", reason="other") == 100
    assert now("logins_started", reason="other", policy="unknown") == 100
    assert "made up" not in now.text


# --- how many are in use


def rate(before: Scrape, after: Scrape, seconds: float) -> float:
    return (after("logins_active_seconds") - before("logins_active_seconds")) / seconds


def test_the_rate_of_active_seconds_is_how_many_logins_are_in_use(site, scrape):
    """Three people at work, one who has gone, and one who comes back now and then."""
    people = [site.logged_in() for _ in range(4)]
    before = scrape()
    for minute in range(20):
        site.clock.advance(60)
        for browser in people[: 4 if minute % 10 == 0 else 3]:
            browser.navigate("/")
    assert rate(before, scrape(), 1200) == pytest.approx(3 + 2 / 20)


def test_polling_is_no_use(site, scrape):
    browser = site.logged_in()
    before = scrape()
    for _ in range(10):
        site.clock.advance(60)
        browser.get("/poll")
    assert rate(before, scrape(), 600) == 0


def test_requests_made_at_once_count_once(site, scrape):
    """A page's parts all carry the ticket that is due, and each has it issued again."""
    browser = site.logged_in()
    before = scrape()
    site.clock.advance(60)
    for each in [browser.copy() for _ in range(6)]:
        each.navigate("/")
    after = scrape()
    assert after("logins_renewed") == 6
    assert rate(before, after, 60) == 1


def test_processes_can_be_added(clock):
    """A ticket is issued again once in an interval, by whichever process it meets."""
    registries = [CollectorRegistry() for _ in range(3)]
    apps = []
    for registry in registries:
        app = Session440Middleware(TicketApp(), secret_key=SECRET, clock=clock, **OPTIONS)
        Metrics(registry).watch(app.engine)
        apps.append(app)
    cookies = Call(apps[0], "/callback").cookies()
    for step in range(180):
        clock.advance(20)
        cookies |= Call(apps[step % 3], "/plain", cookies).cookies()
    total = sum(
        Scrape(generate_latest(each).decode())("logins_active_seconds") for each in registries
    )
    assert total == pytest.approx(3600 + 60)


# --- the store


@pytest.fixture(scope="module")
def redis(launch):
    """A server of this module's own, for it will be killed."""
    return launch(redis_server)


def test_the_stores_calls_are_timed(open_site, redis, metrics, scrape):
    site = open_site(FlaskSite, store=redis.url, renew_interval=60)
    metrics.watch(site.engine)
    site.engine._breaker._stopwatch = count().__next__  # each call takes a second by it
    browser = site.logged_in()
    site.clock.advance(60)
    browser.navigate("/")
    browser.navigate("/")
    browser.post("/logout")
    now = scrape()
    counts = {each: now("store_seconds_count", operation=each) for each in METHODS}
    assert counts == {
        "insert": 1,
        "generation": 1,
        "purge": 1,
        "touch": 1,
        "find": 2,
        "end": 1,
        "by_subject": None,
    }
    assert now("store_seconds_sum") == 7
    buckets = [
        each.value
        for each in now.samples
        if each.name == "session440_store_seconds_bucket" and each.labels["operation"] == "find"
    ]
    assert len(buckets) > 8
    assert all(lower <= higher for lower, higher in pairwise(buckets))
    assert now("store_failures") == 0
    assert now("store_up") == 1


def test_a_killed_store_shows(open_site, redis, metrics, scrape):
    site = open_site(WsgiSite, store=redis.url)
    metrics.watch(site.engine)
    browser = site.logged_in()
    redis.kill()
    try:
        assert browser.navigate("/").status == 200
        during = scrape()
        assert during("store_up") == 0
        assert during("store_failures", operation="find") >= 1
        assert during("store_seconds_count", operation="find") >= 1, "what one waits for in vain"
    finally:
        redis.start()
    assert browser.navigate("/").status == 200
    after = scrape()
    assert after("store_up") == 1
    assert after("store_failures") >= during("store_failures")


def test_logouts_that_the_store_will_never_learn_of_are_counted(app_of, scrape):
    store = SpyStore()
    app = app_of(store=store, store_debts=1)
    assert scrape()("store_debts_lost") == 0
    store.is_out = True
    for id in ("one", "two", "three"):
        app.engine.shared.owe(Ticket(id, "alice", 0, 0), None, 0)
        app.engine.shared.pay()
    assert scrape()("store_debts_lost") == 2


def test_a_site_without_a_store_shows_none(site, scrape):
    """A gauge that says 0 would wake somebody."""
    assert not [each for each in scrape().samples if "store" in each.name]


def test_a_store_of_ones_own_cannot_make_operations_up(app_of, scrape):
    app = app_of(store=SpyStore())  # whose methods are all called "call"
    Call(app, "/callback").body()
    now = scrape()
    assert {each.labels.get("operation") for each in now.samples} <= {*METHODS, "other", None}
    assert now("store_seconds_count", operation="other") > 0


def test_a_breaker_that_nobody_watches_does_no_more_than_before():
    looks = []

    def stopwatch():
        looks.append(None)
        return 7.0

    breaker = CircuitBreaker(lambda kind, reason: None, stopwatch)
    breaker.read(partial(str, 440))
    assert len(looks) == 1
    told = []
    breaker.add(lambda *call: told.append(call))
    assert breaker.read(partial(str, 440)) == "440"
    assert told == [("str", 0.0, False)]
    assert len(looks) == 3


def test_calls_are_timed_by_the_breakers_stopwatch():
    now, told = FakeClock(0), []

    def find(seconds, fails):
        now.advance(seconds)
        if fails:
            raise StoreError("it is out")

    breaker = CircuitBreaker(lambda kind, reason: None, now)
    breaker.add(lambda *call: told.append(call))
    breaker.read(partial(find, 0.25, False))
    with pytest.raises(StoreError):
        breaker.write(partial(find, 2.0, True))
    with pytest.raises(StoreError):
        breaker.write(partial(find, 2.0, True))
    assert told == [("find", 0.25, False), ("find", 2.0, True)], "a call that is not made is none"


def test_a_watcher_that_raises_breaks_nothing(app_of, scrape, caplog):
    app = app_of(store="memory:")
    app.engine.watch_store(lambda *call: 1 / 0)
    assert Call(app, "/callback").status == "302 FOUND"
    assert {each.name for each in caplog.records} == {"session440"}
    assert "ZeroDivisionError" in caplog.records[0].exc_text
    assert scrape()("store_up") == 1


# --- how it is set up, and what it never says


def test_no_metric_says_who_somebody_is(open_site, metrics, scrape):
    site = open_site(WsgiSite, store="memory:")
    metrics.watch(site.engine)
    browser = site.logged_in("alice@wonderland")
    ticket = site.engine.signer.loads(browser.cookies["login440"])
    browser.request("GET", "/", cookie="login440=forged-by-eve")
    site.clock.advance(1200)
    browser.navigate("/?q=secret-plan", User_Agent="Cheshire/1.0")
    text = scrape().text
    assert "session440_logins_ended_total" in text
    events = [each for each in site.events if each.subject]
    assert {each.subject for each in events} == {"alice@wonderland"}
    for secret in (
        *("alice", "wonderland", "forged", "secret-plan", "Cheshire", SECRET),
        *(ticket.id, stored_id(ticket.id), stored_id(ticket.id)[:8], site.engine.node),
        *(browser.cookies.values()),
    ):
        assert secret not in text


def test_an_engine_that_is_watched_twice_is_counted_once(app_of, metrics, scrape):
    app = app_of()
    metrics.watch(app.engine)
    Call(app, "/callback")
    assert scrape()("logins_started") == 1


def test_one_metrics_watches_many_apps(app_of, scrape):
    for app in (app_of(), app_of(store="memory:"), app_of(store="memory:")):
        Call(app, "/callback").body()
    assert scrape()("logins_started") == 3


def test_two_of_them_on_a_registry_are_refused_in_one_line(metrics, registry):
    with pytest.raises(ConfigurationError, match="make one Metrics") as raised:
        Metrics(registry)
    assert "\n" not in str(raised.value)


def test_the_registry_is_prometheus_clients_own_where_none_is_given():
    code = (
        "from session440.metrics import Metrics; from prometheus_client import generate_latest;"
        "Metrics(); print(generate_latest().decode())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "# TYPE session440_logins_ended_total counter" in done.stdout


def test_without_prometheus_client_one_is_told_what_to_install():
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "try: import session440.metrics\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "session440.metrics needs prometheus-client; install it, or 'session440[metrics]'"
    ]


def test_prometheus_scrapes_a_flask_app_over_http(metrics, registry):
    """By the endpoint that prometheus_client brings; to be scraped keeps nobody logged in."""
    clock = FakeClock()
    app = flask_app(clock, [])
    metrics.watch(app.extensions["session440"].engine)
    outside = DispatcherMiddleware(app, {"/metrics": make_wsgi_app(registry)})
    with serve(outside) as url:
        browser = Browser(url)
        browser.post("/login", {"username": "alice"})
        answer = browser.get("/metrics")
        assert answer["Content-Type"].startswith("text/plain")
        assert Scrape(answer.text)("logins_started") == 1


def test_events_without_a_login_are_no_trouble(metrics, app_of, scrape):
    """A session of which nothing can be believed names no ticket and perhaps no policy."""
    app = app_of()
    app.engine.teller.tell("ended", 0, cause=Cause.LOST)
    assert scrape()("logins_ended", cause="lost", policy="unknown") == 1
