"""The tables of :class:`~session440.django.store.DjangoStore`."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import quote, unquote

from django.db import models

from ..core.record import Record, digest
from ..stores.reading import read_record


class Login(models.Model):
    """A login, or its tombstone. The order of ``id`` is the order of insertion.

    Times are UTC epoch seconds, as everywhere in session440: every database returns a float as
    it was, but not all of them know time zones and fractions of a second.
    """

    key = models.CharField(max_length=32)
    subject_key = models.CharField(max_length=32)
    subject = models.TextField()
    policy = models.TextField()
    node = models.TextField(blank=True)
    issued_at = models.FloatField()
    seen_at = models.FloatField()
    keep_until = models.FloatField(db_index=True)
    not_after = models.FloatField(null=True, blank=True)
    cause = models.CharField(max_length=20, blank=True)
    ended_at = models.FloatField(null=True, blank=True)

    #: The name of its user, if it has been looked up.
    person: str | None = None

    class Meta:  # noqa: D106  # Django's own, as its documentation has it
        db_table = "session440_login"
        default_permissions = ("view", "change")  # to change a login is to revoke it
        constraints = [
            # "unique=True" would give PostgreSQL a second index, for LIKE:
            # https://docs.djangoproject.com/en/5.2/ref/databases/#indexes-for-varchar-and-text-columns
            models.UniqueConstraint(fields=["key"], name="session440_login_key"),
        ]
        indexes = [models.Index(fields=["subject_key", "id"], name="session440_login_subject")]

    def __str__(self) -> str:
        return f"login {self.pk}"

    @classmethod
    def of(cls, record: Record) -> Login:
        """Return the row of *record*."""
        return cls(
            key=record.id,
            subject_key=digest(record.subject),
            subject=_escaped(record.subject),
            policy=_escaped(record.policy),
            node=_escaped(record.node),
            issued_at=record.issued_at,
            seen_at=record.seen_at,
            keep_until=record.keep_until,
            not_after=record.not_after,
            cause=record.cause.value if record.cause else "",
            ended_at=record.ended_at,
        )

    @cached_property
    def record(self) -> Record | None:
        """The row's record, or ``None`` if it holds no valid one."""
        values = {
            "id": self.key,
            "subject": _unescaped(self.subject),
            "policy": _unescaped(self.policy),
            "node": _unescaped(self.node),
            "issued_at": self.issued_at,
            "seen_at": self.seen_at,
            "keep_until": self.keep_until,
            "not_after": self.not_after,
            "cause": self.cause,
            "ended_at": self.ended_at,
        }
        return read_record(values, f"row {self.pk} of {self._meta.db_table}")


class Generation(models.Model):
    """The name of this memory, in its only row: a flush deletes it together with the logins."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    token = models.CharField(max_length=32)

    class Meta:  # noqa: D106  # Django's own, as its documentation has it
        db_table = "session440_generation"
        default_permissions = ()

    def __str__(self) -> str:
        return self.token


class Member(models.Model):
    """A node of the site. Model and table keep their old name: databases have them already."""

    key = models.CharField(max_length=32, primary_key=True)
    words = models.TextField()
    since = models.FloatField()
    heard_at = models.FloatField()

    class Meta:  # noqa: D106  # Django's own, as its documentation has it
        db_table = "session440_member"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Note(models.Model):
    """A note of :class:`~session440.stores.notes.Notes`. The order of ``id`` is the texts'."""

    key = models.CharField(max_length=32)
    text_key = models.CharField(max_length=32)
    escaped = models.TextField()
    keep_until = models.FloatField(db_index=True)

    class Meta:  # noqa: D106  # Django's own, as its documentation has it
        db_table = "session440_note"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["key", "text_key"], name="session440_note_once"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"

    @classmethod
    def of(cls, key: str, text: str, keep_until: float) -> Note:
        """Return the row of a note."""
        digests = {"key": digest(key), "text_key": digest(text)}
        return cls(escaped=_escaped(text), keep_until=keep_until, **digests)

    @property
    def text(self) -> str | None:
        """The row's text, or ``None`` if it holds none."""
        return _unescaped(self.escaped)


def _escaped(text: str) -> str:
    """Return *text* in ASCII, escaped as in a URL, so that no charset or NUL is a problem.

    Not as in JSON, which turns two surrogates into one character.
    """
    return quote(text, errors="surrogatepass")


def _unescaped(text: str) -> str | None:
    """Return the text again, or ``None``, with which a record is not valid, for other values."""
    try:
        return unquote(text, errors="surrogatepass")
    except (TypeError, ValueError):
        return None
