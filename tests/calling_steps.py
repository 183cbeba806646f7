"""A page that calls what needs a recent login, and a person who is asked for it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

#: Calls of the page's own, which write into the title what they are answered.
CALLS = {
    "fetch": """async (url, body) => {
        const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content };
        const answer = await fetch(url, { method: "POST", body, headers });
        const said = await answer.json();
        document.title += ` ${answer.status} ${said.title || said}`;
    }""",
    "xhr": """(url, body) => {
        const call = new XMLHttpRequest();
        const heard = [];
        for (const name of ["readystatechange", "progress", "load", "loadend"])
            call.addEventListener(name, () => call.readyState === 4 && heard.push(name));
        call.addEventListener("loadend", () => {
            if (heard.join() !== "readystatechange,load,loadend") document.title += heard;
            const said = JSON.parse(call.response);
            document.title += ` ${call.status} ${said.title || said}`;
        });
        call.open("POST", url);
        const token = document.querySelector("meta[name=csrf-token]").content;
        call.setRequestHeader("X-CSRFToken", token);
        call.send(body);
    }""",
}
DONE, REFUSED = " 200 done", " 401 Unauthorized"


def log_in(page: Page, name: str = "alice") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Log in").click()


def call(page: Page, *kinds: str, url: str = "/step") -> None:
    for number, kind in enumerate(kinds):
        page.evaluate(f"void ({CALLS[kind]})('{url}', 'body {number}')")


def asked_again(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Confirm that it is you")


def prove(page: Page, name: str = "alice") -> None:
    """Log in again in the window that the dialog opens, until it has closed itself."""
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Log in again").click()
    with opened.value.expect_event("close"):
        log_in(opened.value, name)
