"""The doctor's findings as system checks: ``manage.py check --tag session440``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from ..doctor.finding import Finding

TAG = "session440"
#: Starts the project in another process.
_START = (
    "import django; django.setup(); from session440.django import get_engine; engine = get_engine()"
)


def check_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong on any machine on which the project runs."""
    from ..doctor.examination import examine  # not loaded on a server that checks nothing
    from .inspection import site_of_project

    return [_message(each) for each in examine(site_of_project(), in_service=False)]


def check_service(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return what else is wrong on a machine that serves people; this asks the store, if any."""
    from ..doctor import starts, workers
    from ..doctor.examination import examine
    from .inspection import site_of_project

    site = workers.counted(site_of_project())
    known = {each.id for each in examine(site, in_service=False)}
    found = examine(site)
    try:
        found += starts.compare(site, _START)
    except starts.StartError:
        pass  # the project itself says why it does not start
    return [_message(each) for each in found if each.id not in known]


def _message(finding: Finding) -> CheckMessage:
    kind = Error if finding.level == "error" else Warning
    hint = f"{finding.why[0].upper()}{finding.why[1:]}. What to do: {finding.remedy}."
    return kind(finding.found, hint=hint, id=finding.id)


def register_checks() -> None:
    """Register the checks, so that Django runs them."""
    register(check_settings, TAG)
    register(check_service, TAG, deploy=True)
