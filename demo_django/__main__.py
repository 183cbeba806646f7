"""Serves the demo on 127.0.0.1: ``python -m demo_django``; ``PORT`` is 8440 unless given."""

from __future__ import annotations

import logging
import math
import os

from django.template.loader import render_to_string
from werkzeug.serving import make_server

from session440.django import get_engine

from .wsgi import application


def main() -> None:
    """Serve until interrupted."""
    # session440 logs the end of each login.
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    # Threaded, so that a page's poll waits for nobody; it also makes Werkzeug speak HTTP/1.1.
    server = make_server(
        "127.0.0.1", int(os.environ.get("PORT", "8440")), application, threaded=True
    )
    print(banner(f"http://{server.host}:{server.port}"), flush=True)
    server.serve_forever()


def banner(url: str) -> str:
    """Say where the demo is, who may log in, and what to paste into a shell."""
    idle = get_engine().policy("default").idle_timeout or 0
    facts = {"url": url, "idle": math.ceil(idle), "step": math.ceil(idle / 5)}
    return render_to_string("banner.txt", facts)


if __name__ == "__main__":
    main()
