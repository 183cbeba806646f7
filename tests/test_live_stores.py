"""Connections of one process and what others do to their logins: one question to the store."""

from __future__ import annotations

import pytest
from clock import START
from flask_apps import logged_in, make_app
from live_site import LiveSite, Still, Tab
from spying import SpyStore
from wsgi_apps import IDLE

from session440 import Cause
from session440.exceptions import StoreError
from session440.exchange import closing
from session440.flask import Session440, current_visit, passive
from session440.live import logins as live_logins
from session440.registry.successors import keep_successor
from session440.stores import MemoryStore

INTERVAL = 5


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch):
    monkeypatch.setattr(live_logins, "TIMER", Still())


@pytest.fixture
def store():
    return SpyStore(finds_many=True)


@pytest.fixture
def here(clock, store):
    return LiveSite(clock, store=store)


@pytest.fixture
def there(clock, store):
    """Another process of the site."""
    return LiveSite(clock, store=store)


def later(site, seconds=INTERVAL):
    site.clock.advance(seconds)
    site.tick()


# --- revocation


@pytest.mark.parametrize("name", ["here", "there"])
def test_a_revoked_login_ends_its_connections(here, there, request, name):
    """In the same process at once, from another one within the interval."""
    tab = Tab(here)
    login = tab.open()
    site = request.getfixturevalue(name)
    assert site.engine.revoke(login.ticket.id)
    assert login.ended.is_set() is (name == "here")
    later(here)
    assert login.cause is Cause.REVOKED


@pytest.mark.parametrize("name", ["here", "there"])
def test_everybodys_logins_are_revoked(here, there, clock, request, name):
    logins = [Tab(here).open(), Tab(here, "bob").open()]
    clock.advance(1)
    request.getfixturevalue(name).engine.revoke_everybody()
    after = Tab(here)
    clock.advance(1)
    kept = after.open()
    later(here)
    assert [each.cause for each in logins] == [Cause.REVOKED] * 2
    assert not kept.is_over


def test_all_others_of_a_person_are_revoked(here, there):
    tab = Tab(here)
    kept, other = tab.open(), Tab(here).open()
    there.engine.revoke_all("alice", keep=kept.ticket.id)
    later(here)
    assert not kept.is_over
    assert other.cause is Cause.REVOKED


@pytest.mark.parametrize("name", ["here", "there"])
def test_a_newer_login_displaces_it(clock, store, name):
    sites = {each: LiveSite(clock, store=store, max_logins=1) for each in ("here", "there")}
    login = Tab(sites["here"]).open()
    Tab(sites[name])
    later(sites["here"])
    assert login.cause is Cause.DISPLACED


def test_a_logout_in_another_process_ends_it(here, there):
    tab = Tab(here)
    login = tab.open()
    tab.at(there).get("/logout")
    later(here)
    assert (login.cause, login.reason) == (None, "logout")


@pytest.mark.parametrize("path", ["/logout", "/login/bob"])
def test_who_is_told_of_an_end_finds_it_at_each_server_of_the_site(here, there, clock, path):
    """A page that heard "active" of a login that was closed opened its connection in vain."""
    tab, found = Tab(here), []
    login = tab.open()

    def ask(login):
        (answer,) = there.engine.shared.find_many([login.ticket], clock())
        found.append(answer.record.is_live)

    login.call(ask)
    tab.get(path)
    assert found == [False]


def test_a_look_into_the_store_during_a_login_again_ends_nothing(here, monkeypatch):
    """The store knows of the former login's end, and not yet of what has taken its place."""
    keep = closing.keep_successor

    def look_and_keep(*given):
        later(here)
        keep(*given)

    monkeypatch.setattr(closing, "keep_successor", look_and_keep)
    tab = Tab(here)
    login = tab.open()
    tab.get("/login/alice")
    assert not login.is_over
    tab.get("/logout")
    assert login.is_over


# --- activity


def test_two_logins_in_the_place_of_one_end_it_in_another_process(here, there, clock):
    """As by a double click: nobody knows which of the two the browser goes on with."""
    tab = Tab(here)
    login = tab.open()
    for id in ("one", "another"):  # of requests that were judged at the same time
        new = login.ticket._replace(id=id)
        keep_successor(there.engine.shared, login.ticket, new, clock())
    tab.at(there).get("/logout")
    later(here)
    assert login.is_over


def test_activity_in_another_process_moves_the_deadline(here, there, clock):
    tab = Tab(here)
    login = tab.open()
    clock.advance(IDLE - 1)
    tab.at(there).get()
    here.tick()
    assert login.deadline.timestamp() == START + 2 * IDLE - 1
    clock.advance(IDLE - 1)
    assert not login.is_over
    clock.advance(1)
    assert login.is_over


@pytest.mark.parametrize("path", ["/", "/login/alice"])
def test_activity_in_another_process_in_the_last_second_is_heard_of(here, there, clock, path):
    """Such as the answer to the warning: the store is asked once more before a login ends."""
    tab = Tab(here)
    login = tab.open()
    later(here, IDLE - 1)
    tab.at(there).get(path)
    later(here, 1)
    assert not login.is_over
    later(here, IDLE - 2)
    assert not login.is_over
    later(here, 1)
    assert login.cause is Cause.IDLE


def test_who_was_active_in_another_process_before_the_last_second_is_never_taken_for_gone(
    here, there, clock
):
    """Not even by a connection that asks at the end, before the process has asked the store."""
    tab = Tab(here)
    login = tab.open()
    later(here, IDLE - 2)
    tab.at(there).get()
    later(here, 1)
    clock.advance(1)
    assert not login.is_over


def test_only_what_ends_is_asked_about_between_two_questions(here, store, monkeypatch):
    asked, find_many = [], store.behind.find_many
    monkeypatch.setattr(
        store.behind, "find_many", lambda ids, *given: asked.append(ids) or find_many(ids, *given)
    )
    login, other = Tab(here).open(), Tab(here, "bob").open()
    later(here, IDLE - 2)
    other.touch()
    here.tick()
    asked.clear()
    later(here, 1)
    later(here, 1)
    assert asked == [[here_id(login)]] * 2
    assert (login.cause, other.is_over) == (Cause.IDLE, False)
    later(here, 1)
    assert len(asked) == 2


def test_a_time_of_the_future_is_not_believed(here, store, clock):
    """No right clock has written it."""
    login = Tab(here).open()
    store.touch(login.ticket.id and here_id(login), START + 9999, START + 99999)
    later(here)
    assert login.deadline.timestamp() == START + IDLE


def here_id(login) -> str:
    from session440.stores import stored_id

    return stored_id(login.ticket.id)


def test_an_end_that_another_process_moves_is_moved_here(here, there, clock):
    tab = Tab(here)
    login = tab.open()
    later(here)
    tab.at(there).get("/credential/60")
    later(here)
    assert login.deadline.timestamp() == START + INTERVAL + 60


def test_touch_tells_the_store_at_most_once_an_interval(here, there, store, clock):
    tab = Tab(here)
    login, other = tab.open(), tab.at(there).open()
    clock.advance(600)
    store.taken()
    login.touch()
    login.touch()
    assert store.taken() == ["touch"]
    later(there, 0)
    assert other.deadline == login.deadline


def flask_site(clock, store):
    """An app with a session beside the ticket."""
    app = make_app(clock, SESSION440_STORE=store)
    extension = Session440(app)

    @app.get("/open")
    @passive
    def open_it():
        opened.append(current_visit.watch().open())
        return "open"

    client, opened = logged_in(app), []
    client.get("/open")
    return client, extension, opened[0]


def test_touch_is_enough_where_a_store_keeps_the_login_alive(clock, store):
    client, _, login = flask_site(clock, store)
    clock.advance(IDLE - 1)
    assert login.touch() is True
    clock.advance(IDLE - 1)
    assert client.get("/").status_code == 200  # its ticket alone would be over


def test_touch_is_not_enough_where_the_cookie_is_the_login(here, clock):
    login = Tab(here).open()
    assert login.touch() is False


def test_touch_is_not_enough_while_the_store_is_out(clock, store):
    _, _, login = flask_site(clock, store)
    store.is_out = True
    assert login.touch() is False
    store.is_out = False
    assert login.touch() is True


# --- a login again


def test_the_same_persons_login_in_another_process_goes_on(here, there, clock):
    tab = Tab(here)
    login, other = tab.open(), tab.at(there)
    clock.advance(100)
    other.get("/login/alice")
    later(here)
    assert not login.ended.is_set()
    assert login.deadline.timestamp() == START + 100 + IDLE
    other.get("/logout")
    later(here)
    assert login.reason == "logout"


def test_it_goes_on_through_several_logins(here, there):
    tab = Tab(here)
    login, other = tab.open(), tab.at(there)
    for _ in range(3):
        other.get("/login/alice")
    for _ in range(4):
        later(here)
    assert not login.is_over
    other.get("/logout")
    later(here)
    assert login.is_over


def test_a_new_proof_in_another_process_goes_on(here, there, clock):
    tab = Tab(here)
    login = tab.open()
    clock.advance(IDLE - 10)
    tab.at(there).get("/confirm")
    later(here)
    assert login.deadline.timestamp() == START + 2 * IDLE - 10


def test_another_persons_login_in_another_process_ends_it(here, there):
    tab = Tab(here)
    login = tab.open()
    tab.at(there).get("/login/bob")
    later(here)
    assert login.reason == "logout"


def test_a_store_without_notes_ends_it(clock):
    """A site's own store may keep none; then the page opens its connection again."""
    store = SpyStore(can_note=False, finds_many=True)
    here, there = LiveSite(clock, store=store), LiveSite(clock, store=store)
    tab = Tab(here)
    login = tab.open()
    tab.at(there).get("/login/alice")
    later(here)
    assert login.reason == "logout"


def test_what_a_later_version_notes_is_no_successor(here, there, store, clock):
    tab = Tab(here)
    login = tab.open()
    store.note(f"successor:{here_id(login)}", '{"v": 2}', START + 9999, START)
    tab.at(there).get("/login/alice")
    later(here)
    assert login.reason == "logout"


# --- one question


def test_the_store_is_asked_once_for_all_logins(here, store, clock):
    logins = [Tab(here, f"person {i}").open() for i in range(20)]
    store.taken()
    later(here)
    assert store.taken() == ["find_many"]
    later(here, INTERVAL - 1)
    assert store.taken() == []
    later(here, 1)
    assert store.taken() == ["find_many"]
    assert not any(each.is_over for each in logins)


def test_the_interval_is_the_sites(clock, store):
    site = LiveSite(clock, store=store, revalidate_interval=30)
    login = Tab(site).open()
    site.tick()
    store.taken()
    later(site, 29)
    assert store.taken() == []
    later(site, 1)
    assert store.taken() == ["find_many"]
    assert not login.is_over


def test_a_clock_that_is_set_back_stops_no_questions(here, store, clock):
    login = Tab(here).open()
    here.tick()
    store.taken()
    later(here, -3000)
    assert store.taken() == ["find_many"]
    assert not login.is_over


def test_a_store_that_cannot_find_many_is_asked_for_each(clock):
    class Plain:
        """A site's own store: the contract, and no more."""

        def __init__(self):
            self.behind = MemoryStore()
            for name in ("find", "insert", "touch", "end", "by_subject", "purge", "generation"):
                setattr(self, name, getattr(self.behind, name))

    site = LiveSite(clock, store=Plain())
    login = Tab(site).open()
    site.engine.store.end(here_id(login), Cause.REVOKED, clock())
    later(site)
    assert login.cause is Cause.REVOKED


# --- outages


@pytest.mark.parametrize("failure", ["degrade", "refuse"])
def test_an_outage_ends_nobody_and_timeouts_go_on(clock, store, failure):
    site = LiveSite(clock, store=store, store_failure=failure)
    login = Tab(site).open()
    store.is_out = True
    later(site)
    assert not login.is_over
    later(site, IDLE)
    assert login.cause is Cause.IDLE


def test_a_revocation_during_an_outage_of_this_process_alone_comes_after_it(here, store):
    login = Tab(here).open()
    store.out = {"find_many", "find"}
    store.behind.end(here_id(login), Cause.REVOKED, START)
    later(here)
    assert not login.is_over
    store.out = set()
    later(here)
    assert login.cause is Cause.REVOKED


def test_a_store_that_fails_in_its_own_way_ends_nobody(here, store, monkeypatch):
    login = Tab(here).open()

    def fails(*given):
        raise StoreError("half way")

    monkeypatch.setattr(store.behind, "find_many", fails)
    later(here)
    assert not login.is_over


def test_a_record_that_the_store_has_lost_ends_it(here, store, clock):
    tab = Tab(here)
    login = tab.open()
    store.behind.purge(START + 1e9)
    later(here)
    assert login.cause is Cause.LOST


def test_a_login_that_is_not_recorded_yet_goes_on(here, store):
    """It begins in the request that opens the connection, while the store is out."""
    store.is_out = True
    tab = Tab(here, None)
    tab.get("/login/open")
    login = here.opened.open()
    store.is_out = False
    later(here)
    assert not login.is_over
    tab.get("/logout")
    assert login.is_over
