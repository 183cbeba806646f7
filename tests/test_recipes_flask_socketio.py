"""docs/recipes/flask-socketio.md, in a real browser with Socket.IO's own client."""

from __future__ import annotations

import pytest
from browsing import ended, log_in_again
from demos import Demo
from flask_recipes import add_static, load
from playwright.sync_api import expect
from serving import serve

pytestmark = pytest.mark.slow

IDLE = 20 * 60


@pytest.fixture
def module(clock, tmp_path, npm_packages):
    add_static(tmp_path, npm_packages / "socket.io-client/dist/socket.io.min.js")
    module = load("flask-socketio", tmp_path)
    module.app.config["SESSION440_CLOCK"] = clock
    return module


@pytest.fixture
def served(module, clock):
    with serve(module.app, has_sockets=True) as url:
        yield Demo("flask-socketio", url, clock)


@pytest.fixture
def page(person):
    """A page whose socket is open."""
    person.context.clock.resume()  # Socket.IO connects by timers
    page = person.logged_in("/")
    page.wait_for_function("socket.connected")
    return page


def say(page, text):
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Say").click()


def said(page):
    return page.get_by_role("listitem")


def end_login(module, clock):
    """Let time pass, and have the thread look that watches it."""
    clock.advance(IDLE)
    module.app.extensions["session440"].engine.live.tick(clock())


def test_a_socket_ends_with_its_login_and_connects_after_the_next(module, clock, page):
    say(page, "hello")
    expect(said(page)).to_have_text(["alice: hello"])
    page.get_by_label("Text").fill("half a w")
    end_login(module, clock)
    expect(ended(page)).to_be_visible()
    page.wait_for_function("!socket.connected")
    log_in_again(page)
    page.wait_for_function("socket.connected")
    expect(page.get_by_label("Text")).to_have_value("half a w")
    page.get_by_role("button", name="Say").click()
    expect(said(page)).to_have_text(["alice: hello", "alice: half a w"])


def test_to_talk_is_activity_and_what_the_page_does_by_itself_is_none(clock, page):
    clock.advance(IDLE - 60)
    page.evaluate("session440.status()")
    page.evaluate("new Promise((done) => { socket.on('seen', done); socket.emit('position', 1); })")
    assert remaining(page) == 60
    page.evaluate("new Promise((done) => { socket.on('said', done); socket.emit('say', 'x'); })")
    page.wait_for_function(
        "session440.status().then(({ idle_remaining }) => idle_remaining > 1000)"
    )


def remaining(page):
    return page.evaluate("session440.status().then((answer) => answer.idle_remaining)")


def test_a_visitors_socket_is_refused(served):
    import socketio

    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(served.url, transports=["polling"])


def test_another_person_gets_a_page_and_a_socket_of_their_own(module, clock, page):
    say(page, "hello")
    expect(said(page)).to_have_count(1)
    end_login(module, clock)
    expect(ended(page)).to_be_visible()
    page.evaluate("socket.emit('say', 'not from bob')")
    with page.expect_navigation(url="**/"):
        log_in_again(page, "bob")
    page.wait_for_function("socket.connected")
    say(page, "hello")
    expect(said(page)).to_have_text(["bob: hello"])
