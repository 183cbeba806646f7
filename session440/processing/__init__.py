"""The five functions that an adapter calls, and their twins that await.

``process_request`` returns who answers and renders nothing, ``reply`` renders, ``settle`` may
replace the app's answer, ``process_response`` returns what is added to the response, and
``process_exception`` answers a ``LoginTimeout`` or a ``StepUpRequired``. All decisions are in the
tables and steps of :mod:`session440.core`. ``tests/test_twins.py`` compares the texts of the twins.
"""

from .exceptional import aprocess_exception, process_exception
from .request import aprocess_request, areply, carries_nothing, process_request, reply
from .response import (
    amend_response,
    aprocess_response,
    asettle,
    passes_as_it_is,
    passes_by,
    process_response,
    settle,
)
from .unsent import keep_ends

__all__ = [
    "amend_response",
    "aprocess_exception",
    "aprocess_request",
    "aprocess_response",
    "areply",
    "asettle",
    "carries_nothing",
    "keep_ends",
    "passes_as_it_is",
    "passes_by",
    "process_exception",
    "process_request",
    "process_response",
    "reply",
    "settle",
]
