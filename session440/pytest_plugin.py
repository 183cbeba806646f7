"""For the test suites of Django projects: the queries they count do not depend on their order.

A test client logs in before its first request has loaded any middleware. If the adapter is
imported by then, it receives the login's signal and binds the login in the session's first
write. Otherwise the first request of a process would adopt the login, with one more write.
"""

from __future__ import annotations

import sys


def pytest_collection_finish() -> None:
    """Import the Django adapter, if the project under test uses it."""
    if "django.conf" not in sys.modules:
        return
    from django.conf import settings

    if settings.configured and any("session440" in each for each in settings.MIDDLEWARE):
        import session440.django  # noqa: F401
