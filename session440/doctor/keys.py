"""Finds signing keys that can be guessed, or that change by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from ..options import Key
from .finding import Finding
from .site import Site

#: How many characters a key needs so that nobody can guess it: as many as the signing hash has
#: bytes (NIST SP 800-107 rev. 1 section 5.3.4).
LONG_ENOUGH = 32
#: The same for a key of bytes, which are assumed to be random.
BYTES_ENOUGH = 16
#: The smallest number of different characters; Django asks for the same (security.W009).
DIFFERENT_ENOUGH = 5
#: The mark of the keys that Django's startproject writes into the repository.
INSECURE = "django-insecure-"


def examine(site: Site) -> Iterator[Finding]:
    """Yield what is wrong with the keys; a finding shows only their length."""
    if site.engine is None:
        return
    for key in site.engine.settings.keys:
        yield from _weakness(site, key)


def _weakness(site: Site, key: Key) -> Iterator[Finding]:
    faults = [*_faults(key)]
    if faults:
        yield Finding(
            "session440.E021",
            f"a key of {site.key_option} {' and '.join(faults)}",
            "anybody who guesses it can write tickets, and log in as anybody",
            f"set {site.key_option} to a random text that is in no repository: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )


def _faults(key: Key) -> Iterator[str]:
    enough, unit = (LONG_ENOUGH, "characters") if isinstance(key, str) else (BYTES_ENOUGH, "bytes")
    if len(key) < enough:
        yield f"is {len(key)} {unit} long, fewer than {enough}"
    if len(set(key)) < DIFFERENT_ENOUGH:
        yield f"has {len(set(key))} different characters, fewer than {DIFFERENT_ENOUGH}"
    if isinstance(key, str) and key.startswith(INSECURE):
        yield f"begins with {INSECURE}"


def compare_starts(site: Site, elsewhere: tuple[str, ...]) -> Iterator[Finding]:
    """Yield a finding if the key differs from that of another start of the same app.

    :param elsewhere: the fingerprints of the other start's keys.
    """
    if site.engine is None or site.engine.signer.fingerprints[0] in elsewhere:
        return
    yield Finding(
        "session440.E022",
        f"{site.key_option} changes each time that the app starts",
        "each restart logs everybody out, and if there are several workers, each refuses the "
        "tickets of the others",
        f"set {site.key_option} to one random text, from a file or the environment, "
        "for all starts and workers",
    )
