"""What a page does that has connections which stay open, for tests in a browser."""

from __future__ import annotations

#: What a page does that wants its connections back; the title tells what it heard.
PAGE = """() => {
    document.title = "heard";
    document.addEventListener("session440:restored", () => { document.title += " restored"; });
    window.open440 = {
        socket: () => new WebSocket(`ws://${location.host}/live/socket`),
        stream: () => new EventSource("/live/stream"),
    };
}"""
OPEN = """(kind) => new Promise((resolve) => {
    const made = window.open440[kind]();
    for (const name of ["open", "error"]) made.addEventListener(name, resolve);
})"""

#: Waits until the script listens to what was opened before.
HEARD = "import('/session440/live.js').then(() => {})"


def connect(person, page, *kinds: str) -> None:
    """Have the page open connections, and wait until the script listens to them."""
    begun = person.demo.connections.begun
    for kind in kinds:
        page.evaluate(OPEN, kind)
    assert person.demo.connections.begun == begun + len(kinds)
    page.evaluate(HEARD)
    person.asked.clear()
