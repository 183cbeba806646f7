"""Settings as text that a person reads, and pastes into a site, for two commands."""

from __future__ import annotations

from typing import Final

from .moments import DAY

#: The widest line of text.
WIDTH: Final = 96
#: Where each framework's settings go.
PLACES: Final = {
    "flask": "Flask: the app's configuration",
    "django": "Django: the project's settings",
    "wsgi": "WSGI: where the app is made",
}
#: For how many seconds the frameworks keep a session by default.
SESSION_AGES: Final = {
    # https://flask.palletsprojects.com/en/stable/config/#PERMANENT_SESSION_LIFETIME
    "flask": 31 * DAY,
    # https://docs.djangoproject.com/en/stable/ref/settings/#session-cookie-age
    "django": 14 * DAY,
}


def shown(text: str, most: int = 60) -> str:
    """Return a text as one short line, with nothing that would act on a terminal."""
    line = "".join(map(_visible, text[: most + 1]))
    return line if len(text) <= most else f"{line[:most]}..."


def literal(value: object) -> str:
    """Return a value as Python writes it, with double quotes around text."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(f"\\{each}" if each in '\\"' else _visible(each) for each in value) + '"'


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


def wrapping(given: list[str]) -> list[str]:
    """Return the lines that wrap a WSGI app.

    :param given: the lines of its options.
    """
    return [
        "import os",
        "",
        "from session440.wsgi import Session440Middleware",
        "",
        "app = Session440Middleware(",
        "    app,",
        '    secret_key=os.environ["SECRET_KEY"],',
        *given,
        ")",
    ]
