"""web.config files: the shapes that Microsoft documents, and broken and hostile ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from calling import Call
from click.testing import CliRunner
from clock import START
from django.test import Client, override_settings
from flask import Flask, session

from session440 import Policy, Settings
from session440.cli import commands
from session440.flask import Session440
from session440.stores.opening import check_url
from session440.webconfig import (
    FRAMEWORKS,
    WebConfigError,
    as_json,
    as_text,
    login_of,
    read,
    settings_for,
    snippet_for,
)
from session440.webconfig.notes import notes_on
from session440.webconfig.translation import STORES, duration

# --- files, in the shapes of Microsoft's documentation and of Visual Studio's templates

BARE = '<?xml version="1.0"?>\n<configuration>\n</configuration>\n'

MVC_3 = """<?xml version="1.0"?>
<!-- For more information on how to configure your ASP.NET application, please visit ... -->
<configuration>
  <connectionStrings>
    <add name="ApplicationServices" providerName="System.Data.SqlClient"
         connectionString="data source=.\\SQLEXPRESS;User ID=shop;Password=hunter2-of-the-shop" />
  </connectionStrings>
  <appSettings>
    <add key="ClientValidationEnabled" value="true"/>
  </appSettings>
  <system.web>
    <compilation debug="true" targetFramework="4.0" />
    <authentication mode="Forms">
      <forms loginUrl="~/Account/LogOn" timeout="2880" />
    </authentication>
    <pages><namespaces><add namespace="System.Web.Mvc" /></namespaces></pages>
  </system.web>
  <system.webServer>
    <validation validateIntegratedModeConfiguration="false"/>
  </system.webServer>
  <runtime>
    <assemblyBinding xmlns="urn:schemas-microsoft-com:asm.v1">
      <dependentAssembly>
        <assemblyIdentity name="System.Web.Mvc" publicKeyToken="31bf3856ad364e35" />
        <bindingRedirect oldVersion="1.0.0.0-2.0.0.0" newVersion="3.0.0.0" />
      </dependentAssembly>
    </assemblyBinding>
  </runtime>
</configuration>
"""

VALIDATION_KEY = "21F090935F6E49C2C797F69BBAAD8402ABD2EE0B667A8B44EA7DD4374267A75D7AD972A119482D15"
DECRYPTION_KEY = "ABAA84D7EC4BB56D75D217CECFFB9628809BDB8BF91CFCD64568A145BE59719F"
CONNECTION = "data source=sql01.example;user id=state;password=correct-horse"
SECRETS = (VALIDATION_KEY[:12], DECRYPTION_KEY[:12], CONNECTION, "correct-horse", "sql01.example")

FARM = f"""<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <system.web>
    <authentication mode="Forms">
      <forms name=".SHOP" loginUrl="/signin.aspx?from=web" timeout="45" domain="shop.example"
             slidingExpiration="true" requireSSL="true" cookieSameSite="Strict"
             protection="All" enableCrossAppRedirects="true" />
    </authentication>
    <sessionState mode="SQLServer" timeout="60" cookieless="false" cookieName="ShopSession"
        sqlConnectionString="{CONNECTION}" sqlCommandTimeout="45" compressionEnabled="true"
        allowCustomSqlDatabase="true" sqlConnectionRetryInterval="5" />
    <httpCookies httpOnlyCookies="true" requireSSL="true" sameSite="Lax" domain="example" />
    <machineKey validationKey="{VALIDATION_KEY}" decryptionKey="{DECRYPTION_KEY}"
        validation="HMACSHA256" decryption="AES" compatibilityMode="Framework45" />
  </system.web>
</configuration>
"""

LOCATIONS = """<configuration>
  <location path="." inheritInChildApplications="false">
    <system.web>
      <authentication mode="Forms"><forms timeout="40" loginUrl="login.aspx" /></authentication>
      <sessionState timeout="40" />
    </system.web>
  </location>
  <location>
    <system.web><httpCookies requireSSL="true" /></system.web>
  </location>
  <location path="Content">
    <system.web><authorization><allow users="*" /></authorization></system.web>
  </location>
  <location path="admin">
    <system.web>
      <authentication mode="Forms">
        <forms timeout="5" slidingExpiration="false" />
      </authentication>
    </system.web>
  </location>
  <location path="kiosk">
    <system.web><sessionState timeout="3" /></system.web>
  </location>
</configuration>
"""

SHAREPOINT = (
    """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<configuration xmlns="http://schemas.microsoft.com/.NetConfiguration/v2.0"
               xmlns:xdt="http://schemas.microsoft.com/XML-Document-Transform">
  <configSections>
    <sectionGroup name="SharePoint"><section name="SafeControls" type="X, Y" /></sectionGroup>
  </configSections>
  <SharePoint>
    <SafeMode MaxControls="200" CallStack="false" />
    <SafeControls>"""
    + "".join(
        f'<SafeControl Assembly="Contoso.Part{n}" Namespace="Contoso" TypeName="*" Safe="True" />'
        for n in range(1500)
    )
    + """</SafeControls>
  </SharePoint>
  <system.web>
    <securityPolicy><trustLevel name="WSS_Medium" policyFile="medium.config" /></securityPolicy>
    <httpRuntime maxRequestLength="51200" />
    <authentication mode="Forms">
      <forms loginUrl="/_login/default.aspx" xdt:Transform="SetAttributes(timeout)" timeout="30">
        <credentials passwordFormat="Clear"><user name="root" password="swordfish" /></credentials>
      </forms>
    </authentication>
    <sessionState mode="StateServer" stateConnectionString="tcpip=sql01.example:42424" timeout="60"
                  cookieless="AutoDetect" regenerateExpiredSessionId="false"
                  stateNetworkTimeout="Infinite" partitionResolverType="A, B" madeUp="1" />
    <machineKey validationKey="AutoGenerate,IsolateApps" decryptionKey="AutoGenerate" />
  </system.web>
  <system.serviceModel>
    <serviceHostingEnvironment aspNetCompatibilityEnabled="true" />
  </system.serviceModel>
</configuration>
"""
)

NOT_SLIDING = """<configuration><system.web>
  <authentication mode="Forms"><forms timeout="480" slidingExpiration="False" /></authentication>
  <sessionState timeout="15" />
</system.web></configuration>"""

LONG = """<configuration><system.web>
  <authentication mode="Forms"><forms timeout="86400" slidingExpiration="false" /></authentication>
  <sessionState mode="SQLServer" timeout="57600" />
</system.web></configuration>"""


def of_web(inside: str) -> str:
    return f"<configuration><system.web>{inside}</system.web></configuration>"


def forms(attributes: str = "", session: str = "", more: str = "") -> str:
    """A file with a forms ticket."""
    return of_web(
        f'<authentication mode="Forms"><forms {attributes} /></authentication>'
        f"<sessionState {session} />{more}"
    )


FILES = {
    "bare": BARE,
    "mvc 3": MVC_3,
    "farm": FARM,
    "locations": LOCATIONS,
    "sharepoint": SHAREPOINT,
    "not sliding": NOT_SLIDING,
    "two months": LONG,
    "one minute": forms('timeout="1"'),
    "for ever": forms('timeout="2147483647"', 'mode="Custom" timeout="Infinite"'),
}


def config_of(text: str):
    return read(text.encode())


def notes(text: str) -> dict[str, str]:
    return dict(notes_on(config_of(text)))


def run(*arguments: str, text: str | bytes = "", code: int = 0) -> str:
    done = CliRunner().invoke(commands, ["webconfig", *arguments], input=text)
    assert done.exit_code == code, done.output
    return done.output


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


# --- the settings load, and do it


def executed(framework: str, text: str) -> dict:
    """The names that a printed snippet defines."""
    names: dict = {}
    exec(snippet_for(framework, config_of(text)), names)
    return {name: value for name, value in names.items() if name.isupper()}


def policy_of(text: str) -> tuple:
    login = login_of(config_of(text))
    return (login.idle and login.idle * 60, login.absolute and login.absolute * 60)


@pytest.mark.parametrize("name", FILES)
def test_flask_loads_its_settings(name):
    app = Flask("shop")
    app.secret_key = "a long random text"
    app.config.from_mapping(executed("flask", FILES[name]))
    policy = Session440(app).engine.settings.policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])
    lifetime = app.permanent_session_lifetime.total_seconds()
    assert lifetime >= max(policy.idle_timeout or 0, policy.absolute_timeout or 0)
    assert lifetime >= 31 * 86400


@pytest.mark.parametrize("name", FILES)
def test_django_loads_its_settings(name):
    from django.conf import settings

    from session440.django.conf import get_engine

    with override_settings(**executed("django", FILES[name])):
        policy = get_engine().settings.policy
        assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])
        longest = max(policy.idle_timeout or 0, policy.absolute_timeout or 0)
        assert max(longest, 14 * 86400) == settings.SESSION_COOKIE_AGE


def wsgi_app(text: str, monkeypatch):
    """Wrap an app by the snippet, as its author would."""
    monkeypatch.setenv("SECRET_KEY", "a long random text")
    names: dict = {"app": log_in}
    exec(snippet_for("wsgi", config_of(text)), names)
    return names["app"]


def log_in(environ, start_response):
    if environ["PATH_INFO"] == "/login":
        environ["session440"].login("alice")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"in"]


@pytest.mark.parametrize("name", FILES)
def test_wsgi_loads_its_settings(name, monkeypatch):
    policy = wsgi_app(FILES[name], monkeypatch).engine.settings.policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_settings_load_without_a_framework(name):
    options = settings_for("wsgi", config_of(FILES[name]))
    options = {key: value for key, value in options.items() if not key.startswith("cookie_")}
    policy = Settings.load(options, secret_key="a long random text").policy
    assert (policy.idle_timeout, policy.absolute_timeout) == policy_of(FILES[name])


def test_a_flask_login_ends_when_the_file_says(clock):
    """45 minutes of the ticket, which are less than the session's 60."""
    app = Flask("shop")
    app.config.from_mapping(
        executed("flask", FARM), SECRET_KEY="a long random text", SESSION440_CLOCK=clock
    )
    app.add_url_rule(
        "/in", view_func=lambda: session.update(user_id="alice") or "in", endpoint="in"
    )
    app.add_url_rule("/", view_func=lambda: "home", endpoint="home")
    Session440(app)
    client = app.test_client()
    assert "Secure" in client.get("/in", base_url="https://shop.example").headers["Set-Cookie"]
    clock.now = START + 45 * 60 - 1
    assert client.get("/", base_url="https://shop.example").status_code == 200
    clock.now += 45 * 60
    assert client.get("/", base_url="https://shop.example").status_code == 440


def test_a_django_login_ends_when_the_file_says(clock):
    """15 idle minutes of the session; 480 since the login, of a ticket that does not slide."""
    settings = executed("django", NOT_SLIDING)
    settings["SESSION440"]["CLOCK"] = clock
    with override_settings(**settings):
        client = Client()
        client.login(username="alice", password="wonderland")
        for minute in range(0, 480, 10):
            clock.now = START + minute * 60
            assert client.get("/show").status_code == 200
        clock.now = START + 480 * 60
        assert client.get("/show").json()["cause"] == "absolute"


def test_a_wsgi_login_ends_when_the_file_says(monkeypatch):
    app = wsgi_app(NOT_SLIDING, monkeypatch)
    cookies = Call(app, "/login").cookies()
    assert Call(app, cookies=cookies).status == "200 OK"
    assert app.engine.settings.policy.expiry(0, 0, None).deadline == 15 * 60


def test_cookies_are_those_of_the_login():
    flask = settings_for("flask", config_of(FARM))
    assert flask["SESSION_COOKIE_SECURE"] is True
    assert flask["SESSION_COOKIE_SAMESITE"] == "Strict"
    assert flask["SESSION_COOKIE_DOMAIN"] == "shop.example"  # <forms> before <httpCookies>
    wsgi = settings_for("wsgi", config_of(FARM))
    assert (wsgi["cookie_secure"], wsgi["cookie_domain"]) == (True, "shop.example")
    assert "SameSite=Lax; there is no option" in snippet_for("wsgi", config_of(FARM))


def test_cookies_of_a_session_alone():
    text = of_web(
        '<sessionState cookieSameSite="None" />'
        '<httpCookies requireSSL="true" domain="example" sameSite="Strict" />'
    )
    django = settings_for("django", config_of(text))
    assert django["SESSION_COOKIE_SAMESITE"] == "None"
    assert (django["SESSION_COOKIE_SECURE"], django["SESSION_COOKIE_DOMAIN"]) == (True, "example")


@pytest.mark.parametrize("given", ["Unspecified", "-1", "unspecified"])
def test_no_samesite_is_each_frameworks_own_word(given):
    text = forms(f'cookieSameSite="{given}"')
    assert executed("flask", text)["SESSION_COOKIE_SAMESITE"] is None
    assert executed("django", text)["SESSION_COOKIE_SAMESITE"] is False


@pytest.mark.parametrize("given", ["", "httpOnlyCookies='false'", "httpOnlyCookies='true'"])
def test_cookies_stay_httponly_whatever_httpcookies_says(given):
    """ASP.NET's own two always were."""
    config = config_of(forms(more=f"<httpCookies {given} />"))
    assert settings_for("flask", config)["SESSION_COOKIE_HTTPONLY"] is True
    assert settings_for("django", config)["SESSION_COOKIE_HTTPONLY"] is True


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("~/Account/LogOn", "/Account/LogOn"),
        ("login.aspx", "/login.aspx"),
        ("/signin", "/signin"),
        ("https://login.example/in", "https://login.example/in"),
    ],
)
def test_login_pages(given, taken):
    config = config_of(forms(f'loginUrl="{given}"'))
    assert settings_for("flask", config)["SESSION440_LOGIN_URL"] == taken
    assert settings_for("django", config)["LOGIN_URL"] == taken
    assert settings_for("wsgi", config)["login_url"] == taken


def test_a_default_login_page_is_not_taken_over():
    assert "LOGIN_URL" not in snippet_for("django", config_of(forms()))


def test_a_cookies_path_is_kept():
    config = config_of(forms('path="/shop"'))
    assert settings_for("flask", config)["SESSION_COOKIE_PATH"] == "/shop"
    assert "path is /" in snippet_for("wsgi", config)


@pytest.mark.parametrize("mode", ["StateServer", "SQLServer", "Custom"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_shared_memory_has_a_place_in_the_snippet(framework, mode, monkeypatch):
    """As a comment, so that the snippet loads before somebody has put a host in."""
    monkeypatch.setenv("SECRET_KEY", "a long random text")
    snippet = snippet_for(framework, config_of(forms("", f'mode="{mode}"')))
    for source, stores in ((snippet, 0), (re.sub("# (?=.*HOST)", "", snippet), 1)):
        names: dict = {"app": log_in}
        exec(source, names)
        engine = getattr(names["app"], "engine", None)
        given = [names.get("SESSION440_STORE"), names.get("SESSION440", {}).get("STORE")]
        given.append(engine and engine.settings.store)
        assert [each for each in given if each] == [STORES[mode]] * stores
    assert check_url(STORES[mode]) in ("redis", "sql")


def test_a_snippet_holds_any_text_as_text():
    """Whoever wrote the file does not write Python."""
    evil = '/x"; import os #\\ &#10; &#x9b;31m &#x202e; ß'
    text = forms(f'loginUrl="{evil.replace(chr(34), "&quot;")}"')
    wanted = '/x"; import os #\\ \n \x9b31m \u202e ß'
    assert executed("flask", text)["SESSION440_LOGIN_URL"] == wanted
    told = run("-", text=text.encode())
    assert "\x9b" not in told
    assert "\u202e" not in told


# --- what ASP.NET did differently


def test_half_window():
    assert "from 15 to 30 minutes" in notes(forms('timeout="30"'))["half-window"]
    assert "half-window" not in notes(NOT_SLIDING)
    assert "half-window" not in notes(BARE)


def test_not_sliding():
    assert "480 minutes after the login" in notes(NOT_SLIDING)["not-sliding"]


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


@pytest.mark.parametrize("session", [5, 15, 20, 60])
def test_a_ticket_that_does_not_slide_may_always_go_first(session):
    """Its person may have been busy to the last minute."""
    text = forms('timeout="20" slidingExpiration="false"', f'timeout="{session}"')
    assert f"up to {session} minutes" in notes(text)["ticket-first"]
    assert ("session-first" in notes(text)) == (session < 20)


def test_the_session_first_with_what_people_saw():
    given = notes(forms('timeout="60"'))["session-first"]
    assert "20 minutes (the default) and the ticket's 60 minutes disagreed" in given
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


LAUGHS = (
    "<!DOCTYPE lolz [<!ENTITY lol0 'lol'>"
    + "".join(f"<!ENTITY lol{n} '{f'&lol{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><configuration>&lol9;</configuration>"
)


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
