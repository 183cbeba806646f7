"""For the test suites of Django projects: what they count does not depend on their order.

A test client logs in before its first request has loaded any middleware. Imported by then,
the adapter hears of the login and binds it in the session's first write; otherwise the first
request of a process would adopt the login, with a write of its own.
"""

from __future__ import annotations

import sys


def pytest_collection_finish() -> None:
    """Import the Django adapter, where the project under test uses it."""
    if "django.conf" not in sys.modules:
        return
    from django.conf import settings

    if settings.configured and any("session440" in each for each in settings.MIDDLEWARE):
        import session440.django  # noqa: F401
