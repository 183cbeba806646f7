"""Serves the demo on 127.0.0.1: ``python -m demo_fastapi``; ``PORT`` is 8540 unless given."""

from __future__ import annotations

import logging
import math
import os
import socket
from pathlib import Path

import uvicorn
from jinja2 import Template

from session440 import Policy

from . import create_app, timeouts

BANNER = Path(__file__).parent / "templates" / "banner.txt"


def main() -> None:
    """Serve until interrupted."""
    # session440 logs the end of each login.
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    port = int(os.environ.get("PORT", "8540"))
    app = create_app()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", port)) as listener:  # who comes now waits for it
        print(banner(f"http://127.0.0.1:{port}"), flush=True)
        server.run(sockets=[listener])


def banner(url: str) -> str:
    """Say where the demo is, who may log in, and what to paste into a shell."""
    idle = math.ceil(Policy(idle_timeout=timeouts()[0]).idle_timeout or 0)
    facts = {"url": url, "idle": idle, "step": math.ceil(idle / 5)}
    return str(Template(BANNER.read_text()).render(facts))


if __name__ == "__main__":
    main()
