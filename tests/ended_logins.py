"""What the commands of docs/440-login-timeout.md are run on: a site with one fault, or its log.

Each scene is a function that prepares a folder, named in ``SCENES`` by the heading of the page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from clock import START
from visitors import logged

from session440 import Cause
from session440.events import Event, log

#: As two servers are called in a log: keyed hashes of their names.
HERE, THERE = "Lm0w6hTq", "NAz-xcXJ"

SITE = """
from flask import Flask, session
from session440.flask import Session440
{imports}

app = Flask(__name__)
app.secret_key = "qG8vN2rT5yZ1xW4cB7mK0pL3sD6fH9jA"
app.config.update(
    SESSION_COOKIE_NAME="__Host-session",
    SESSION_COOKIE_SECURE=True,
    SESSION440_STORE="sqlite:///logins.db",
    SESSION440_ADOPT=False,
)
app.config.update({config})
Session440(app)
app.add_url_rule("/login", "login", lambda: "<form>")
{more}
"""

CACHED = """
from cachelib import SimpleCache
from flask_session import Session
app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
Session(app)
"""

WEB_CONFIG = """<configuration>
  <system.web>
    <authentication mode="Forms">
      <forms loginUrl="~/login" timeout="10" />
    </authentication>
    <sessionState mode="StateServer" timeout="20" />
    <machineKey validationKey="AutoGenerate" decryptionKey="AutoGenerate" />
  </system.web>
</configuration>
"""


def site(folder: Path, config: str = "", imports: str = "", more: str = "") -> None:
    """Write the module ``mysite`` of a Flask app that has no other fault."""
    text = SITE.format(config=config, imports=imports, more=more)
    (folder / "mysite.py").write_text(text)


def ends(folder: Path, cause: Cause, back: int, **facts: object) -> None:
    """Write a log of forty logins that ended, *back* of whom came back at once."""
    with logged(folder / "app.log", level=logging.DEBUG):
        for number in range(40):
            at = START + 600 * number
            who = {"subject": f"person-{number}", "ticket_id": f"{number:032x}", "here": HERE}
            log(Event("ended", at, cause, policy="default", age=4000.0, **who, **facts))
            if number < back:
                log(Event("started", at + 25, policy="default", **who))


def inactivity(folder: Path) -> None:
    ends(folder, Cause.IDLE, 24, idle=1320.0)


def credential(folder: Path) -> None:
    site(folder, imports="import authlib.integrations.flask_client")
    ends(folder, Cause.CREDENTIAL, 30, idle=30.0)


def balancer(folder: Path) -> None:
    site(folder, more=CACHED)
    ends(folder, Cause.LOST, 30, node=THERE)


def too_low(folder: Path) -> None:
    site(folder, "PERMANENT_SESSION_LIFETIME=600")
    (folder / "web.config").write_text(WEB_CONFIG)


def at_once(folder: Path) -> None:
    """Browsers refuse the cookie: five people log in six times each, and are never seen."""
    insecure = 'SESSION_COOKIE_NAME="session", SESSION_COOKIE_SECURE=False'
    site(folder, f'{insecure}, SESSION_COOKIE_SAMESITE="None"')
    with logged(folder / "app.log", level=logging.DEBUG):
        for number in range(30):
            who = {"subject": f"person-{number % 5}", "ticket_id": f"{number:032x}"}
            log(Event("started", START + 10 * number, policy="default", here=HERE, **who))


SCENES: dict[str, Callable[[Path], None]] = {
    "1. Inactivity": inactivity,
    "2. The token or cookie has expired": credential,
    "3. The load balancer chose another server": balancer,
    "4. A timeout is set too low": too_low,
    "Logged out at once": at_once,
}
