"""Options: every one checked when built, every error saying what would do."""

from __future__ import annotations

import math
import time
from dataclasses import fields, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import partial, wraps

import pytest

from session440 import ConfigurationError, Engine, Policy, Settings
from session440.settings import FROM_POLICY
from session440.stores import MemoryStore

KEY = {"secret_key": "a long random text"}


async def choose_later(request, subject):
    return "kiosk"


async def log_in_later(request):
    return "/login"


async def tell_time_later():
    return 0.0


async def hear_later(*event):
    pass


class AsyncListener:
    async def __call__(self, event):
        pass


class AsyncStore(MemoryStore):
    async def find(self, id):
        return None


class NoOffset(tzinfo):
    """Makes a datetime that looks aware, and is not."""

    def utcoffset(self, moment):
        return None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("secret_key", 5),
        ("secret_key", None),
        ("secret_key_fallbacks", "one text"),
        ("secret_key_fallbacks", b"bytes"),
        ("secret_key_fallbacks", ["text", None]),
        ("policy", "nist-aal9"),
        ("policy", 20),
        ("policy", ["pci-dss"]),
        ("idle_timeout", "soon"),
        ("idle_timeout", 0),
        ("idle_timeout", True),
        ("idle_timeout", math.nan),
        ("idle_timeout", math.inf),
        ("idle_timeout", 10**400),
        ("idle_timeout", "9" * 400),
        ("idle_timeout", timedelta.max),  # no date is so late
        ("idle_timeout", b"20m"),
        ("idle_timeout", ["20m"]),
        ("idle_timeout", "from the policy"),
        ("absolute_timeout", -1),
        ("warn_before", "x"),
        ("renew_interval", True),
        ("policies", ["kiosk"]),
        ("policies", {"kiosk": "no such preset"}),
        ("policies", {"kiosk": 5}),
        ("policies", {5: Policy()}),
        ("policies", {"": Policy()}),
        ("policies", {"default": Policy()}),  # which is what policy gives
        ("choose_policy", "kiosk"),
        ("choose_policy", lambda request: "kiosk"),
        ("choose_policy", choose_later),
        ("login_url", ""),
        ("login_url", 7),
        ("login_url", "login"),  # a name of a view, or relative to each page
        ("login_url", "auth.login"),
        ("login_url", "javascript:alert()"),
        ("login_url", "/login\r\nSet-Cookie: a=b"),
        ("login_url", lambda: "/login"),
        ("login_url", log_in_later),
        ("next_param", ""),
        ("enforcement", "lax"),
        ("status", 403),
        ("status", "440"),
        ("status", 440.0),
        ("status", True),
        ("public", "/docs/*"),
        ("public", b"/docs/*"),
        ("public", ["docs/*"]),
        ("public", {"/docs/*": True}),
        ("passive", [7]),
        ("endpoint", "session440"),
        ("endpoint", "/"),
        ("endpoint", "/a/"),
        ("endpoint", "/a/../b"),  # browsers ask for /b
        ("endpoint", "/."),
        ("endpoint", False),
        ("cookie_name", "a b"),
        ("cookie_name", "a;b"),
        ("cookie_name", 7),
        ("evidence", "long"),
        ("evidence", None),
        ("enforcement", None),
        ("enforcement", ["strict"]),
        ("adopt", "next week"),
        ("adopt", datetime(2027, 1, 1)),  # naive, which is the point
        ("adopt", 1),
        ("adopt", datetime(2027, 1, 1, tzinfo=NoOffset())),
        ("store", 5),
        ("store", object()),
        ("store", MemoryStore),  # the class, not one of it
        ("store", AsyncStore()),
        ("store", b"memory:"),
        ("store", ""),
        ("store", "mongodb://somewhere"),
        ("store", "redis"),
        ("store_failure", "ignore"),
        ("revalidate_interval", -1),
        ("revalidate_interval", "often"),
        ("revalidate_interval", True),
        ("revalidate_interval", 5),  # there is no store that could be asked
        ("store_debts", 0),
        ("store_debts", None),
        ("store_debts", True),
        ("store_debts", 5),  # there is no store that it would be for
        ("max_logins", 0),
        ("max_logins", True),
        ("max_logins", "3"),
        ("max_logins", 2.5),
        ("max_logins", 1),
        ("node", ""),
        ("clock", 12),
        ("clock", None),
        ("clock", datetime.now),
        ("clock", datetime),
        ("clock", lambda: math.nan),
        ("clock", lambda: True),
        ("clock", lambda: time.time() * 1000),
        ("clock", tell_time_later),
        ("drain_limit", -1),
        ("drain_limit", "1M"),
        ("drain_limit", True),
        ("drain_limit", 1e6),
        ("on_event", "log"),
        ("on_event", None),
        ("on_event", lambda: None),
        ("on_event", hear_later),
        ("on_event", AsyncListener()),
        ("on_event", partial(hear_later, 5)),
    ],
)
def test_bad_values_name_the_option_and_what_would_do(option, value):
    with pytest.raises(ConfigurationError, match=rf"{option}\b.*; give |{option}\b.*give "):
        Settings(**KEY | {option: value})


def test_secrets_are_in_no_error_and_no_repr():
    settings = Settings(
        secret_key="hush", secret_key_fallbacks=["hush, too"], store="redis://:hush@host/0"
    )
    assert "hush" not in repr(settings)
    with pytest.raises(ConfigurationError) as error:
        Settings(**KEY, store="mongodb://:hush@host/0")
    assert "hush" not in str(error.value)
    with pytest.raises(ConfigurationError) as caught:
        Settings(secret_key="hush", secret_key_fallbacks="hush, too")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("idle_timout", "idle_timeout"),
        ("absolut_timeout", "absolute_timeout"),
        ("login_uri", "login_url"),
        ("cookiename", "cookie_name"),
        ("IDLE_TIMEOUT", "idle_timeout"),
    ],
)
def test_unknown_option_names_the_nearest(given, near):
    with pytest.raises(
        ConfigurationError, match=f"unknown option '{given}'; did you mean '{near}'"
    ):
        Settings.load({given: 1}, **KEY)
    with pytest.raises(ConfigurationError, match=f"did you mean '{near}'"):
        Settings(**KEY, **{given: 1})


def test_unknown_option_without_a_near_one_lists_all():
    with pytest.raises(ConfigurationError, match=r"known are .*idle_timeout"):
        Settings.load({"zzz": 1}, **KEY)
    with pytest.raises(ConfigurationError, match="unknown option 5"):
        Settings.load({5: 1}, **KEY)


def test_options_override_fields_of_the_policy():
    policy = Settings(**KEY, policy="pci-dss", absolute_timeout="8h").policy
    assert (policy.idle_timeout, policy.absolute_timeout) == (900, 28800)
    policy = Settings(**KEY, policy=Policy(60, 600), idle_timeout=None).policy
    assert (policy.idle_timeout, policy.absolute_timeout) == (None, 600)


def test_what_is_kept_is_checked():
    """Whatever form a value was given in, users of the settings meet one."""
    settings = Settings(
        secret_key_fallbacks=["older"],
        idle_timeout="20m",
        absolute_timeout=timedelta(hours=4),
        policies={"kiosk": "owasp-high"},
        public={"/docs/*"},
        evidence="7d",
        adopt="2027-01-31",
        revalidate_interval="0s",
    )
    assert settings.secret_key_fallbacks == ("older",)
    assert (settings.idle_timeout, settings.absolute_timeout) == (1200.0, 14400.0)
    assert settings.policies == {"kiosk": Policy("5m", "4h")}
    assert settings.public == ("/docs/*",)
    assert (settings.evidence, settings.revalidate_interval) == (604800.0, 0.0)
    assert settings.adopt == datetime(2027, 1, 31, tzinfo=timezone.utc)


def test_limits_are_those_of_the_policy_unless_they_are_given():
    settings = Settings(policy="pci-dss", warn_before=30)
    assert (settings.idle_timeout, settings.absolute_timeout) == (900.0, None)
    assert (settings.warn_before, settings.policy.warning) == (30.0, 30.0)
    assert Settings(policy="pci-dss", idle_timeout=FROM_POLICY).idle_timeout == 900.0
    assert repr(FROM_POLICY) == "<from the policy>"


def test_no_default_is_left_unchecked():
    """Nor is the object that stands for a limit that is not given."""
    settings = Settings()
    assert FROM_POLICY not in [getattr(settings, each.name) for each in fields(settings)]
    assert all("check" in each.metadata for each in fields(settings) if each.init)
    assert settings == Settings(**{each.name: each.default for each in _plain_fields()})


def _plain_fields():
    """Those whose default is a value that the option may be given."""
    return [each for each in fields(Settings) if each.init and isinstance(each.default, (str, int))]


def test_settings_can_be_replaced():
    """By dataclasses.replace(), which gives each field anew."""
    settings = Settings(**KEY, policy="pci-dss", adopt="2027-01-31", store="memory:")
    changed = replace(settings, max_logins=3)
    assert (changed.max_logins, changed.policy, changed.adopt) == (
        3,
        settings.policy,
        settings.adopt,
    )


def test_functions_may_be_of_any_kind_that_can_be_called_so():
    """A wrapper is judged by what it takes itself, a builtin by nothing."""

    def without_request():
        return "/login"

    @wraps(without_request)
    def wrapper(request):
        return without_request()

    class Listener:
        def __call__(self, event, *more, loudly=False):
            pass

    Settings(login_url=wrapper, on_event=Listener(), clock=time.time)
    Settings(on_event=print, choose_policy=dict.get)
    Settings(on_event=partial(print, flush=True), choose_policy=lambda *given: None)


def test_contradictions_are_errors():
    with pytest.raises(ConfigurationError, match="both None"):
        Settings(**KEY, idle_timeout=None, absolute_timeout=None)


@pytest.mark.parametrize("name", ["secret_key", "secret_key_fallbacks"])
def test_engine_needs_a_secret_key(name):
    with pytest.raises(ConfigurationError, match="secret_key is empty"):
        Engine(Settings(), "session440")


def test_adoption_can_end_on_a_date():
    """At its first second, in UTC."""
    noon = datetime(2027, 1, 31, 12, tzinfo=timezone.utc)
    for value in (date(2027, 2, 1), "2027-02-01", noon + timedelta(hours=12)):
        settings = Settings(**KEY, adopt=value)
        assert settings.adopt_until == noon.timestamp() + 43200


def test_patterns_match_whole_paths():
    paths = Settings(**KEY, public=["/docs/*", "/health"]).public_paths
    assert paths.match("/docs/a/b")
    assert paths.match("/health")
    assert not paths.match("/healthy")
    assert not paths.match("/admin/docs/a")
    assert Settings(**KEY).public_paths is None


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        Settings(**KEY).idle_timeout = 5


def test_policy_may_name_one_of_the_policies():
    settings = Settings(**KEY, policy="staff", policies={"staff": Policy(60, 600)})
    assert settings.policy.idle_timeout == 60
