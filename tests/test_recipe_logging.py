"""docs/recipes/logging.md: each block as it is pasted, and what it says is never in the log."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import RequestFactory, override_settings
from endings import IDLE
from sites import SECRET, FlaskSite, WsgiSite
from test_recipe_servers import COMMANDS, GUNICORN, UVICORN, served

from session440.events import JSONFormatter, log

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/recipes/logging.md").read_text()
LOGGING, NAMELESS, TELEMETRY, SENTRY, DJANGO = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The logger, which is as it was after the test."""
    logger = logging.getLogger("session440")
    before = (logger.level, [*logger.handlers], [*logger.filters])
    yield logger
    logger.setLevel(before[0])
    logger.handlers, logger.filters = before[1], before[2]


@contextmanager
def written(logger: logging.Logger) -> Iterator[io.StringIO]:
    """What is written meanwhile from DEBUG on, as text and as JSON."""
    output = io.StringIO()
    for formatter in (logging.Formatter(), JSONFormatter()):
        handler = logging.StreamHandler(output)
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield output


# --- where it goes


@pytest.mark.slow
@pytest.mark.parametrize("server", [GUNICORN, UVICORN], ids="-".join)
def test_the_ends_of_logins_are_seen_once_the_block_stands_there(server, tmp_path):
    """And not before: Python prints warnings alone."""
    assert "login ended" not in log_of(tmp_path, server, "")
    lines = log_of(tmp_path, server, LOGGING).splitlines()
    told = [json.loads(line) for line in lines if '"logger": "session440"' in line]
    assert [(each["kind"], each["cause"], each["subject"]) for each in told] == [
        ("ended", "idle", "alice")
    ]


def log_of(folder: Path, server: tuple[str, str], before: str) -> str:
    one_worker = ["1" if each == "2" else each for each in COMMANDS[server]]
    with served(folder, one_worker, before) as place:
        b = place.logged_in()
        place.clock.advance(IDLE)
        assert b.navigate("/").status == 440
    return (folder / "log").read_text()


# --- what is never in it


@pytest.mark.parametrize("kind", [WsgiSite, FlaskSite], ids=lambda kind: kind.name)
def test_nothing_that_lets_anybody_in_is_in_the_log(open_site, logger, kind):
    """Nor what they asked for, or with what; at DEBUG, as text and as JSON."""
    site = open_site(kind, on_event=log)
    agent = "a browser of theirs"
    with written(logger) as output:
        b = site.logged_in()
        seen = [*b.cookies.values()]
        site.clock.advance(IDLE - 1)
        b.navigate("/?token=in-the-url", User_Agent=agent)
        seen += b.cookies.values()
        site.clock.advance(IDLE)
        b.post("/save", {"password": "wonderland"}, User_Agent=agent)
        b.request("GET", "/", cookie=f"{site.ticket}=a-forged-ticket")
        site.log_in(b)
        seen += b.cookies.values()
        b.post("/logout")
    text = output.getvalue()
    for kind_of_event in ("started", "renewed", "ended", "refused"):
        assert f"login {kind_of_event}" in text
    for cookie in seen:
        assert not [part for part in re.split(r"[~.]", cookie) if len(part) > 15 and part in text]
    secrets = [SECRET, agent, "wonderland", "in-the-url", "forged", "/save", "127.0.0.1"]
    assert [each for each in secrets if each in text] == []


def test_a_filter_gives_each_person_a_pseudonym(open_site, logger):
    exec(NAMELESS, {})
    site = open_site(WsgiSite, on_event=log)
    with written(logger) as output:
        for name in ("alice", "bob", "alice"):
            site.logged_in(name)
    text = output.getvalue()
    assert "alice" not in text
    told = [json.loads(line)["subject"] for line in text.splitlines() if line.startswith("{")]
    assert told[0] == told[2] != told[1]
    assert text.count(f"login started subject={told[0]}") == 2


# --- OpenTelemetry, Sentry, Django's mails


#: In a process of its own: the exporter keeps the output that there is when it is imported.
TELEMETRY_SITE = """
{block}
from clock import FakeClock
from sites import WsgiSite
from session440.events import log

clock = FakeClock()
with WsgiSite.open(clock, on_event=log) as site:
    b = site.logged_in()
    clock.advance({idle})
    b.navigate("/")
provider.shutdown()
"""


def test_opentelemetry_is_given_each_fact():
    source = TELEMETRY_SITE.format(block=TELEMETRY, idle=IDLE)
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    answer = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=200, env=environ
    )
    assert answer.returncode == 0, answer.stderr
    record = json.loads(answer.stdout)
    assert record["attributes"]["session440.cause"] == "idle"
    assert record["severity_text"] == "INFO"


#: In a process of its own: Sentry changes the frameworks that it finds.
SENTRY_SITE = """
import json
from sentry_sdk.transport import Transport

class Kept(Transport):
    envelopes = []
    def capture_envelope(self, envelope):
        self.envelopes.append(envelope)

import logging
from sentry_sdk.integrations.flask import FlaskIntegration

logging.basicConfig(level="DEBUG", filename="log")
# By itself it imports whatever is installed and that it knows, for seconds.
TESTED = {{"transport": Kept, "integrations": [FlaskIntegration()]}}
TESTED["auto_enabling_integrations"] = False
{block}
from flask import Flask, session
from session440 import LoginTimeout
from session440.flask import Session440, current_visit

app = Flask(__name__)
app.secret_key = "a long random text"
app.config |= {{"PROPAGATE_EXCEPTIONS": False, "SESSION440_IDLE_TIMEOUT": 1200}}
now = [1.8e9]
app.config["SESSION440_CLOCK"] = lambda: now[0]
Session440(app)

@app.post("/login")
def login():
    session["user_id"] = "alice"
    return "in"

@app.get("/expire")
def expire():
    raise LoginTimeout("credential")

@app.get("/breaks")
def breaks():
    current_visit.logout()
    return 1 / 0

client = app.test_client()
client.post("/login")
now[0] += 1200
statuses = [client.get("/").status_code]
client.post("/login")
statuses.append(client.get("/expire").status_code)
noise = len(Kept.envelopes)
client.post("/login")
ticket = client.get_cookie("session440").value
client.get("/breaks")
(event,) = [item.payload.json for item in Kept.envelopes[-1].items if item.type == "event"]
print(json.dumps([statuses, noise, ticket, event]))
"""


def reported_to_sentry(folder: Path, block: str) -> list:
    script = SENTRY_SITE.format(block=block.replace('/1",', '/1", transport=Kept,'))
    (folder / "site.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env={"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.slow
def test_sentry_is_told_of_no_440_and_given_no_ticket(tmp_path):
    """As the block says it; without its scrubber the ticket is sent along."""
    statuses, noise, ticket, event = reported_to_sentry(tmp_path, SENTRY)
    assert (statuses, noise) == ([440, 440], 0)
    assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
    assert ticket not in json.dumps(event)
    assert "alice" not in json.dumps(event)
    careless = re.sub(r"    event_scrubber=.*\n", "", SENTRY)
    *_, ticket, event = reported_to_sentry(tmp_path, careless)
    assert ticket in json.dumps(event)


def test_django_hides_the_ticket_in_its_reports():
    from django.views.debug import SafeExceptionReporterFilter

    names: dict = {}
    exec(DJANGO, names)
    request = RequestFactory().get("/", headers={"Cookie": "sessionid440=a-ticket; theme=dark"})
    with override_settings(DEBUG=False):
        assert "a-ticket" in str(SafeExceptionReporterFilter().get_safe_cookies(request))
        safe = names["WithoutTickets"]().get_safe_cookies(request)
    assert safe == {"sessionid440": "********************", "theme": "dark"}
