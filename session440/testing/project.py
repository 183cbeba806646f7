"""What only the tests of Django projects need."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from django.core.signals import setting_changed

from ..cause import Cause
from ..exceptions import ConfigurationError
from .assertion import Response, assert_login_timeout
from .travel import Travel


class LoginTimeoutMixin(unittest.TestCase):
    """Lets the tests of a class travel in time: ``self.travel("21m")``.

    List it before Django's class: ``class Tests(LoginTimeoutMixin, TestCase)``. A ``setUp`` of
    your own calls ``super().setUp()``.
    """

    #: Moves the clock, and ends logins.
    travel: Travel

    def setUp(self) -> None:
        """Stop the clock for the length of a test."""
        super().setUp()
        self.travel = Travel().__enter__()
        self.addCleanup(self.travel.__exit__)

    def assertLoginTimeout(  # noqa: N802  # as unittest and Django name theirs
        self, response: Response, cause: Cause | str | None = None
    ) -> None:
        """Assert that the answer is a 440; see :func:`session440.testing.assert_login_timeout`."""
        assert_login_timeout(response, cause)


def watch_settings(hold: Callable[[], object]) -> Callable[[], object]:
    """Call *hold* whenever a setting is changed, as ``override_settings`` does.

    Return the function that ends this.
    """
    # It must be connected first: it forgets the engine, and ours asks for the new one.
    from ..django import conf  # noqa: F401

    def changed(**kwargs: Any) -> None:
        try:
            hold()
        except ConfigurationError:
            pass  # of an option that a test has made bad on purpose; whatever uses it says so

    setting_changed.connect(changed)
    return lambda: setting_changed.disconnect(changed)  # it keeps the receiver, too
