"""What ``session440 webconfig`` refuses, never shows, and prints."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from web_configs import (
    BARE,
    CONNECTION,
    DECRYPTION_KEY,
    FARM,
    MVC_3,
    NOT_SLIDING,
    SHAREPOINT,
    VALIDATION_KEY,
    config_of,
    forms,
    of_web,
    run,
)

from session440.webconfig import (
    FRAMEWORKS,
    WebConfigError,
    login_of,
    read,
    snippet_for,
)

LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY lol0 'lol'>"
    + "".join(f"<!ENTITY lol{n} '{f'&lol{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><configuration>&lol9;</configuration>"
)


# --- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "web.config: the file is empty"),
        (" \n\t", "web.config: the file is empty"),
        ("timeout=20", "line 1: it cannot be read as XML: not well-formed"),
        (FARM[:300], "it cannot be read as XML: unclosed token"),
        (FARM.replace("</system.web>", ""), "it cannot be read as XML: mismatched tag"),
        ("<!DOCTYPE html>\n<html><body>404</body></html>", "line 1: it has a DTD"),
        ("<html><body>404</body></html>", "its root is <html> and not <configuration>"),
        ("<Configuration/>", "its root is <Configuration>"),
        ('<?xml version="1.0" encoding="shift_jis"?><configuration/>', "save it as UTF-8"),
        ('<?xml version="1.0" encoding="klingon"?><configuration/>', "save it as UTF-8"),
        ('<?xml version="1.0" encoding="utf-16"?><configuration/>', "encoding specified"),
        ("<configuration>&xxe;</configuration>", "undefined entity"),
        (forms('timeout="abc"'), '<forms timeout="abc">: give a whole number of minutes, 1 to'),
        (forms('timeout="0"'), '<forms timeout="0">'),
        (forms('timeout="-20"'), '<forms timeout="-20">'),
        (forms('timeout="1.5"'), '<forms timeout="1.5">'),
        (forms('timeout="1_0"'), '<forms timeout="1_0">'),
        (forms('timeout="00:30:00"'), '<forms timeout="00:30:00">'),
        (forms('timeout=""'), '<forms timeout="">'),
        (forms('timeout="٣٠"'), "<forms timeout="),
        (forms('timeout="2147483648"'), "1 to 2147483647"),
        (forms(f'timeout="{"9" * 5000}"'), '999...">: give a whole number'),
        (forms('timeout="Infinite"'), "give a whole number of minutes"),
        (forms("", 'timeout="0"'), "1 to 2147483647, or Infinite"),
        (forms("", 'timeout="525601"'), "takes 525600 minutes, a year, at most"),
        (forms("", 'mode="StateServer" timeout="Infinite"'), "in the mode StateServer"),
        (forms("", 'stateNetworkTimeout="0"'), "whole number of seconds"),
        (forms('slidingExpiration="yes"'), "give true or false"),
        (forms("", 'mode="inproc"'), "give Off, InProc, StateServer, SQLServer or Custom"),
        (forms("", 'cookieless="maybe"'), "give true, false, UseCookies"),
        (forms('cookieSameSite="Maybe"'), "give None, Lax, Strict or Unspecified"),
        (forms('loginUrl="C:\\login.aspx"'), "a URL, and not a Windows path"),
        (forms('name=" "'), "give some text"),
        (forms('Timeout="20"'), "the name is timeout: case matters"),
        (of_web('<authentication mode="forms" />'), "give Windows, Forms, Passport or None"),
        (of_web("<sessionState /><sessionState />"), "<sessionState> is there twice"),
        (
            of_web('<authentication mode="Forms"><forms /><forms /></authentication>'),
            "<forms> is there twice",
        ),
        (
            BARE.replace(
                "</conf",
                '<location path="Shop"><system.web><sessionState /></system.web></location>'
                '<location path="shop"><system.web><sessionState /></system.web></location></conf',
            ),
            "<sessionState> is there twice",
        ),
    ],
)
def test_a_broken_file_is_one_line(text, said):
    with pytest.raises(WebConfigError) as caught:
        read(text.encode())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("web.config")
    assert len(str(caught.value)) < 300
    told = run("-", text=text.encode(), code=1)
    assert told == f"Error: {str(caught.value).replace('web.config', 'standard input', 1)}\n"


def test_the_line_is_that_of_the_element():
    text = FARM.replace('timeout="60"', 'timeout="x"')
    with pytest.raises(WebConfigError, match=r"^web\.config, line 9: <sessionState timeout"):
        read(text.encode())


def test_the_largest_number_is_taken():
    text = forms('timeout="2147483647"', 'timeout="525600"')
    assert config_of(text).forms.timeout.value == 2147483647
    assert login_of(config_of(text)).idle == 525600
    longer = forms("", 'mode="SQLServer" timeout="525601"')
    assert config_of(longer).session_state.timeout.value == 525601


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path):
    """2 MiB, of which no more than 1 MiB is read."""
    path = tmp_path / "web.config"
    path.write_bytes(b"<configuration>" + b" " * 2 * 1024 * 1024 + b"</configuration>")
    assert "more than 1048576 bytes" in run(str(path), code=1)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE configuration [<!ENTITY xxe SYSTEM "file://{file}">]>',
        '<!DOCTYPE configuration SYSTEM "file://{file}">',
        '<!DOCTYPE configuration PUBLIC "-//X" "file://{file}">',
        '<!DOCTYPE configuration [<!ENTITY % xxe SYSTEM "file://{file}"> %xxe;]>',
        '<!DOCTYPE configuration [<!ENTITY xxe "20">]>',
        '<!DOCTYPE configuration [<!ATTLIST sessionState timeout CDATA "5">]>',
        "<!DOCTYPE configuration [<!ELEMENT configuration ANY>]>",
    ],
)
def test_no_dtd_and_no_entity_is_read(doctype, tmp_path):
    """Nothing of another file is ever shown, and nothing in a DTD has a say."""
    secret = tmp_path / "secret.txt"
    secret.write_text("for-no-eyes")
    text = doctype.replace("{file}", str(secret)) + of_web(
        '<sessionState timeout="20">&xxe;</sessionState>'
    )
    told = run("-", text=text, code=1)
    assert "DTD" in told
    assert "for-no-eyes" not in told
    assert str(secret) not in told


def test_a_billion_laughs_are_not_counted():
    assert run("-", text=LAUGHS, code=1) == (
        "Error: standard input, line 1: it has a DTD or entities, which are not read\n"
    )


# --- secrets


SECRETS = (VALIDATION_KEY[:12], DECRYPTION_KEY[:12], CONNECTION, "correct-horse", "sql01.example")


@pytest.mark.parametrize("options", [[], ["--json"], ["--for", "django"]])
def test_no_key_and_no_connection_string_is_printed(options):
    told = run("-", *options, text=FARM)
    assert not [secret for secret in SECRETS if secret in told]
    told = run("-", *options, text=MVC_3)
    assert "hunter2" not in told
    told = run("-", *options, text=SHAREPOINT)
    assert "swordfish" not in told
    assert "sql01" not in told


def test_what_is_read_does_not_even_hold_them():
    config = config_of(FARM)
    assert not [secret for secret in SECRETS if secret in repr(config)]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('timeout="60"', 'timeout="x"'),
        ('validationKey="', 'ValidationKey="'),
        ('validation="HMACSHA256"', 'validation=""'),
        ('compatibilityMode="Framework45"', f'compatibilityMode="{VALIDATION_KEY}"'),
        ("sqlConnectionString", "SqlConnectionString"),
        ("</system.web>", "<machineKey /></system.web>"),
        (f'decryptionKey="{DECRYPTION_KEY}"', f'decryptionKey="{DECRYPTION_KEY}'),
        ("</configuration>", ""),
    ],
)
def test_no_error_shows_a_secret(right, wrong):
    assert right in FARM
    told = run("-", text=FARM.replace(right, wrong), code=1)
    assert not [secret for secret in SECRETS if secret in told]


def test_a_key_that_begins_as_a_generated_one_is_not_shown():
    text = of_web(
        '<machineKey validationKey="AutoGenerate,F00D" decryptionKey="F00D,IsolateApps"/>'
    )
    assert "F00D" not in run("-", text=text)


# --- the command


def test_all_frameworks_or_one():
    everything = run("-", text=FARM)
    assert everything.count("# Flask:") == everything.count("# Django:") == 1
    one = run("-", "--for", "wsgi", text=FARM)
    assert "Session440Middleware(" in one
    assert "SESSION440_" not in one.partition("What ASP.NET")[0]
    assert [*json.loads(run("-", "--json", "--for", "flask", text=FARM))["settings"]] == ["flask"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_what_is_printed_is_what_was_tested(framework):
    """Flush left, so that it can be pasted."""
    assert snippet_for(framework, config_of(FARM)).rstrip() in run("-", text=FARM)


def test_json_gives_seconds_and_notes():
    found = json.loads(run("-", "--json", text=NOT_SLIDING))
    assert found["login"] == {"idle_timeout": 900, "absolute_timeout": 28800}
    assert found["settings"]["wsgi"] == {"idle_timeout": "15m", "absolute_timeout": "8h"}
    assert {"about", "text"} == set(found["notes"][0])


@pytest.mark.parametrize("arguments", [[], ["no-such.config"], ["-", "--for", "rails"], ["."]])
def test_wrong_usage_is_exit_2(arguments):
    assert "Error" in run(*arguments, code=2)


def test_as_a_process(tmp_path):
    """A good file, and a bad one: no traceback, status 1."""
    good, bad = tmp_path / "web.config", tmp_path / "bad.config"
    good.write_text(FARM, encoding="utf-16")
    bad.write_text(LAUGHS)
    command = [sys.executable, "-m", "session440", "webconfig"]
    done = subprocess.run([*command, good], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert 'SESSION440_IDLE_TIMEOUT = "45m"' in done.stdout
    done = subprocess.run([*command, bad], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {bad}, line 1: it has a DTD or entities, which are not read\n"


def test_reading_needs_no_framework():
    code = (
        "import sys, session440.webconfig;"
        "print(*{'flask', 'django', 'click', 'rich', 'sqlalchemy'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == ""
