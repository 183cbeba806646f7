"""Serves the demo on 127.0.0.1: ``python -m demo_flask``; ``PORT`` is 5440 unless given."""

from __future__ import annotations

import logging
import math
import os

from flask import Flask
from werkzeug.serving import make_server

from . import create_app


def main() -> None:
    """Serve until interrupted."""
    # session440 logs the end of each login.
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    app = create_app()
    # Threaded, so that a page's poll waits for nobody; it also makes Werkzeug speak HTTP/1.1.
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "5440")), app, threaded=True)
    print(banner(app, f"http://{server.host}:{server.port}"), flush=True)
    server.serve_forever()


def banner(app: Flask, url: str) -> str:
    """Say where the demo is, who may log in, and what to paste into a shell."""
    idle = app.extensions["session440"].engine.policy("default").idle_timeout
    facts = {"url": url, "idle": math.ceil(idle), "step": math.ceil(idle / 5)}
    return app.jinja_env.get_template("banner.txt").render(facts)


if __name__ == "__main__":
    main()
