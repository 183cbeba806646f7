"""A small FastAPI app whose logins end soon enough to watch.

``python -m demo_fastapi`` serves it, and so does ``uvicorn --factory demo_fastapi:create_app``.
"""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

from demo_tour import STATIC
from demo_tour.asgi import Noting
from demo_tour.clock import DemoClock
from demo_tour.key import kept_key
from demo_tour.tour import Tour
from session440.asgi import Session440Middleware

from .board import Board
from .board import pages as board_pages
from .pages import pages
from .policy import Policy
from .tour import pages as tour_pages

__all__ = ["create_app"]

FOLDER = Path(__file__).parent
DATABASE = FOLDER / "demo.sqlite3"


def create_app(clock: DemoClock | None = None) -> FastAPI:
    """Build the app; the environment may give a ``SECRET_KEY``, a store and timeouts."""
    idle, absolute = timeouts()
    key = os.environ.get("SECRET_KEY") or kept_key(FOLDER / "demo.key")
    app = FastAPI(docs_url=None, redoc_url=None)
    app.state.claims = {}
    app.state.board = Board()
    tour = app.state.tour = Tour(clock or DemoClock(FOLDER / "demo.clock"))
    # The one that is added last comes first: session440 judges the session that it finds.
    app.add_middleware(
        Session440Middleware,
        secret_key=key,
        subject_key="user_id",
        idle_timeout=idle,
        absolute_timeout=absolute,
        warn_before="20s",
        page_cache="no-store",  # so that the Back button shows nobody's pages
        adopt=False,  # there are no logins from before session440
        public=["/public", "/static/*"],
        passive=["/api/notifications", "/tour/*"],
        clock=tour.clock,  # a site needs none: here a button moves it
        on_event=tour.hear,
        # A file, so that several workers know of each other's logins.
        store=os.environ.get("SESSION440_STORE", f"sqlite:///{DATABASE}"),
    )
    app.add_middleware(SessionMiddleware, secret_key=key, same_site="lax")
    app.add_middleware(Policy)
    app.add_middleware(Noting, tour=tour)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(pages)
    app.include_router(board_pages)
    app.include_router(tour_pages)
    return app


def timeouts() -> tuple[str, str]:
    """Return the idle and the absolute timeout."""
    given = os.environ.get
    return given("SESSION440_IDLE_TIMEOUT", "60s"), given("SESSION440_ABSOLUTE_TIMEOUT", "10m")
