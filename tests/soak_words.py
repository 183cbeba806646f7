"""The seconds that the longest headers cost. `make soak`: it wants an idle machine.

`make test` counts calls, in test_words.py; what a regular expression does is none.
"""

from __future__ import annotations

from time import process_time

import pytest
from test_words import LONG_HEADERS

from session440.http import words


@pytest.mark.parametrize("header", LONG_HEADERS, ids=lambda header: header[:6])
def test_a_header_of_ten_thousand_characters_is_cheap(header):
    before = process_time()
    words.accepted_language(header)
    assert process_time() - before < 0.5
