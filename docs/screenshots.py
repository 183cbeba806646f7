"""Takes the pictures of docs/browser.md: ``make screenshots``.

A real Chromium looks at the Flask demo, which is served here with a clock of our own: no picture
has to wait for a login to end.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

FOLDER = Path(__file__).parent / "screenshots"
START = 1_800_000_000.0
IDLE, WARNED = 60, 45  # seconds: the demo's timeout, and a while into its warning
VARIANTS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "rtl": {"locale": "ar"},
}


class Time:
    """The time of the demo, and of a browser that is given."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        """Tell the demo."""
        return self.now

    def pass_by(self, seconds: float, context: BrowserContext) -> None:
        """Let the server's time pass, and then the browser's: it asks the server at once."""
        self.now += seconds
        context.clock.run_for(seconds * 1000)


class Quiet(WSGIRequestHandler):
    """Logs no requests."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Leave the terminal to what matters."""


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve *app*; gives its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fill_in(page: Page, url: str) -> None:
    """Log in, and begin to fill in the form."""
    page.goto(f"{url}/login?next=/form")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wonderland")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/form")
    page.get_by_label("Title").fill("Clockmakers' fair")
    page.get_by_label("Place").fill("Leiden")


def warning(page: Page, url: str, time: Time) -> None:
    """Reach the dialog that warns."""
    fill_in(page, url)
    page.evaluate("session440.status()")  # so that it has begun to count
    time.pass_by(WARNED, page.context)
    page.wait_for_selector(".session440-warning")


def recent(page: Page, url: str, time: Time) -> None:
    """Reach the dialog that asks for a recent login."""
    fill_in(page, url)
    page.evaluate("session440.status()")  # so that it knows whom it would ask
    challenge = 'Session440 error="insufficient_user_authentication", max_age=600'
    headers = {"WWW-Authenticate": challenge}
    page.route("**/payout", lambda route: route.fulfill(status=401, headers=headers, json={}))
    page.evaluate("void fetch('/payout')")
    page.wait_for_selector(".session440-recent")


def ended(page: Page, url: str, time: Time) -> None:
    """Reach the page that is covered since its login has ended."""
    warning(page, url, time)
    time.pass_by(IDLE - WARNED + 1, page.context)
    page.wait_for_selector(".session440-ended")


def page_440(page: Page, url: str, time: Time) -> None:
    """Reach the 440 of a page."""
    fill_in(page, url)
    time.now += IDLE
    page.goto(f"{url}/form")


def page_440_post(page: Page, url: str, time: Time) -> None:
    """Reach the 440 of a form that was sent too late."""
    fill_in(page, url)
    time.now += IDLE
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".login")


STATES: dict[str, Callable[[Page, str, Time], None]] = {
    "warning": warning,
    "recent": recent,
    "ended": ended,
    "440": page_440,
    "440-post": page_440_post,
}


def take(browser: Browser, url: str, time: Time, state: str, variant: str) -> None:
    """Take one picture."""
    size = {"viewport": {"width": 900, "height": 600}}
    # With its script the browser would cover the page, and send no form too late.
    has_script = not state.startswith("440")
    context = browser.new_context(**size | VARIANTS[variant], java_script_enabled=has_script)
    if has_script:
        context.clock.install(time=time.now - 1)
        context.clock.pause_at(time.now)
    page = context.new_page()
    STATES[state](page, url, time)
    page.screenshot(path=FOLDER / f"{state}-{variant}.png")
    context.close()


def main() -> None:
    """Take them all."""
    program = shutil.which("chromium")
    if program is None:
        sys.exit("There is no chromium: apt-get install chromium")
    os.environ["SESSION440_STORE"] = "memory:"  # none of what the demo itself remembers
    from demo_flask import create_app

    app, time = create_app(), Time()
    app.config["SESSION440_CLOCK"] = time
    FOLDER.mkdir(exist_ok=True)
    with served(app) as url, sync_playwright() as playwright:
        # Its sandbox wants what root, and many a container, does not have.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for state in STATES:
            for variant in VARIANTS:
                take(browser, url, time, state, variant)
        browser.close()


if __name__ == "__main__":
    main()
