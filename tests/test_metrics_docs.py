"""Metrics, logs and signals as docs/events.md sets them up, and several processes of a site."""

from __future__ import annotations

import json
import logging
import logging.config
import os
import re
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import flask
import pytest
from browser import Browser
from calling import Call
from django.test import Client, override_settings
from processes import gunicorn
from prometheus_client import CollectorRegistry, generate_latest
from scrapes import Scrape, counted_wsgi_app
from sites import SECRET, DjangoSite, FlaskSite

from session440 import Cause
from session440.events import Event, log
from session440.metrics import Metrics

DOCS = (Path(__file__).parent.parent / "docs/events.md").read_text()


LOGGING, WSGI, FLASK, DJANGO, IN_FLASK, IN_DJANGO, SEVERAL, SPANS = re.findall(
    r"```python\n(.*?)```", DOCS, re.DOTALL
)


def run(source: str, **names) -> dict:
    exec(source, names)
    return names


# --- docs/events.md


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def metrics(registry):
    return Metrics(registry)


@pytest.fixture
def scrape(registry):
    return lambda: Scrape(generate_latest(registry).decode())


@pytest.fixture
def app_of(clock, metrics):
    """Build a WSGI app whose logins are counted: ``app_of(**options)``."""
    return partial(counted_wsgi_app, clock, metrics)


def test_every_metric_is_described(app_of, scrape):
    app_of(store="memory:")
    exported = re.findall(
        r"^# TYPE (session440_\w+) (?:counter|histogram|gauge)", scrape().text, re.M
    )
    described = re.findall(r"^\| `(session440_\w+)`", DOCS, re.M)
    assert sorted(described) == sorted(each for each in exported if not each.endswith("_created"))
    named = set(re.findall(r"session440_[a-z_]+", DOCS.partition("Worth an alert")[2]))
    assert named <= set(described)


def test_the_set_up_of_logs_is_as_shown(capsys):
    logger = logging.getLogger("session440")
    try:
        logging.config.dictConfig(run(LOGGING)["LOGGING"])
        log(Event("ended", 1_800_000_000, Cause.IDLE, "alice"))
    finally:
        logger.handlers.clear()
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
    told = json.loads(capsys.readouterr().err)
    shown = json.loads(re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)[1])
    assert told.items() <= shown.items()


def test_a_listener_and_a_span_are_as_shown(capsys):
    app = run(WSGI)["app"]
    run(SPANS, app=app)
    call = Call(app, cookies={"login440": "forged"})
    assert call.body() == b"hello None"
    assert capsys.readouterr().out == "login refused \n"


def test_signals_are_as_shown(open_site, capsys, caplog):
    names = [run(FLASK), run(DJANGO)]
    with caplog.at_level(logging.INFO):
        for kind in (FlaskSite, DjangoSite):
            site = open_site(kind)
            browser = site.logged_in()
            site.clock.advance(1200)
            browser.navigate("/")
    assert "alice ended at /: idle" in caplog.text
    assert capsys.readouterr().out == f"{site.subject_of('alice')} idle\n"
    assert names


def test_metrics_in_flask_are_as_shown():
    code = (
        f"{IN_FLASK}\n"
        "client = create_app().test_client()\n"
        "client.set_cookie('session440', 'forged')\n"
        "client.get('/')\n"
        "print(client.get('/metrics').text)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert Scrape(done.stdout)("tickets_refused", reason="not authentic") == 1


def test_metrics_in_django_are_as_shown(monkeypatch, registry, scrape, clock):
    monkeypatch.setattr("session440.metrics.REGISTRY", registry)
    with override_settings(SESSION440={"CLOCK": clock}):
        run(IN_DJANGO)["ShopConfig"].ready(None)
        Client().get("/callback")
    assert scrape()("logins_started", reason="login") == 1


# --- several processes


def counted_app():
    """What gunicorn serves: answers who it is once it has read the body of the request."""
    app = flask.Flask("counted")
    app.secret_key = SECRET
    app.config["SESSION440_STORE"] = "memory:"
    from session440.flask import Session440

    Session440(app)
    Metrics().watch(app.extensions["session440"].engine)

    @app.post("/login")
    def login():
        flask.session["user_id"] = flask.request.get_data(as_text=True)
        return str(os.getpid())

    return app


def _log_in(port: int) -> str:
    return Browser(f"http://127.0.0.1:{port}").post("/login", {"name": "alice"}).text


def _served_while_another_is_busy(port: int) -> str:
    """Keep one worker waiting for the rest of a body, so that the other one must answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as busy:
        busy.sendall(b"POST /login HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\n\r\nbo")
        answered = _log_in(port)
        busy.sendall(b"b")
        busy.recv(65536)
    return answered


def test_gunicorns_workers_are_added_up(tmp_path, monkeypatch):
    """In multiprocess mode each writes files of its own, and whoever is scraped reads them all."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    with gunicorn(
        "test_metrics_docs:counted_app()", tmp_path / "log", "-w", "2", **environment
    ) as port:
        logins, pids = 0, set()
        while len(pids) < 2 and logins < 100:
            pids |= {_served_while_another_is_busy(port), _log_in(port)}
            logins += 3
        assert len(pids) == 2
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
        registry = run(SEVERAL)["registry"]
        now = Scrape(generate_latest(registry).decode())
    assert now("logins_started", reason="login") == logins
    assert now("logins_active_seconds") == 60 * logins
    assert now("store_seconds_count", operation="insert") == logins
    assert now("store_up") == 1
    assert not [each for each in now.samples if "pid" in each.labels]
