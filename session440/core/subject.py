"""Who is logged in, as the text that tickets and records keep."""

from __future__ import annotations

from collections.abc import Collection


def login_text(value: object) -> str:
    """Return the text of the person who logs in, as :func:`subject_text`.

    :raises ValueError: for what names nobody, such as the result of a look-up that found nothing.
        Everybody who is "None" would be one person.
    """
    if value is None or isinstance(value, bool) or value == "":
        raise ValueError(
            f"login(): {value!r} names nobody; give what names the person, such as the user's "
            "primary key, and call login() only if there is a person"
        )
    return subject_text(value)


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
