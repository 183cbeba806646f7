"""What has happened, told to every page that is open: an event stream.

session440 shows in ``current_visit.watch()`` alone. A stream ends with its login, and its page
opens it again after the next one (``static/feed.js``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from session440.flask import current_visit
from session440.live import Watch

from .guard import login_required
from .happened import happened

PAUSE = 1.0  # seconds between two looks at what has happened

feed = Blueprint("feed", __name__)


@feed.get("/feed")
@login_required
def page() -> ResponseReturnValue:
    """Show what happens."""
    return render_template("feed.html")


@feed.get("/feed/stream")
@login_required
def stream() -> ResponseReturnValue:
    """Send what has happened, and what happens from now on."""
    return Response(events(current_visit.watch(), happened()), mimetype="text/event-stream")


def events(watch: Watch, told: list[str]) -> Iterator[str]:
    """Yield an event for each thing that happens, until the login ends."""
    with watch as login:
        for at in count():
            while at >= len(told):
                if login.ended.wait(PAUSE):
                    return
                yield ":\n\n"  # a comment: it shows when the browser has gone
            yield f"data: {told[at]}\n\n"
