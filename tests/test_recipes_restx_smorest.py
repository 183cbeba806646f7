"""docs/recipes/restx-smorest.md, over a real socket."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import flask
import pytest
from browser import Browser
from flask_recipes import load
from serving import serve
from werkzeug.exceptions import Gone, HTTPException

from session440 import LoginTimeout

IDLE = 20 * 60
DOCUMENTS = {"restx.py": "/api/swagger.json", "smorest.py": "/openapi.json"}


class Site(NamedTuple):
    app: flask.Flask
    api: object
    file: str
    browser: Browser


@pytest.fixture(params=DOCUMENTS)
def site(request, clock, tmp_path):
    with warnings.catch_warnings():
        # Flask-RESTX 1.3 imports jsonschema's RefResolver, which is deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        module = load("restx-smorest", tmp_path, request.param)
    app = module.app
    app.config["SESSION440_CLOCK"] = clock
    with serve(app) as url:
        yield Site(app, module.api, request.param, Browser(url))


@pytest.fixture
def browser(site):
    assert site.browser.post("/api/login").status == 200
    return site.browser


def test_a_login_goes_on_ends_and_begins_again(browser, clock):
    clock.advance(IDLE - 60)
    assert browser.get("/api/me").json == {"name": "alice"}
    clock.advance(IDLE)
    answer = browser.get("/api/me")
    assert answer.status_line == "440 Login Timeout"
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.json["status"], answer.json["cause"]) == (440, "idle")
    assert browser.get("/api/me").status == 401, "who never logged in gets the app's answer"
    assert browser.post("/api/login").status == 200
    assert browser.get("/api/me").json == {"name": "alice"}


def test_a_login_call_goes_through_at_once_when_the_login_before_has_ended(browser, clock):
    clock.advance(IDLE)
    assert browser.post("/api/login").status == 200
    assert browser.get("/api/me").json == {"name": "alice"}


def members(document, schema):
    reference = schema["$ref"].removeprefix("#/").split("/")
    for each in reference:
        document = document[each]
    return set(document["properties"])


def test_the_document_says_440_with_the_members_that_are_sent(site, browser, clock):
    document = browser.get(DOCUMENTS[site.file]).json
    said = document["paths"]["/me" if site.file == "restx.py" else "/api/me"]
    described = (said.get("get") or said)["responses"].get("440") or said["responses"]["440"]
    content = described.get("content", {}).get("application/problem+json", described)
    clock.advance(IDLE)
    sent = set(browser.get("/api/me").json)
    assert members(document, content["schema"]) - {"login_url"} <= sent
    assert "idle_timeout" in sent, "members may be added, and need not be described"


def test_an_apps_own_handler_for_440_is_asked(site, clock):
    @site.app.errorhandler(LoginTimeout)
    def own(error):
        return {"mine": error.description}, 440

    site.browser.post("/api/login")
    clock.advance(IDLE)
    assert set(site.browser.get("/api/me").json) == {"mine"}


@pytest.mark.parametrize("error", [RuntimeError(), Gone()])
def test_a_handler_for_everything_never_sees_a_440(site, clock, error):
    kind = HTTPException if isinstance(error, HTTPException) else Exception
    for each in (site.app, site.api):
        if hasattr(each, "errorhandler"):  # flask-smorest's is the app's
            each.errorhandler(kind)(lambda error: ({"message": "taken"}, 418))
    site.browser.post("/api/login")
    clock.advance(IDLE)
    assert site.browser.get("/api/me").status == 440
    serve_instead(site, error)
    assert site.browser.get("/api/me").status == 418


def test_a_resource_may_end_a_login_itself(site, browser):
    serve_instead(site, LoginTimeout("credential"))
    answer = browser.get("/api/me")
    assert (answer.status, answer.json["cause"]) == (440, "credential")


def serve_instead(site, error):
    """Have the resource raise an error."""

    def fail(**given):
        raise error

    site.app.view_functions["me" if site.file == "restx.py" else "site.me"] = fail
