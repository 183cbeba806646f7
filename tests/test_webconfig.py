"""web.config files are read: the shapes that Microsoft documents, and when a login ends."""

from __future__ import annotations

import json

import pytest
from web_configs import (
    BARE,
    FARM,
    LOCATIONS,
    MVC_3,
    NOT_SLIDING,
    SHAREPOINT,
    config_of,
    forms,
    of_web,
    run,
)

from session440 import Policy
from session440.webconfig import (
    FRAMEWORKS,
    as_json,
    as_text,
    login_of,
    read,
    settings_for,
)
from session440.webconfig.notes import notes_on
from session440.webconfig.translation import duration


def notes(text: str) -> dict[str, str]:
    return dict(notes_on(config_of(text)))


# --- what is read


def test_a_bare_file_has_aspnets_defaults():
    """And every one of them is told from a value that was given."""
    read_of = as_json(config_of(BARE), FRAMEWORKS)["sections"]
    assert {name: each["value"] for name, each in read_of["forms"].items()} == {
        "timeout": 30,
        "slidingExpiration": True,
        "name": ".ASPXAUTH",
        "domain": "",
        "path": "/",
        "requireSSL": False,
        "cookieSameSite": "Lax",
        "loginUrl": "login.aspx",
        "defaultUrl": "default.aspx",
        "cookieless": "UseDeviceProfile",
        "ticketCompatibilityMode": "Framework20",
        "protection": "All",
        "enableCrossAppRedirects": False,
    }
    assert {name: each["value"] for name, each in read_of["sessionState"].items()} == {
        "mode": "InProc",
        "timeout": 20,
        "cookieless": "UseCookies",
        "cookieName": "ASP.NET_SessionId",
        "cookieSameSite": "Lax",
        "regenerateExpiredSessionId": True,
        "stateConnectionString": "",
        "sqlConnectionString": "",
        "stateNetworkTimeout": 10,
        "sqlCommandTimeout": 30,
        "allowCustomSqlDatabase": False,
        "customProvider": "",
        "compressionEnabled": False,
    }
    assert {name: each["value"] for name, each in read_of["httpCookies"].items()} == {
        "httpOnlyCookies": False,
        "requireSSL": False,
        "sameSite": "Unspecified",
        "domain": "",
    }
    assert read_of["machineKey"]["validationKey"]["value"] == "AutoGenerate,IsolateApps"
    assert read_of["authentication"]["mode"]["value"] == "Windows"
    assert not any(each["given"] for section in read_of.values() for each in section.values())


def test_a_farm_is_read_whole():
    config = config_of(FARM)
    assert (config.forms.timeout.value, config.forms.timeout.given) == (45, True)
    assert config.forms.require_ssl.value
    assert config.forms.domain.value == "shop.example"
    assert config.session_state.mode.value == "SQLServer"
    assert config.session_state.sql_command_timeout.value == 45
    assert not config.session_state.state_network_timeout.given
    assert config.http_cookies.samesite.value == "Lax"
    assert config.machine_key.validation_key.value == "own key"
    assert config.machine_key.compatibility_mode.value == "Framework45"
    assert config.unread == ()


def test_output_says_what_was_a_default():
    told = run("-", text=MVC_3)
    assert "timeout 2880, slidingExpiration true (default)" in told
    assert "<sessionState> not in the file; ASP.NET's defaults: mode InProc, timeout 20" in told


def test_a_big_file_with_namespaces_and_a_transformation():
    """The old namespace on the root, sections of others, and what cannot be known."""
    config = config_of(SHAREPOINT)
    assert config.session_state.mode.value == "StateServer"
    assert config.session_state.state_network_timeout.value is None
    told = "\n".join(config.unread)
    assert "transformation" in told
    assert "madeUp" in told
    assert "partitionResolverType" not in told
    assert "<credentials>" in told


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("utf-8", "utf-16").encode("utf-16"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.replace("utf-8", "utf-16").encode("utf-16-be"),
        lambda text: text.replace("utf-8", "windows-1252").encode("windows-1252"),
    ],
    ids=[
        "utf-8",
        "utf-8 with a mark",
        "utf-16",
        "utf-16 that says utf-8",
        "utf-16 big-endian",
        "windows-1252",
    ],
)
def test_encodings(encode):
    text = '<?xml version="1.0" encoding="utf-8"?>' + forms('timeout="7" name="Büro"')
    config = read(encode(text))
    assert (config.forms.timeout.value, config.forms.name.value) == (7, "Büro")


def test_locations_of_the_whole_application_and_of_paths():
    config = config_of(LOCATIONS)
    assert login_of(config).idle == 40
    assert config.http_cookies.require_ssl.value
    own = {path: (login_of(each).idle, login_of(each).absolute) for path, each in config.locations}
    assert own == {"admin": (None, 5), "kiosk": (3, None)}
    admin = dict(config.locations)["admin"]
    assert admin.forms.login_url.value == "login.aspx"  # inherited
    told = as_text(config, ["flask"], "web.config")
    assert '<location path="admin"> has settings of its own. There a login ends\n  5m after' in told
    assert "Content" not in told


def test_a_location_is_told_to_machines_with_its_settings():
    found = json.loads(run("-", "--json", text=LOCATIONS))["locations"]
    assert [(each["path"], each["login"]) for each in found] == [
        ("admin", {"idle_timeout": None, "absolute_timeout": 300}),
        ("kiosk", {"idle_timeout": 180, "absolute_timeout": None}),
    ]
    assert found[1]["settings"]["flask"]["SESSION440_IDLE_TIMEOUT"] == "3m"


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<sessionState configSource="state.config" />', "another file, state.config"),
        (
            '<machineKey configProtectionProvider="RsaProtectedConfigurationProvider">'
            "<EncryptedData><CipherValue>b1gs3cr3t</CipherValue></EncryptedData></machineKey>",
            "<machineKey> is encrypted",
        ),
    ],
)
def test_sections_that_stand_elsewhere_are_named_and_not_opened(inside, said):
    config = config_of(of_web(inside))
    assert said in "".join(config.unread)
    assert config.session_state.timeout.value == 20
    assert "b1gs3cr3t" not in run("-", text=of_web(inside))


def test_aspnet_core_keeps_its_timeouts_in_code():
    core = (
        '<configuration><location path="." inheritInChildApplications="false">'
        '<system.webServer><aspNetCore processPath="dotnet" arguments=".\\Shop.dll" />'
        "</system.webServer></location></configuration>"
    )
    assert "ASP.NET Core" in "".join(config_of(core).unread)
    assert "Core" not in "".join(config_of(FARM).unread)


# --- when a login ends


@pytest.mark.parametrize(
    ("ticket", "session", "idle", "absolute"),
    [
        ('timeout="30"', 'timeout="20"', 20, None),
        ('timeout="20"', 'timeout="30"', 20, None),
        ('timeout="30"', 'mode="Off"', 30, None),
        ('timeout="30"', 'mode="SQLServer" timeout="Infinite"', 30, None),
        ('timeout="30" slidingExpiration="false"', 'timeout="20"', 20, 30),
        ('timeout="30" slidingExpiration="false"', 'timeout="30"', None, 30),
        ('timeout="30" slidingExpiration="false"', 'mode="Off"', None, 30),
        ("", "", 20, None),
    ],
)
def test_ticket_and_session_become_one_login(ticket, session, idle, absolute):
    login = login_of(config_of(forms(ticket, session)))
    assert (login.idle, login.absolute) == (idle, absolute)


@pytest.mark.parametrize("mode", ["Windows", "None", "Passport"])
def test_without_a_ticket_the_session_alone_counts(mode):
    text = of_web(
        f'<authentication mode="{mode}"><forms timeout="5" slidingExpiration="false" />'
        '</authentication><sessionState timeout="25" />'
    )
    login = login_of(config_of(text))
    assert (login.idle, login.absolute) == (25, None)
    assert f'mode="{mode}"' in notes(text)["no-ticket"]
    assert "was ignored" in notes(text)["no-ticket"]


def test_a_file_by_which_nothing_ends_gets_the_default_absolute_timeout():
    text = of_web('<sessionState mode="Off" />')
    assert settings_for("wsgi", config_of(text))["absolute_timeout"] == "8h"
    assert Policy().absolute_timeout == 28800
    assert "8h" in notes(text)["no-end"]


@pytest.mark.parametrize(
    ("minutes", "written"), [(20, "20m"), (90, "90m"), (120, "2h"), (2880, "2d"), (None, None)]
)
def test_durations_are_written_in_whole_units(minutes, written):
    assert duration(minutes) == written


# --- what ASP.NET did differently


def test_half_window():
    assert "from 15 minutes to 30 minutes" in notes(forms('timeout="30"'))["half-window"]
    assert "half-window" not in notes(NOT_SLIDING)
    assert "half-window" not in notes(BARE)


def test_not_sliding():
    assert "8 hours after the login" in notes(NOT_SLIDING)["not-sliding"]


@pytest.mark.parametrize(
    ("ticket", "session", "found"),
    [
        (60, 20, {"session-first"}),  # the session always goes first
        (30, 20, {"session-first", "ticket-first"}),  # 15 to 30 minutes against 20
        (20, 20, {"ticket-first"}),
        (20, 60, {"ticket-first"}),
    ],
)
def test_timeouts_that_disagree(ticket, session, found):
    given = notes(forms(f'timeout="{ticket}"', f'timeout="{session}"'))
    assert found == set(given) & {"session-first", "ticket-first"}


@pytest.mark.parametrize(
    ("session", "words"),
    [(5, "5 minutes"), (15, "15 minutes"), (20, "20 minutes"), (60, "1 hour")],
)
def test_a_ticket_that_does_not_slide_may_always_go_first(session, words):
    """Its person may have been busy to the last minute."""
    text = forms('timeout="20" slidingExpiration="false"', f'timeout="{session}"')
    assert f"up to {words}," in notes(text)["ticket-first"]
    assert ("session-first" in notes(text)) == (session < 20)


def test_the_session_first_with_what_people_saw():
    given = notes(forms('timeout="60"'))["session-first"]
    assert "20 minutes (the default) and the ticket's 1 hour disagreed" in given
    assert "could still be logged in, with an empty session" in given
    assert "takes idle_timeout 1h" in given


def test_no_absolute_limit():
    assert "8h" in notes(FARM)["no-absolute"]
    assert "no-absolute" not in notes(NOT_SLIDING)


@pytest.mark.parametrize(
    ("text", "about", "said"),
    [
        (MVC_3, "in-process", "give a store"),
        (MVC_3, "generated-key", "AutoGenerate (the default)"),
        (MVC_3, "not-secure", "requireSSL is false"),
        (MVC_3, "units", "minutes"),
        (MVC_3, "redirect", "440"),
        (FARM, "shared-memory", "waited 45 seconds"),
        (FARM, "own-key", "Make a new one"),
        (FARM, "cross-app", "URL"),
        (SHAREPOINT, "shared-memory", "waited for ever"),
        (SHAREPOINT, "generated-key", "lost on every other node"),
        (SHAREPOINT, "cookieless", "Referer"),
        (forms('cookieless="UseUri"'), "cookieless", "not supported"),
        (forms("", 'cookieless="true"'), "cookieless", "not supported"),
        (forms('protection="None"'), "protection", "not signed"),
        (forms('requireSSL="true"'), "half-secure", "disagree"),
        (forms('cookieSameSite="None"'), "samesite-none", "throw such a cookie away"),
        (
            forms(more='<httpCookies httpOnlyCookies="false" />'),
            "httponly",
            "never applied",
        ),
    ],
)
def test_a_difference_is_told(text, about, said):
    assert said in notes(text)[about]


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        (FARM, "in-process not-secure half-secure generated-key cookieless samesite-none httponly"),
        (MVC_3, "shared-memory own-key cookieless protection cross-app half-secure no-ticket"),
        (BARE, "half-window session-first ticket-first generated-key redirect cross-app"),
        (forms('cookieless="UseDeviceProfile"'), "cookieless"),
        (forms("", 'mode="Off"'), "in-process shared-memory session-first ticket-first"),
    ],
)
def test_only_what_applies_is_told(text, absent):
    assert not set(notes(text)) & set(absent.split())
