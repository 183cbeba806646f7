"""The five verbs that an adapter calls, and their twins that await.

``process_request`` says who answers and renders nothing, ``reply`` renders, ``settle`` may
replace the app's answer, ``process_response`` says what the response carries, and
``process_exception`` answers a ``LoginTimeout``. They hold no decision: the tables and the
steps in :mod:`session440.core` do. ``tests/test_twins.py`` holds each twin to the text of its
sibling.
"""

from .exceptional import aprocess_exception, process_exception
from .request import aprocess_request, areply, process_request, reply
from .response import (
    amend_response,
    aprocess_response,
    asettle,
    passes_by,
    process_response,
    settle,
)

__all__ = [
    "amend_response",
    "aprocess_exception",
    "aprocess_request",
    "aprocess_response",
    "areply",
    "asettle",
    "passes_by",
    "process_exception",
    "process_request",
    "process_response",
    "reply",
    "settle",
]
