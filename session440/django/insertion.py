"""Inserts rows into the project's own database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connections, transaction
from django.db.models import Model

from .models import Generation, Login

#: What a SELECT within an INSERT ends with, so that whoever renames the generation waits until
#: the row can be seen, and ended. SQLite has one writer at a time anyway.
_LOCKS = {"sqlite": "", "postgresql": " FOR SHARE", "mysql": " LOCK IN SHARE MODE"}


def savepoint(alias: str) -> AbstractContextManager[Any]:
    """Return a savepoint if in a transaction, so that a failing statement does not break it."""
    if connections[alias].in_atomic_block:
        return transaction.atomic(using=alias)
    return nullcontext()


def insert_login(row: Login, alias: str, token: str) -> bool:
    """Insert the row of a login; return false if the generation is no more called *token*.

    In one statement, which Django has no words for. Other databases than those that
    :class:`~session440.django.store.DjangoStore` is tested with do without the condition.

    :param token: ``""`` for a tombstone, which is inserted in any case.
    """
    vendor = connections[alias].vendor
    if not token or vendor not in _LOCKS:
        row.save(using=alias, force_insert=True)
        return True
    columns, values = _columns(row, alias)
    own = Generation._meta
    names = [_quoted(each, alias) for each in (Login._meta.db_table, own.db_table, "id", "token")]
    table, generations, id, name = names
    places = ", ".join(["%s"] * len(values))
    found = f"SELECT {places} FROM {generations} WHERE {id} = 1 AND {name} = %s{_LOCKS[vendor]}"  # noqa: S608  # names of the models
    with connections[alias].cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({columns}) {found}", [*values, token])
        return bool(cursor.rowcount == 1)


def _columns(row: Model, alias: str) -> tuple[str, list[Any]]:
    """Return the names of a row's columns, quoted, and their values, but for its key."""
    fields = [each for each in row._meta.concrete_fields if not each.primary_key]
    names = ", ".join([_quoted(each.column or each.name, alias) for each in fields])
    connection = connections[alias]
    return names, [each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields]


def _quoted(name: str, alias: str) -> str:
    return connections[alias].ops.quote_name(name)
