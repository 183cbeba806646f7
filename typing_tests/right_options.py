"""What type checkers must accept: no line of this file is ever run.

Among it each call that README and docs show within a sentence.
"""

# pyright: strict

import os
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from functools import partial
from typing import Any

from session440 import Engine, LoginTimeout, Policy, Settings
from session440.events import Event, log
from session440.options import DjangoOptions, Options, WSGIOptions
from session440.stores import MemoryStore, open_store
from session440.wsgi import Session440Middleware
from typing_tests.site import app

KEY = "a long random text"

# As README has them
Session440Middleware(app, secret_key=KEY, watch_cookie="sessionid")
Session440Middleware(app, secret_key=KEY, idle_timeout="20m")
engine = Engine(Settings(secret_key=KEY, store="memory:", max_logins=3), "login440")
SESSION440: DjangoOptions = {"IDLE_TIMEOUT": "20m", "ABSOLUTE_TIMEOUT": "8h"}


def choose(request: object, subject: str) -> str | None:
    return "kiosk" if subject == "front desk" else None


def sign_in(request: Mapping[str, Any]) -> str:
    return f"/{request['language']}/login"


def in_words(event: Event) -> None:
    log(event)


# Each option, in more than one form
every: Options = {
    "secret_key": os.urandom(32),
    "secret_key_fallbacks": (b"older", "oldest"),
    "policy": Policy("15m", timedelta(hours=8), warn_before=60),
    "idle_timeout": timedelta(minutes=20),
    "absolute_timeout": None,
    "warn_before": "90s",
    "renew_interval": 30,
    "policies": {"kiosk": "owasp-high", "remember": Policy(None, "30d")},
    "choose_policy": choose,
    "login_url": sign_in,
    "next_param": "back",
    "enforcement": "challenge",
    "status": 401,
    "public": ["/docs/*", "/health"],
    "passive": {"/poll/*"},
    "endpoint": None,
    "cookie_name": "__Host-login",
    "evidence": "7d",
    "adopt": date(2027, 1, 31),
    "store": MemoryStore(),
    "store_failure": "refuse",
    "revalidate_interval": 2.5,
    "max_logins": 3,
    "store_debts": 100_000,
    "node": "web-1",
    "clock": time.time,
    "drain_limit": 0,
    "on_event": in_words,
}
Settings(**every)
Settings.load(every, secret_key=KEY)
Settings(
    policy="pci-dss",
    idle_timeout=1200,
    secret_key_fallbacks=("older",),
    login_url="/login",
    public=("/docs/*",),
    adopt=datetime(2027, 1, 31, tzinfo=timezone.utc),
    store=open_store("redis://localhost"),
    on_event=partial(print, flush=True),
    max_logins=None,
)
Settings(adopt="2027-01-31", choose_policy=None, status=440, clock=lambda: 0.0)

for_wsgi: WSGIOptions = {"secret_key": KEY, "enforcement": "report"}
Session440Middleware(app, **for_wsgi)
Session440Middleware(app, **for_wsgi, cookie_secure=True, cookie_domain="example.org")

# Read from a file: nobody knows the types, and they are checked when they are used
read: dict[str, Any] = {"secret_key": KEY, "idle_timeout": 5}
Session440Middleware(app, **read)
Settings(**read)
Settings.load(read)

by_path: DjangoOptions = {
    "CLOCK": "shop.clock.now",
    "CHOOSE_POLICY": "shop.policies.choose",
    "ON_EVENT": "shop.audit.write",
    "STORE": "django:",
    "LOGIN_URL": "admin:login",
}

LoginTimeout()
LoginTimeout("revoked", "Your account was closed.")
LoginTimeout("Your account was closed.")
