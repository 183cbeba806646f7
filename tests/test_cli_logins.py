"""``session440 logins``: lists, revokes and forgets logins, in real stores and of real apps."""

from __future__ import annotations

import json

import pytest
from clock import START
from listed_app import APP, Browser, listed, options, process, record, run
from redis_servers import redis_server

from session440 import Cause
from session440.cli.printing import escaped
from session440.stores import open_store, stored_id


@pytest.fixture(autouse=True)
def _fresh_options(clock):
    options.clear()
    options["clock"] = clock
    yield
    options.clear()


@pytest.fixture(params=["sqlite", "redis"])
def url(request, tmp_path):
    """An empty store, on disk or on a server."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'logins.db'}"
        open_store(url).find("")  # makes it
        return url
    server = request.getfixturevalue("launch")(redis_server)
    server.command("FLUSHALL")
    return server.url


# --- listed


def test_a_login_of_a_real_app_is_listed(url, clock):
    options.update(store=url, idle_timeout=1200)
    browser = Browser()
    clock.advance(100)
    browser.visit()
    (login,) = listed(*APP, "list", "alice")
    assert login == {
        "id": stored_id(browser.ticket.id),
        "subject": "alice",
        "state": "live",
        "issued_at": "2027-01-15T08:00:00+00:00",
        "seen_at": "2027-01-15T08:01:40+00:00",
        "ends_at": "2027-01-15T08:21:40+00:00",
        "policy": "default",
        "node": browser.ticket.node,
    }
    assert listed(*APP, "list", "bob") == []


def test_a_list_is_a_table(url):
    options.update(store=url)
    browser = Browser()
    headings, row = [line.split("\t") for line in run(*APP, "list", "alice").stdout.splitlines()]
    assert headings[:3] == ["id", "subject", "state"]
    assert row[:3] == [stored_id(browser.ticket.id), "alice", "live"]


def test_what_has_timed_out_by_the_apps_policy_is_not_listed(url, clock):
    options.update(store=url, idle_timeout=600)
    Browser()
    clock.advance(599)
    assert len(listed(*APP, "list", "alice")) == 1
    clock.advance(1)
    assert run(*APP, "list", "alice").stdout == "There are no logins.\n"
    (over,) = listed(*APP, "list", "--all")
    assert (over["state"], over["ends_at"]) == ("idle", "2027-01-15T08:10:00+00:00")


def test_by_a_url_alone_nobody_can_tell_what_has_timed_out(url):
    """The policies are the app's: a login that may go on is listed, as not ended."""
    open_store(url).insert(record("quiet", seen_at=START - 1e6))
    (login,) = listed("--store", url, "list", "alice")
    assert (login["state"], login["ends_at"]) == ("not ended", None)


def test_by_a_url_alone_what_no_policy_keeps_is_over(tmp_path):
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    open_store(url).insert(record("old", keep_until=1000.0))
    assert listed("--store", url, "list", "alice") == []
    assert listed("--store", url, "list", "--all")[0]["state"] == "over"


def test_all_puts_what_goes_on_first_and_then_what_ended_last(url, clock):
    options.update(store=url)
    store = open_store(url)
    for number, name in enumerate(["early", "late", "out", "away", "new"]):
        store.insert(record(name, name, seen_at=START + number, issued_at=START))
    store.end(stored_id("early"), Cause.REVOKED, START + 10)
    store.end(stored_id("late"), Cause.DISPLACED, START + 30)
    store.end(stored_id("out"), None, START + 20)
    clock.advance(5)
    found = [(each["subject"], each["state"]) for each in listed(*APP, "list", "--all")]
    assert found == [
        ("new", "live"),
        ("away", "live"),
        ("late", "displaced"),
        ("out", "logged out"),
        ("early", "revoked"),
    ]


def test_all_is_limited_and_says_what_it_leaves_out(url):
    store = open_store(url)
    for number in range(7):
        store.insert(record(f"login {number}", f"person {number}", seen_at=START + number))
    result = run("--store", url, "list", "--all", "--limit", "3")
    assert [line.split("\t")[1] for line in result.stdout.splitlines()[1:]] == [
        "person 6",
        "person 5",
        "person 4",
    ]
    assert result.stderr == "4 more are left out; see --limit.\n"
    told = json.loads(run("--store", url, "list", "--all", "--limit", "3", "--json").stdout)
    assert (len(told["logins"]), told["left_out"]) == (3, 4)
    assert run("--store", url, "list", "--all").stderr == ""


def test_a_subject_gives_a_terminal_no_orders(tmp_path):
    """Whoever registers under such a name must not write on an administrator's screen."""
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    evil = "\x1b]0;owned\x07\x1b[2Jeve\r\nroot\t\u202emoc\x9b31m\\"
    open_store(url).insert(record("one", evil, node="\x1b[31mnode", policy="\x1b[1mpolicy"))
    for output in (
        run("--store", url, "list", "--all").output,
        run("--store", url, "revoke", stored_id("one"), input="n\n", code=1).output,
    ):
        assert not [each for each in output if not (each.isprintable() or each in "\n\t")]
        assert r"\x1b]0;owned\x07\x1b[2Jeve\r\nroot\t\u202emoc\x9b31m\\" in output
    assert "\x1b" not in run("--store", url, "list", evil).stdout


@pytest.mark.parametrize("name", ["alice", "Zoë", "山田", "O'Hara", "a b", "[red]x[/red]"])
def test_a_name_that_is_plain_is_shown_as_it_is(name):
    assert escaped(name) == name


def test_a_name_that_the_terminal_has_no_letters_for_is_no_error(tmp_path):
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    open_store(url).insert(record("one", "山田"))
    done = process("--store", url, "list", "--all", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u5c71\u7530" in done.stdout


def test_a_record_with_times_that_are_none_is_listed(tmp_path):
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    open_store(url).insert(record("one", issued_at=1e300, seen_at=-1e300))
    (login,) = listed("--store", url, "list", "--all")
    assert (login["issued_at"], login["seen_at"]) == ("1e+300", "-1e+300")


@pytest.mark.parametrize("args", [["list"], ["list", "--all", "alice"], ["list", "--limit", "0"]])
def test_list_wants_one_subject_or_all(url, args):
    run("--store", url, *args, code=2)


def test_the_options_come_from_help_without_a_store():
    for args in ([], ["list"], ["revoke"], ["purge"]):
        assert "Usage:" in run(*args, "--help").output


# --- revoked


def test_a_login_that_was_revoked_is_answered_440_at_its_next_request(url):
    options.update(store=url)
    alice, bob = Browser("alice"), Browser("bob")
    assert alice.visit().status == "200 OK"
    (login,) = listed(*APP, "list", "alice")
    result = run(*APP, "revoke", login["id"], "--yes")
    assert result.output == f"{login['id']}: revoked\n"
    answer = alice.visit()
    assert answer.status == "440 Login Timeout"
    assert answer.header("Session440-Cause") == "revoked"
    assert bob.visit().status == "200 OK"
    assert listed(*APP, "list", "alice") == []


def test_a_login_is_revoked_by_its_url_alone(url):
    options.update(store=url)
    browser = Browser()
    (login,) = listed("--store", url, "list", "alice")
    run("--store", url, "revoke", login["id"], "--yes")
    assert browser.visit().header("Session440-Cause") == "revoked"


def test_by_a_url_alone_a_login_is_live_whatever_other_policies_would_say(url, clock):
    """The app lets people be idle for twelve hours; the default policy would not."""
    clock.now = 1_700_000_000.0
    options.update(store=url, idle_timeout="12h", absolute_timeout="10000d")
    browser = Browser()
    (login,) = listed("--store", url, "list", "alice")
    assert run("--store", url, "revoke", login["id"], "--yes").exit_code == 0
    assert browser.visit().header("Session440-Cause") == "revoked"


def test_a_login_is_revoked_by_its_tickets_id_too_which_is_not_shown(url):
    options.update(store=url)
    browser = Browser()
    id = browser.ticket.id
    result = run(*APP, "revoke", "--yes", "--", id)
    assert id not in result.output
    assert browser.visit().status == "440 Login Timeout"


def test_all_of_a_subjects_logins_are_revoked(url):
    options.update(store=url)
    first, second, bob = Browser(), Browser(), Browser("bob")
    result = run(*APP, "revoke", "--subject", "alice", "--yes", "--json")
    ids = [stored_id(each.ticket.id) for each in (first, second)]
    assert json.loads(result.stdout) == {"revoked": ids, "not_live": []}
    assert [each.visit().status[:3] for each in (first, second, bob)] == ["440", "440", "200"]
    again = run(*APP, "revoke", "--subject", "alice", "--yes")
    assert again.output == "There was nothing to revoke.\n"


def test_one_that_was_not_live_is_told_and_fails(url):
    options.update(store=url)
    browser = Browser()
    id = stored_id(browser.ticket.id)
    unknown = stored_id("never heard of")
    result = run(*APP, "revoke", id, unknown, id, "--yes", code=1)
    assert result.output == f"{id}: revoked\n{unknown}: was not live\n"
    told = run(*APP, "revoke", id, "--yes", "--json", code=1)
    assert json.loads(told.stdout) == {"revoked": [], "not_live": [id]}


def test_one_that_timed_out_was_not_live_and_is_ended_all_the_same(url, clock):
    """It may have been used while the store was out, which would not know."""
    options.update(store=url, idle_timeout=600)
    id = stored_id(Browser().ticket.id)
    clock.advance(600)
    run(*APP, "revoke", id, "--yes", code=1)
    assert open_store(url).find(id).cause is Cause.REVOKED


@pytest.mark.parametrize("by", ["id", "subject"])
def test_it_asks_first(url, by):
    options.update(store=url)
    browser = Browser()
    id = stored_id(browser.ticket.id)
    which = [id] if by == "id" else ["--subject", "alice"]
    for answer in ("n\n", "\n", ""):
        result = run(*APP, "revoke", *which, input=answer, code=1)
        assert id in result.output
        assert "Revoke them? [y/N]" in result.output
        assert browser.visit().status == "200 OK"
    run(*APP, "revoke", *which, input="y\n")
    assert browser.visit().status == "440 Login Timeout"


@pytest.mark.parametrize("args", [[], ["an-id", "--subject", "alice", "--yes"], ["id", "--json"]])
def test_revoke_wants_ids_or_a_subject_and_asks_no_machine(url, args):
    run("--store", url, "revoke", *args, code=2)


def test_in_report_mode_it_says_that_nothing_ends(url):
    options.update(store=url, enforcement="report")
    browser = Browser()
    result = run(*APP, "revoke", "--subject", "alice", "--yes")
    assert "enforcement is 'report'" in result.stderr
    assert browser.visit().status == "200 OK"


def test_everybody_is_revoked_after_it_has_asked(url):
    options.update(store=url)
    people = [Browser("alice"), Browser("alice"), Browser("bob")]
    result = run(*APP, "revoke", "--everybody", input="n\n", code=1)
    assert "Revoke all logins of all people? [y/N]" in result.output
    assert [each.visit().status for each in people] == ["200 OK"] * 3
    assert run(*APP, "revoke", "--everybody", input="y\n").output.endswith("3 revoked\n")
    for each in people:
        assert each.visit().status == "440 Login Timeout"
    options["clock"].advance(1)
    assert Browser("alice").visit().status == "200 OK"


def test_everybody_is_revoked_by_a_url_alone_and_a_machine_is_told_how_many(url):
    options.update(store=url)
    browser = Browser()
    done = run("--store", url, "revoke", "--everybody", "--yes", "--json").stdout
    assert json.loads(done) == {"revoked_count": 1}
    assert browser.visit().status == "440 Login Timeout"


@pytest.mark.parametrize(
    "args", [["an-id", "--everybody", "--yes"], ["--subject", "alice", "--everybody", "--yes"]]
)
def test_everybody_is_not_named_twice(url, args):
    run("--store", url, "revoke", *args, code=2)


def test_in_report_mode_everybody_goes_on_and_that_is_said(url):
    options.update(store=url, enforcement="report")
    browser = Browser()
    assert "enforcement is 'report'" in run(*APP, "revoke", "--everybody", "--yes").stderr
    assert browser.visit().status == "200 OK"


def test_without_a_store_it_says_which_option_ends_everybodys_logins():
    """With the present moment in it, for each kind of app."""
    said = run(*APP, "revoke", "--everybody", "--yes", code=1).output
    moment = 'datetime.fromisoformat("2027-01-15T08:00:00.000+00:00")'
    assert "option valid_from" in said
    assert f'app.config["SESSION440_VALID_FROM"] = {moment}' in said
    assert f'SESSION440 = {{"VALID_FROM": {moment}}}' in said
    assert f"Session440Middleware(app, valid_from={moment})" in said


# --- forgotten


def test_purge_forgets_what_is_over(clock, tmp_path):
    options.update(store=f"sqlite:///{tmp_path / 'logins.db'}")
    Browser()
    assert run(*APP, "purge").output == "0 forgotten\n"
    clock.advance(200_000)
    assert run(*APP, "purge").output == "1 forgotten\n"
    assert json.loads(run(*APP, "purge", "--json").stdout) == {"forgotten": 0}
    assert listed(*APP, "list", "--all") == []


def test_purge_goes_on_until_nothing_is_over(tmp_path):
    url = f"sqlite:///{tmp_path / 'logins.db'}"
    store = open_store(url)
    for number in range(1005):
        store.insert(record(f"login {number}", keep_until=1000.0))
    assert run("--store", url, "purge").output == "1005 forgotten\n"
