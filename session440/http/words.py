"""The texts that a person reads, in their language, from gettext catalogues in this package.

Each text is a whole sentence, with its plural forms if it has a number in it: sentences put
together from parts cannot be translated well.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from ..cause import Cause
from ..moments import UNITS

#: The BCP 47 tags of the languages that have a catalogue, and of English, which needs none.
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ja", "zh-Hans", "ar")
RIGHT_TO_LEFT = ("ar",)
#: Subtags of Chinese for the traditional script, or for a region that uses it.
_TRADITIONAL = {"hant", "tw", "hk", "mo"}


def _(message: str) -> str:
    """Mark a message for the catalogues."""
    return message


def _n(one: str, many: str) -> tuple[str, str]:
    """Mark a message with a number in it for the catalogues."""
    return one, many


SIGNED_OUT = _("You have been signed out")
LOG_IN_AGAIN = _("Log in again")
GO_ON = _("Go on without logging in")
NOT_SAVED = _(
    "Your last step was not saved. Log in again, then go back in your browser to find what you "
    "typed."
)
TRY_AGAIN = _("Please try again in a moment")
UNAVAILABLE = _(
    "Your login cannot be checked at the moment. You are still logged in: try again soon."
)
SIGNED_IN_AGAIN = _("You are signed in again")
CLOSE_WINDOW = _("You can close this window.")
LOG_IN = _("Log in")

CONFIRM_IT = _("Confirm that it is you")
STEP_UP = _("This step needs a recent login. You are still logged in: log in once more to go on.")
LOG_IN_FIRST = _("This step needs a login. Log in to go on.")
#: In place of a page that came back and may be somebody else's.
ASKING = _("This page is shown once the server has been asked whether you are still signed in.")

#: The messages of the dialog in the browser, by their names in the script and in its order.
DIALOG = {
    "heading": _("You are about to be signed out"),
    "stay": _("Stay signed in"),
    "leave": _("Sign out"),
    "ended": SIGNED_OUT,
    "kept": _("This page is kept as you left it. Log in again and go on where you were."),
    "again": LOG_IN_AGAIN,
    "part": _("This is about this part of the page alone."),
}
#: Those of the dialog for a step that needs a recent login, in a dictionary of their own.
STEP_UP_DIALOG = {
    "heading": CONFIRM_IT,
    "kept": _(
        "This step needs a recent login. What you entered is kept: log in once more and it goes on."
    ),
    "again": LOG_IN_AGAIN,
    "cancel": _("Cancel"),
}
#: Those of the page of one's own logins.
LOGINS = _("Where you are signed in")
SIGN_OUT_UNKNOWN = _("If you do not know one of these, sign it out.")
THIS_ONE = _("This one")
SIGNED_IN_SINCE = _("Signed in since")
LAST_SEEN = _("Last seen")
SIGN_OUT = DIALOG["leave"]
SIGN_OUT_OTHERS = _("Sign out everywhere else")
NOWHERE_ELSE = _("You are signed in nowhere else.")
LOGIN_OVER = _("That login is over.")
OTHERS_OVER = _("You are now signed out everywhere else.")
NO_SUCH_LOGIN = _("You have no such login. It may be over already.")
NO_LIST = _("This site keeps no list of logins.")

COUNTDOWNS = {
    "minutes": _n(
        "For your security you will be signed out in {n} minute.",
        "For your security you will be signed out in {n} minutes.",
    ),
    "seconds": _n(
        "For your security you will be signed out in {n} second.",
        "For your security you will be signed out in {n} seconds.",
    ),
    "last_minutes": _n(
        "Your login ends in {n} minute and cannot be extended. Save your work.",
        "Your login ends in {n} minutes and cannot be extended. Save your work.",
    ),
    "last_seconds": _n(
        "Your login ends in {n} second and cannot be extended. Save your work.",
        "Your login ends in {n} seconds and cannot be extended. Save your work.",
    ),
}

CAUSES = {
    Cause.CREDENTIAL: _("You were signed out because your login has expired."),
    Cause.REVOKED: _("You were signed out because your login was withdrawn."),
    Cause.DISPLACED: _("You were signed out because you logged in somewhere else."),
    Cause.LOST: _("You were signed out because this server no longer has your login."),
}
AFTER = {
    (Cause.IDLE, "second"): _n(
        "You were signed out after {n} second without activity.",
        "You were signed out after {n} seconds without activity.",
    ),
    (Cause.IDLE, "minute"): _n(
        "You were signed out after {n} minute without activity.",
        "You were signed out after {n} minutes without activity.",
    ),
    (Cause.IDLE, "hour"): _n(
        "You were signed out after {n} hour without activity.",
        "You were signed out after {n} hours without activity.",
    ),
    (Cause.IDLE, "day"): _n(
        "You were signed out after {n} day without activity.",
        "You were signed out after {n} days without activity.",
    ),
    (Cause.ABSOLUTE, "second"): _n(
        "You were signed out because {n} second has passed since you logged in.",
        "You were signed out because {n} seconds have passed since you logged in.",
    ),
    (Cause.ABSOLUTE, "minute"): _n(
        "You were signed out because {n} minute has passed since you logged in.",
        "You were signed out because {n} minutes have passed since you logged in.",
    ),
    (Cause.ABSOLUTE, "hour"): _n(
        "You were signed out because {n} hour has passed since you logged in.",
        "You were signed out because {n} hours have passed since you logged in.",
    ),
    (Cause.ABSOLUTE, "day"): _n(
        "You were signed out because {n} day has passed since you logged in.",
        "You were signed out because {n} days have passed since you logged in.",
    ),
}


class Words:
    """The messages in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        self._catalogue = _catalogue(language)

    def say(self, message: str) -> str:
        """Return a message in this language."""
        return self._catalogue.gettext(message)

    def say_all(self, *messages: str) -> list[str]:
        """Return several messages in this language."""
        return [*map(self._catalogue.gettext, messages)]

    def count(self, forms: tuple[str, str], n: int) -> str:
        """Return a message in the plural form for *n*, with *n* in it."""
        return self._catalogue.ngettext(*forms, n).format(n=n)

    def forms(
        self, messages: Iterable[tuple[str, str]], most: int
    ) -> tuple[str, list[tuple[str, ...]]]:
        """Return the plural forms of messages, and which of them each number takes.

        :return: a digit for each number from 0 to *most*, the index of its form; and the forms of
            each message, each with ``{n}`` in it.
        """
        forms = [*messages]
        spoken = [
            tuple(self._catalogue.ngettext(*each, n) for each in forms) for n in range(most + 1)
        ]
        different = list(dict.fromkeys(spoken))
        digits = "".join(str(different.index(each)) for each in spoken)
        return digits, [*zip(*different, strict=True)]

    @lru_cache(maxsize=1024)  # noqa: B019  # eleven Words at most, all of which the process keeps
    def why(self, cause: Cause, length: float | None) -> str:
        """Return why a login ended; *length* is the timeout in seconds."""
        if cause in CAUSES or length is None:
            return self.say(CAUSES.get(cause, CAUSES[Cause.CREDENTIAL]))
        unit, size = _unit(length)
        return self.count(AFTER[cause, unit], round(length / size))


def _unit(length: float) -> tuple[str, int]:
    """Return the largest unit in which *length* is a whole number."""
    return next((each for each in UNITS if length % each[1] == 0), UNITS[-1])


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    name = f"locale/{language.replace('-', '_')}/LC_MESSAGES/session440.mo"
    # gettext.translation() would need a folder, which a zipped package does not have.
    with files("session440.http").joinpath(name).open("rb") as file:
        return gettext.GNUTranslations(file)


@cache
def words_in(language: str) -> Words:
    """Return the texts in the nearest available language, or in English.

    :param language: a BCP 47 tag, or one as Django and gettext write it (``pt_BR``).
    """
    return Words(_nearest(language) or "en")


@lru_cache(maxsize=256)  # browsers send few of them
def accepted_language(header: str) -> str:
    """Return the available language that an ``Accept-Language`` header prefers."""
    # "*" names no language, so it is English, and it comes last (RFC 4647 section 3.4).
    liked: Iterable[tuple[str, float]] = parse_accept_header(header, LanguageAccept)
    found = (_nearest(tag) for tag, quality in liked if quality > 0)
    return next((each for each in found if each), "en")


def _nearest(tag: str) -> str | None:
    """Return the available language for a tag: only its first part counts (RFC 4647, 3.4).

    For Chinese the script counts as well. If no script is named, the region tells which it is
    (likely subtags, UTS 35). A person who reads the traditional script does not get the
    simplified one.
    """
    language, *more = tag.lower().replace("_", "-").split("-")
    if language == "zh":
        return "zh-Hans" if "hans" in more or _TRADITIONAL.isdisjoint(more) else None
    return language if language in LANGUAGES else None
