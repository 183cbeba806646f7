"""What a site calls a login: kept with it in each store, and shown to its person alone."""

from __future__ import annotations

import re
from pathlib import Path

import flask
import pytest
from backends import BACKENDS
from django.test import RequestFactory
from login_lists import LOGINS, listed, other_ids, press, rows
from named_sites import NAMED
from sites import Site, WsgiSite
from spying import SpyStore

from session440 import ConfigurationError
from session440.core.record import Record
from session440.core.ticket import Ticket
from session440.registry.labels import LONGEST, keep_label, labels_of, plain

named = pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)


def agent(request) -> str | None:
    """What a site may use: the browser's name, as each framework gives it."""
    environ = request if isinstance(request, dict) else request.META if django(request) else None
    return (environ or request.environ).get("HTTP_USER_AGENT")


def django(request) -> bool:
    return hasattr(request, "META")


def log_in(site: Site, user_agent: str | None, name: str = "alice"):
    browser = site.browser()
    headers = {} if user_agent is None else {"User-Agent": user_agent}
    assert browser.post("/login", {"username": name}, **headers).status == 302
    browser.navigate("/")
    return browser


@pytest.fixture(params=["memory", "sqlite", "redis", "django"])
def kept_in(request, launch):
    """A client of a store, on a real server."""
    backend = launch(BACKENDS[request.param])
    backend.empty()
    return backend.open()


@named
def test_each_store_keeps_a_label_and_only_its_person_sees_it(open_site, kind, kept_in):
    site = open_site(kind, store=kept_in, label=agent)
    first, second = log_in(site, "Firefox on Debian"), log_in(site, "A phone")
    bob = log_in(site, "Bob's tablet", "bob")
    assert [each["label"] for each in listed(second)] == ["A phone", "Firefox on Debian"]
    assert "<span>This one</span> <bdi>A phone</bdi>" in rows(second.navigate(LOGINS))[0]
    assert [each["label"] for each in listed(bob)] == ["Bob's tablet"]
    assert "phone" not in bob.navigate(LOGINS).text
    press(second, other_ids(second)[0])
    assert [each["label"] for each in listed(second)] == ["A phone"]
    assert first.navigate("/")["Session440-Cause"] == "revoked"


@named
def test_without_the_option_nothing_is_kept_or_asked(open_site, kind):
    spy = SpyStore()
    site = open_site(kind, store=spy)
    b = log_in(site, "Firefox")
    assert "label" not in listed(b)[0]
    assert not {"note", "notes"} & {*spy.taken()}


@named
def test_a_client_without_a_name_has_a_login_without_a_label(open_site, kind):
    site = open_site(kind, store="memory:", label=agent)
    assert "label" not in listed(log_in(site, None))[0]


@named
@pytest.mark.parametrize("store", [SpyStore(can_note=False), None], ids=["without notes", "none"])
def test_a_site_whose_store_can_keep_no_label_does_not_start(open_site, kind, store):
    with pytest.raises(ConfigurationError, match="label needs a store"):
        open_site(kind, store=store, label=agent).browser().get("/login")


def test_a_label_is_text_on_the_page_and_not_html(open_site):
    site = open_site(WsgiSite, store="memory:", label=agent)
    page = log_in(site, "<script>alert(1)</script>\"'&").navigate(LOGINS).text
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;</bdi>" in page
    assert page.count("<script") == 1, "ours"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Firefox", "Firefox"),
        ("  a \t b \r\n c  ", "a b c"),
        ("x" * 100, "x" * LONGEST),
        ("x" * 63 + " y", "x" * 63),
        ("a\x00b\x7fc\x85d", "a b c d"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("\u061ca", "a"),
        ("half \ud800 a pair", "half a pair"),
        ("日本語 العربية", "日本語 العربية"),
        ("\n\t ", ""),
        ("", ""),
        (None, ""),
        (7, "7"),
    ],
)
def test_a_label_is_one_line_of_plain_text(given, kept):
    assert plain(given) == kept


def test_the_labels_of_two_hundred_logins_cost_one_query(open_site, clock):
    spy = SpyStore()
    site = open_site(WsgiSite, store=spy, label=agent)
    logins = site.engine.shared
    for n in range(200):
        ticket = Ticket(f"{n:022}", "alice", clock(), clock(), "default")
        spy.behind.insert(Record.of(ticket, clock() + 1e6))
        keep_label(logins, ticket, f"browser {n}", clock())
    b = log_in(site, "mine")
    spy.taken()
    assert b.navigate(LOGINS).text.count("<bdi>browser ") == 200
    assert spy.taken() == ["find", "by_subject", "notes"]


def test_a_label_is_kept_as_long_as_its_login_may_last(open_site, clock):
    site = open_site(WsgiSite, store="memory:", label=agent)
    b = log_in(site, "mine")
    for _ in range(28_800 // 1000):
        clock.advance(1000)
        b.navigate("/")
    assert listed(b)[0]["label"] == "mine"
    clock.advance(28_800 + 2 * 86_400)
    assert labels_of(site.engine.shared, "alice", clock()) == {}


def test_the_first_label_of_a_login_stays(open_site, clock):
    site = open_site(WsgiSite, store="memory:", label=agent)
    b = log_in(site, "first")
    ticket = site.engine.signer.loads(b.cookies[site.ticket])
    keep_label(site.engine.shared, ticket, "second", clock())
    assert listed(b)[0]["label"] == "first"


RECIPES = re.findall(
    r"```python\n(.*?)```",
    (Path(__file__).parent.parent / "docs/stores.md").read_text().partition("### Labels")[2],
    re.DOTALL,
)
GECKO, MOBILE = "(KHTML, like Gecko)", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"
CHROME = f"AppleWebKit/537.36 {GECKO} Chrome/140.0.0.0"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"


@pytest.mark.parametrize(
    ("user_agent", "called"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
            "Firefox on Linux",
        ),
        (f"{WINDOWS} {CHROME} Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} {CHROME} Safari/537.36 OPR/121.0", "Opera on Windows"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541) {CHROME} Safari/537.36", "Chrome on ChromeOS"),
        (f"{MOBILE} AppleWebKit/605.1 {GECKO} Version/18.0 Safari/604.1", "Safari on iPhone"),
        (f"{MOBILE} AppleWebKit/605.1 {GECKO} FxiOS/143.0 Safari/605.1", "Firefox on iPhone"),
        (f"{MOBILE} AppleWebKit/605.1 {GECKO} CriOS/140.0 Safari/604.1", "Chrome on iPhone"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Firefox/143.0",
            "Firefox on a Mac",
        ),
        ("curl/8.14.1", ""),
        ("", ""),
    ],
)
def test_the_recipe_names_a_browser_and_its_system(user_agent, called):
    """As docs/stores.md has it, in Flask and Django."""
    app = flask.Flask("named")
    names = {"app": app}
    exec(RECIPES[0], names)
    headers = {"User-Agent": user_agent}
    with app.test_request_context(headers=headers):
        assert app.config["SESSION440_LABEL"](flask.request) == called
    exec(RECIPES[1], names)
    request = RequestFactory().get("/", headers=headers)
    assert names["SESSION440"]["LABEL"](request) == called
