"""The page that says where one is signed in, as browsers and programs use it."""

from __future__ import annotations

import json
import re

from browser import NAVIGATION, Answer, Browser

from session440.stores import stored_id

LOGINS = "/session440/logins"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def rows(page: Answer) -> list[str]:
    return re.findall(r"<li>.*?</li>", page.text, re.DOTALL)


def press(browser: Browser, value: str, **headers: str) -> Answer:
    """Press a button of the page, as a browser without JavaScript does."""
    return browser.post(LOGINS, {"end": value}, **NAVIGATION, **SAME_ORIGIN, **headers)


def call(browser: Browser, **members: object) -> Answer:
    """Ask as a program that sends JSON."""
    headers = {"Content-Type": "application/json", **SAME_ORIGIN}
    return browser.request("POST", LOGINS, headers, json.dumps(members).encode())


def listed(browser: Browser) -> list[dict]:
    answer = browser.get(LOGINS)
    assert answer.status == 200, answer
    return answer.json["logins"]


def other_ids(browser: Browser) -> list[str]:
    return [each["id"] for each in listed(browser) if not each["this_one"]]


def own_id(site, browser: Browser) -> str:
    return stored_id(site.engine.signer.loads(browser.cookies[site.ticket]).id)


def is_live(browser: Browser) -> bool:
    return browser.navigate("/").status == 200
