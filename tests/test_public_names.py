"""What ``import session440`` offers, and what it costs those who use none of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import session440
from session440 import Engine, Settings, Visit
from session440.live import LiveLogin
from session440.testing import LoginTimeoutMixin, Travel

ENGINE = [
    *("alogins", "apurge", "arevoke", "arevoke_all", "arevoke_everybody", "as_node", "expiry"),
    *("listen", "logins", "policy", "purge", "revoke", "revoke_all", "revoke_everybody"),
    *("watch_store",),
]
ENGINE_HOLDS = [
    *(
        "clock",
        "cookie_name",
        "endpoint_prefix",
        "limits",
        "live",
        "node",
        "providers",
        "reports_only",
        "rules",
    ),
    *("settings", "shared", "signer", "store", "teller"),
]
VISIT = [
    *("active", "cause", "confirm", "credential", "expires_at", "is_recent", "login", "login_id"),
    *("logout", "proved_at", "remaining", "require_recent", "subject", "ticket", "watch"),
]
#: What is told to a connection by its group is not for apps: ``tell_end``, ``tell_warning``,
#: ``follow``; ``ticket`` and ``end`` are for adapters.
LIVE_LOGIN = [
    *("atouch", "call", "call_at_warning", "cause", "close", "deadline", "end", "ended", "follow"),
    *("is_over", "reason", "subject", "tell_end", "tell_warning", "ticket", "touch", "warned"),
]

TRAVEL = ["clock", "end_login", "engine"]

SHOW = "print(*sorted(name for name in sys.modules if name.partition('.')[0] == 'session440'))"
PLAIN = ["session440", "session440.version"]


def modules_after(code: str, folder: Path | None = None) -> list[str]:
    """The modules of the package that a process of its own has loaded after *code*."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; {SHOW}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
    )
    return done.stdout.splitlines()[-1].split()


def test_importing_the_package_loads_its_version_alone():
    assert modules_after("import session440; session440.__version__; dir(session440)") == PLAIN


def test_a_name_loads_what_it_needs_alone():
    loaded = modules_after("from session440 import Cause")
    assert loaded == sorted([*PLAIN, "session440.cause"])


def test_pytest_loads_the_plugin_alone_where_nothing_uses_the_package(tmp_path):
    """It is loaded in every run of every project that has session440 installed."""
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")
    run = "import pytest; assert not pytest.main(['-q'])"
    plugin = "session440.pytest_plugin"  # by its entry point
    assert modules_after(run, tmp_path) == sorted([*PLAIN, plugin])


@pytest.mark.parametrize("name", session440.__all__)
def test_each_public_name_is_found_and_kept(name):
    assert getattr(session440, name).__name__ == name
    assert vars(session440)[name] is getattr(session440, name)


def test_a_star_import_brings_every_public_name():
    namespace: dict[str, object] = {}
    exec("from session440 import *", namespace)
    assert set(session440.__all__) <= set(namespace)


def test_dir_shows_the_names_that_have_not_been_used_yet():
    assert {*session440.__all__, "__version__"} <= set(dir(session440))


def test_the_names_are_those_that_are_looked_up():
    assert sorted(session440._MODULES) == session440.__all__


def test_a_name_that_is_none_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'session440' has no attribute 'Polices'"):
        session440.Polices  # noqa: B018  # the look-up is what is tested
    with pytest.raises(ImportError, match="cannot import name 'Polices'"):
        from session440 import Polices  # noqa: F401  # it is not there


def shown(thing: object) -> list[str]:
    return [name for name in dir(thing) if not name.startswith("_")]


@pytest.mark.parametrize(
    ("kind", "names"), [(Engine, ENGINE), (Visit, VISIT), (LiveLogin, LIVE_LOGIN)]
)
def test_what_an_app_is_handed_has_these_names_and_no_other(kind, names):
    """Apps come to use what they see: a name more is to be kept for good."""
    assert shown(kind) == names


def test_what_a_test_is_handed_has_these_names_and_no_other():
    """``clock`` is set when it is made."""
    assert sorted([*shown(Travel), "clock"]) == TRAVEL
    own = [name for name in vars(LoginTimeoutMixin) if not name.startswith("_")]
    assert sorted(own) == ["assertLoginTimeout", "setUp"]


def test_an_engine_holds_these_values_and_no_other():
    engine = Engine(Settings(secret_key="a long random text for the tests"), "login440")
    assert shown(engine) == sorted([*ENGINE, *ENGINE_HOLDS])
