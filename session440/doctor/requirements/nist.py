"""What NIST SP 800-63B-4, section 5, asks of sessions, sentence by sentence.

Section 5 numbers its subsections and the items of two lists; a paragraph is counted from the
heading above it. There is no 5.1.3: the device identification of the former revision is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .requirement import Requirement

STANDARD: Final = "NIST SP 800-63B-4"
URL: Final = "https://pages.nist.gov/800-63-4/sp800-63b/session/"
_ANCHORS: Final = {
    "5.1": "bindings",
    "5.1.1": "sesscookies",
    "5.1.2": "access-tokens",
    "5.2": "sessionreauthn",
    "5.3": "monitoring",
}

_SHALL, _SHALL_NOT, _SHOULD, _SHOULD_NOT = "SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT"

_BINDINGS: Final = (
    ("paragraph 1", _SHALL, "browser and service share a secret, which the browser presents"),
    ("paragraph 2", _SHALL, "a session goes on only by a secret issued at the authentication"),
    ("paragraph 3, sentence 1", _SHOULD_NOT, "secrets do not outlast a restart of the browser"),
    ("paragraph 3, sentence 2", _SHALL_NOT, "no remember cookie stands in for an authentication"),
    ("paragraph 4", _SHALL, "the limits hold for secrets that are bound to a device, too"),
    ("paragraph 5, sentence 1", _SHALL, "the service makes the secret, because of the login"),
    ("paragraph 5, sentence 3", _SHALL_NOT, "no session has a higher AAL than its login"),
    ("item 1", _SHALL, "secrets are made at the authentication or right after it"),
    ("item 2", _SHALL, "secrets are of an approved random generator, and of 64 bits or more"),
    ("item 3", _SHALL, "a logout erases the secret, or makes it invalid"),
    ("item 4", _SHALL, "secrets travel only by an authenticated and protected channel"),
    ("item 5", _SHALL, "secrets are refused after the times of the AAL (2.1.3, 2.2.3, 2.3.3)"),
    ("item 6", _SHALL, "nobody between the service and the browser can see the secret"),
    ("paragraph 7, sentence 1", _SHOULD, "logout and expiry erase the secret in the browser"),
    ("paragraph 7, sentence 2", _SHOULD_NOT, "secrets are not where scripts can read them"),
    ("paragraph 8", _SHALL_NOT, "no session that began by https goes on by http"),
    ("paragraph 9", _SHALL, "what is posted carries a session identifier that is verified (CSRF)"),
    ("paragraph 11", _SHOULD, "people find without effort how to log off"),
)
_COOKIES: Final = (
    ("item 1", _SHALL, "cookies are sent by https only"),
    ("item 2", _SHALL, "cookies go to as few hosts and paths as possible"),
    ("item 3", _SHOULD, "scripts cannot read cookies (HttpOnly)"),
    ("item 4, sentence 1", _SHOULD, "cookies expire with the session, or soon after"),
    ("item 4, sentence 2", _SHALL_NOT, "no timeout relies on the expiry of a cookie"),
    ("item 5", _SHOULD, "cookies are called __Host-… and have the path /"),
    ("item 6", _SHOULD, "cookies are SameSite=Lax or Strict"),
    ("item 7, first half", _SHOULD, "cookies hold only an opaque text"),
    ("item 7, second half", _SHALL_NOT, "cookies hold no personal information that can be read"),
)
_TOKENS: Final = (
    ("paragraph 1", _SHALL_NOT, "an access token is no sign that its person is there"),
)
_AGAIN: Final = (
    ("paragraph 1", _SHALL, "people authenticate again from time to time"),
    ("paragraph 2, sentence 4", "MAY", "people are warned before the end, and can prevent it"),
    ("paragraph 2, sentence 5", _SHALL, "a session ends when either timeout has passed"),
    ("paragraph 2, sentence 6", _SHALL, "activity resets one timeout, a login again both"),
    ("paragraph 3", _SHALL, "both limits are written down in a system security plan"),
    ("paragraph 5", _SHALL, "the service itself decides whether a federated login is recent"),
)
_MONITORING: Final = (
    ("paragraph 1", _SHOULD, "a suspected fraud ends the session, asks for a proof or is reported"),
    ("paragraph 2", _SHALL, "what is collected for that is part of the privacy risk assessment"),
)
_SECTIONS: Final = {
    "5.1": _BINDINGS,
    "5.1.1": _COOKIES,
    "5.1.2": _TOKENS,
    "5.2": _AGAIN,
    "5.3": _MONITORING,
}


def _requirements() -> Iterator[Requirement]:
    for section, rows in _SECTIONS.items():
        for place, force, text in rows:
            source = f"{URL}#{_ANCHORS[section]}"
            yield Requirement(STANDARD, f"{section}, {place}", force, text, source)


#: In the order of the standard.
NIST_SECTION_5: Final = tuple(_requirements())
