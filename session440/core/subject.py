"""Who is logged in, as the text that tickets and records keep."""

from __future__ import annotations

from collections.abc import Collection


def subject_text(value: object) -> str:
    """Return the text of a subject: text, an integer, a UUID, or another single value.

    :raises TypeError: for a mapping or a list. All of it would be in the ticket, and a change of
        any part would be another person.
    """
    if not isinstance(value, str) and isinstance(value, Collection):
        raise TypeError(
            f"a subject is text, an integer or a UUID, and not a {type(value).__name__}: give "
            'the field that names the person (in Flask SESSION440_SUBJECT_KEY = "user.sub")'
        )
    return str(value)
