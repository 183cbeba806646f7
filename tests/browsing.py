"""A person at a real browser, whose time passes together with the demo's."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from clock import FakeClock, FileClock
from demos import PASSWORDS, Demo
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)
from ports import free_port
from processes import TESTS, running
from serving import serve

from demo_flask import create_app

HOUR = 3600
EXTEND = "POST /session440/extend"
expect.set_options(timeout=60_000)  # milliseconds; where all is well nobody waits so long
#: What Chromium itself says of each 440 that a script meets.
OF_A_440 = re.compile(r"Failed to load resource: the server responded with a status of 440 \(.*\)")


class Person:
    """A browser's context, in which tabs share cookies.

    :param clock_error: seconds that the browser's clock is ahead of the server's.
    """

    def __init__(self, demo: Demo, context: BrowserContext, clock_error: float = 0) -> None:
        self.demo = demo
        self.context = context
        self.clock_error = clock_error
        self.asked: list[str] = []  # "GET /form" and so on, of all tabs
        self.complaints: list[str] = []
        context.set_default_timeout(60_000)
        # Chromium asks for one when it likes, and the 440 may meet it.
        context.route("**/favicon.ico", lambda route: route.abort())
        context.on("request", self._note)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.clock.install(time=self._wall_time() - 60)  # it runs until it is paused
        context.clock.pause_at(self._wall_time())

    def _wall_time(self) -> float:
        return self.demo.clock.now + self.clock_error

    def _note(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if not path.endswith("/client.css"):  # the script fetches it beside whatever a test does
            self.asked.append(f"{request.method} {path}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not OF_A_440.fullmatch(message.text):
            self.complaints.append(message.text)

    def logged_in(self, path: str = "/form", name: str = "alice") -> Page:
        """Log in, and show *path*."""
        self.take_login(name)
        return self.tab(path)

    def take_login(self, name: str) -> None:
        """Log in outside of the browser, and give it the cookies."""
        cookies = self.demo.logged_in(name).cookies
        self.context.add_cookies(
            [{"name": k, "value": v, "url": self.demo.url} for k, v in cookies.items()]
        )

    def lose_login(self, name: str = "alice") -> None:
        """Have another browser of theirs sign out everywhere else, which no page can know of."""
        other = self.demo.logged_in(name)
        same_origin = {"Sec-Fetch-Site": "same-origin"}
        answer = other.post("/session440/logins", {"end": "others"}, **same_origin)
        assert answer.status == 200, answer

    def tab(self, path: str = "/form") -> Page:
        """Open a tab."""
        page = self.context.new_page()
        page.goto(self.demo.url + path)
        ask(page)
        return page

    def wait(self, seconds: float) -> None:
        """Let time pass, for the server and in all tabs."""
        self.demo.clock.advance(seconds)
        self.context.clock.run_for(int(seconds * 1000))

    def sleep_through(self, seconds: float) -> None:
        """Let time pass while the machine sleeps: no timer runs."""
        self.demo.clock.advance(seconds)
        self.set_clock(self.clock_error)

    def set_clock(self, error: float) -> None:
        """Set the browser's clock."""
        self.clock_error = error
        self.context.clock.set_system_time(self._wall_time())

    def change_tag(self, attribute: str) -> None:
        """Have pages load the script with one more attribute."""

        def change(route) -> None:
            answer = route.fetch()
            changed = answer.text().replace("client.js", f'client.js" {attribute} data-more="')
            route.fulfill(response=answer, body=changed)

        self.context.route(re.compile("/(form)?$"), change)


@contextmanager
def flask_demo(clock: FakeClock) -> Iterator[Demo]:
    app = create_app()
    app.config |= {"SESSION440_CLOCK": clock, "SESSION440_STORE": "memory:"}
    with serve(app) as url:
        yield Demo("flask", url, clock)


@contextmanager
def django_demo(folder: Path) -> Iterator[Demo]:
    """Serve it by a process of its own: settings of Django are one to a process."""
    port, clock = free_port(), FileClock(folder / "clock")
    environ = {
        "PORT": str(port),
        "PYTHONPATH": os.pathsep.join((str(TESTS.parent), str(TESTS))),
        "DJANGO_SETTINGS_MODULE": "demo_django_clock",
        "DEMO_FOLDER": str(folder),
        "SESSION440_STORE": "django:",
    }
    command = [sys.executable, "-W", "error", "-m", "demo_django"]
    with running(command, port, folder / "log", **environ):
        yield Demo("django", f"http://127.0.0.1:{port}", clock)


@contextmanager
def launched(program: str, **options) -> Iterator[Browser]:
    """Run Chromium."""
    with sync_playwright() as playwright:
        # Its sandbox wants what root, and many a container, does not have.
        args = ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=args, **options)
        yield browser
        browser.close()


# --- what a person does


def log_in(page: Page, name: str = "alice") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORDS[name])
    page.get_by_role("button", name="Log in").click()


def log_in_again(page: Page, name: str = "alice") -> None:
    """Log in in the small window that the dialog opens, until it has closed itself."""
    page.bring_to_front()  # Chromium has others wait
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    with opened.value.expect_event("close"):
        log_in(opened.value, name)


def fill_in(page: Page, claim: dict[str, str]) -> None:
    for name, value in claim.items():
        page.locator(f"[name={name}]").fill(value)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()


def come_back(page: Page) -> None:
    """Look at a tab again."""
    page.evaluate("dispatchEvent(new Event('focus'))")


# --- what is to be seen


def warning(page: Page) -> Locator:
    return page.get_by_role("dialog", name="You are about to be signed out")


def ended(page: Page) -> Locator:
    return page.get_by_role("dialog", name="You have been signed out")


def is_free(page: Page) -> None:
    """Expect the page without a dialog, after whatever is under way."""
    ask(page)
    expect(page.locator("dialog")).to_have_count(0)


def ask(page: Page) -> str:
    """Have the script ask the server, so that it knows what the server knows."""
    page.wait_for_load_state()
    return page.evaluate("session440.status().then((answer) => answer.state)")


def shows(page: Page, claim: dict[str, str]) -> None:
    """Expect a form's fields as they were filled in."""
    for name, value in claim.items():
        expect(page.locator(f"[name={name}]")).to_have_value(value)
