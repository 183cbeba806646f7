"""What docs/faq.md and docs/iis.md show works as it is pasted."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest
import requests
from calling import Call
from following import commands, is_as_printed
from test_docs_440 import run

DOCS = Path(__file__).parent.parent / "docs"
FAQ, IIS = ((DOCS / name).read_text() for name in ("faq.md", "iis.md"))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def ran(source: str) -> dict:
    names: dict = {"__name__": "faq"}
    exec(source, names)
    return names


CLIENT, POLICIES, TONIGHT = blocks(FAQ, "python")


def test_a_client_knows_a_440_by_its_header():
    answer = requests.Response()
    assert not ran(CLIENT)["is_login_over"](answer)
    answer.headers["Session440-Cause"] = "idle"
    assert ran(CLIENT)["is_login_over"](answer)


def test_administrators_have_a_policy_of_their_own():
    names = ran(POLICIES)
    cookies = Call(names["app"], "/login").cookies()
    assert names["app"].engine.signer.loads(cookies["login440"]).policy == "admins"
    assert names["choose_policy"]({}, "alice") is None


def test_logins_end_at_ten_in_the_evening():
    before = datetime(2027, 1, 15, 8, 30, tzinfo=timezone.utc)
    tonight = ran(TONIGHT)["tonight"]
    assert tonight(before) == datetime(2027, 1, 15, 22, tzinfo=timezone.utc)
    assert tonight(before + timedelta(hours=14)) == datetime(2027, 1, 16, 22, tzinfo=timezone.utc)


@pytest.mark.slow
def test_webconfig_prints_what_the_page_shows(tmp_path):
    (tmp_path / "web.config").write_text(blocks(IIS, "xml")[0])
    (command,) = commands(blocks(IIS, "console")[0])
    assert is_as_printed(run(command.typed, tmp_path), command.printed)


def test_each_configuration_is_xml():
    for block in blocks(IIS, "xml"):
        ElementTree.fromstring(block)
