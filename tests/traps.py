"""What the tests of all traps have in common: the sites, and their times."""

from __future__ import annotations

import pytest
from sites import SITES, DjangoSite, FlaskSite

IDLE, ABSOLUTE, RENEWAL, EVIDENCE = 1200, 28800, 60, 86400


SESSIONS = [FlaskSite, DjangoSite]
everywhere = pytest.mark.parametrize("kind", SITES, ids=lambda kind: kind.name)
with_session = pytest.mark.parametrize("kind", SESSIONS, ids=lambda kind: kind.name)


def is_440(answer, cause="idle"):
    assert answer.status_line == "440 Login Timeout"
    assert answer["Session440-Cause"] == cause
