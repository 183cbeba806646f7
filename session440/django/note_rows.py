"""The rows of notes in the project's own database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError

from ..core.record import digest
from ..stores.notes import NOTES_SWEPT
from .insertion import savepoint
from .models import Note

if TYPE_CHECKING:
    from django.db.models import QuerySet


def note(rows: QuerySet[Note], row: Note, now: float) -> bool:
    """Keep a note; return whether it was not there."""
    _sweep(rows, now)  # first: if it fails, nothing has been kept
    same = rows.filter(key=row.key, text_key=row.text_key)
    if _insert(row, rows.db):
        return True
    if same.filter(keep_until__lte=now).delete()[0] and _insert(row, rows.db):
        return True
    same.filter(keep_until__lt=row.keep_until).update(keep_until=row.keep_until)
    return False


def texts(rows: QuerySet[Note], key: str, now: float) -> list[str]:
    """Return what is kept under *key* now, in the order of insertion."""
    found = rows.filter(key=digest(key), keep_until__gt=now).order_by("pk")
    return [each.text for each in found if each.text is not None]


def _insert(row: Note, alias: str) -> bool:
    try:
        with savepoint(alias):
            row.save(using=alias, force_insert=True)
    except IntegrityError:
        return False
    return True


def _sweep(rows: QuerySet[Note], now: float) -> None:
    """Forget a few that are over; MySQL cannot delete by a subquery with a limit."""
    over = rows.filter(keep_until__lte=now)
    batch = sorted(over.order_by("keep_until").values_list("pk", flat=True)[:NOTES_SWEPT])
    if batch:
        over.filter(pk__in=batch).delete()
