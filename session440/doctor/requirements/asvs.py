"""What OWASP ASVS 5.0.0 requires of sessions, and of what stays behind in a browser.

All 19 requirements of chapter 7, then the two of section 14.3 that are about the end of a login.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..clauses import ASVS_URL
from .requirement import Requirement

STANDARD: Final = "OWASP ASVS 5.0.0"
DATA_URL: Final = "https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x23-V14-Data-Protection.md"

#: The headings of the sections, as the anchors of their pages.
_SECTIONS: Final = {
    "7.1": f"{ASVS_URL}#v71-session-management-documentation",
    "7.2": f"{ASVS_URL}#v72-fundamental-session-management-security",
    "7.3": f"{ASVS_URL}#v73-session-timeout",
    "7.4": f"{ASVS_URL}#v74-session-termination",
    "7.5": f"{ASVS_URL}#v75-defenses-against-session-abuse",
    "7.6": f"{ASVS_URL}#v76-federated-re-authentication",
    "14.3": f"{DATA_URL}#v143-client-side-data-protection",
}

_ROWS: Final = (
    ("7.1.1", "L2", "both timeouts are written down, and each deviation from NIST has a reason"),
    (
        "7.1.2",
        "L2",
        "it is written down how many logins an account may have, and what one more does",
    ),
    ("7.1.3", "L2", "each system of a single sign-on is written down, and what ends a login in it"),
    ("7.2.1", "L1", "session tokens are verified on the server"),
    ("7.2.2", "L1", "session tokens are made for the session, and are no fixed keys"),
    ("7.2.3", "L1", "tokens that stand for a session are unique, of 128 random bits or more"),
    ("7.2.4", "L1", "each login, and each login again, makes a new token and ends the former one"),
    ("7.3.1", "L2", "a login ends after some time without activity"),
    ("7.3.2", "L2", "a login ends after a definite time, even with activity"),
    ("7.4.1", "L1", "after a logout or a timeout nobody can use the session"),
    ("7.4.2", "L1", "when an account is disabled or deleted, all its sessions end"),
    ("7.4.3", "L2", "people who change a password or another factor can end all other sessions"),
    ("7.4.4", "L2", "each page behind the login shows how to log out"),
    ("7.4.5", "L2", "administrators can end the sessions of one user, or of all"),
    ("7.5.1", "L2", "people log in fully again before they change what the login depends on"),
    ("7.5.2", "L2", "people see their sessions, and can end any of them after a login again"),
    ("7.5.3", "L3", "people prove at least one factor before highly sensitive steps"),
    ("7.6.1", "L2", "sessions here and at the identity provider last and end as documented"),
    ("7.6.2", "L2", "no session begins without a person's consent or action"),
    ("14.3.1", "L1", "what a login showed is cleared from the browser at its end, offline too"),
    ("14.3.2", "L2", "headers keep sensitive data out of the browser's cache"),
)


def _requirements() -> Iterator[Requirement]:
    for number, level, text in _ROWS:
        source = _SECTIONS[number.rpartition(".")[0]]
        yield Requirement(STANDARD, number, level, text, source)


#: In the order of the standard.
ASVS_5: Final = tuple(_requirements())
