"""The contract of stores, held against drivers that only await; in threads others stand in."""

from __future__ import annotations

import pytest
from backends import ONLY_AWAITING
from test_stores import *  # noqa: F403  # all of its tests are run here, with other stores


@pytest.fixture(scope="session", params=ONLY_AWAITING)
def backend(request, launch):
    return launch(ONLY_AWAITING[request.param])
