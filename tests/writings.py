"""Every ticket that may be: what hypothesis draws from."""

from __future__ import annotations

import hashlib

from hypothesis import settings
from hypothesis import strategies as st
from itsdangerous import Signer

from session440 import Cause, Ticket
from session440.core.signing import TicketSigner

#: No test fails because the machine is slow, or because of what an earlier run came upon.
relaxed = settings(deadline=None, database=None)

#: Surrogates that stand alone included, as in what WSGI makes of bytes (PEP 383).
letters = st.characters() | st.characters(categories=["Cs", "Cc"]) | st.sampled_from('~:%.,;="\\ é')
text = st.text(letters)
times = st.floats(allow_nan=False) | st.floats(1e9, 4e9)
#: As a later version may write them.
unknown = st.lists(
    st.from_regex(r"[a-z][a-z0-9_]{1,8}:[A-Za-z0-9_.%+-]*", fullmatch=True), max_size=3
)


def signer_of(signer: TicketSigner) -> Signer:
    """Return the signer of itsdangerous that has the same keys."""
    keys = signer._keys[::-1]  # there the newest comes last
    return Signer(keys, key_derivation="none", digest_method=hashlib.sha256)


@st.composite
def tickets(draw) -> Ticket:
    return Ticket(
        draw(text),
        draw(text),
        draw(times),
        draw(times),
        draw(text | st.just("default")),
        draw(st.none() | times),
        draw(text),
        draw(st.none() | st.sampled_from(Cause) | st.text(letters, min_size=1)),
        draw(text),
        tuple(draw(unknown)),
    )
