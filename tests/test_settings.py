"""Options: every one checked when built, every error saying what would do."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from session440 import ConfigurationError, Engine, Policy, Settings

KEY = {"secret_key": "a long random text"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("secret_key", 5),
        ("secret_key_fallbacks", "one text"),
        ("policy", "nist-aal9"),
        ("policy", 20),
        ("policy", ["pci-dss"]),
        ("idle_timeout", "soon"),
        ("idle_timeout", 0),
        ("absolute_timeout", -1),
        ("warn_before", "x"),
        ("renew_interval", True),
        ("policies", ["kiosk"]),
        ("policies", {"kiosk": "no such preset"}),
        ("choose_policy", "kiosk"),
        ("login_url", ""),
        ("login_url", 7),
        ("next_param", ""),
        ("enforcement", "lax"),
        ("status", 403),
        ("status", "440"),
        ("public", "/docs/*"),
        ("public", ["docs/*"]),
        ("passive", [7]),
        ("endpoint", "session440"),
        ("endpoint", "/"),
        ("endpoint", "/a/"),
        ("endpoint", False),
        ("cookie_name", "a b"),
        ("cookie_name", "a;b"),
        ("cookie_name", 7),
        ("evidence", "long"),
        ("adopt", "next week"),
        ("adopt", datetime(2027, 1, 1)),  # naive, which is the point
        ("adopt", 1),
        ("store", 5),
        ("store", object()),
        ("store", "mongodb://somewhere"),
        ("store", "redis"),
        ("store_failure", "ignore"),
        ("revalidate_interval", -1),
        ("revalidate_interval", "often"),
        ("revalidate_interval", True),
        ("revalidate_interval", 5),  # there is no store that could be asked
        ("max_logins", 0),
        ("max_logins", True),
        ("max_logins", 1),
        ("node", ""),
        ("clock", 12),
        ("drain_limit", -1),
        ("drain_limit", "1M"),
        ("on_event", "log"),
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
    ],
)
def test_unknown_option_names_the_nearest(given, near):
    with pytest.raises(
        ConfigurationError, match=f"unknown option '{given}'; did you mean '{near}'"
    ):
        Settings.load({given: 1}, **KEY)


def test_unknown_option_without_a_near_one_lists_all():
    with pytest.raises(ConfigurationError, match=r"known are .*idle_timeout"):
        Settings.load({"zzz": 1}, **KEY)


def test_options_override_fields_of_the_policy():
    policy = Settings(**KEY, policy="pci-dss", absolute_timeout="8h").policy
    assert (policy.idle_timeout, policy.absolute_timeout) == (900, 28800)
    policy = Settings(**KEY, policy=Policy(60, 600), idle_timeout=None).policy
    assert (policy.idle_timeout, policy.absolute_timeout) == (None, 600)


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
        assert settings.adopts(noon.timestamp())
        assert not settings.adopts(noon.timestamp() + 43200)


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
