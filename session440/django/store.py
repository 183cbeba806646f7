"""Logins in the project's own database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import Error, IntegrityError, ProgrammingError, connections, router
from django.db.models import Max, Q
from django.db.models.functions import Greatest

from ..cause import Cause
from ..core.record import Record, digest
from ..exceptions import ConfigurationError, StoreError
from ..stores.many import batches
from ..stores.nodes import NODE_STAYS, Node
from ..stores.notes import as_kept, with_valid_from
from .threads import in_thread

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from .models import Login

#: The database's own time, in UTC epoch seconds; the time zone of Django's Now() varies.
_EPOCH = {
    "sqlite": "select (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "select extract(epoch from clock_timestamp())",
    "mysql": "select unix_timestamp(sysdate(6))",
}

#: How many records are read at once.
_BATCH = 1000
#: How many one query names: old versions of SQLite take at most 999 parameters.
_NAMED = 500
#: A key that no row reaches.
_ENDLESS = 2**63 - 1
#: How many characters of a generation's name it keeps.
_TOKEN = 32
#: How often a login is inserted into a generation that has just been renamed.
_TRIES = 5

#: Its name among the project's INSTALLED_APPS.
APP = "session440.django"


class DjangoStore:
    """Keeps logins in the project's own database, through the ORM.

    It needs ``"session440.django"`` in ``INSTALLED_APPS``, and ``manage.py migrate``. It may
    be made in the settings: it looks for its tables when it is first used.

    The project's routers say where logins are written, and they are read there too: from a
    replica that is behind, a revoked login would come back to life.

    The database's own ``OPTIONS`` say how long a call may take, such as PostgreSQL's
    ``connect_timeout`` and ``statement_timeout``, or SQLite's ``timeout`` (5 seconds unless
    set). If logins need shorter timeouts than the rest of the project, give them a database
    alias of their own with a router.

    Within the project's ``transaction.atomic()`` a call is part of that transaction: if it is
    rolled back, the logins that it ended are live again. The middleware makes its calls outside
    of the transaction that ``ATOMIC_REQUESTS`` puts around a view; in other code, use
    ``transaction.on_commit()``.
    """

    # The ORM's own coroutines go to this thread with each query; a whole call of the store goes
    # there once, and stays in the connection, and the transaction, of the project's sync code.
    in_thread = staticmethod(in_thread)

    def __init__(self) -> None:
        self._token = ""  # the generation, as it was when it was last read

    def find(self, id: str) -> Record | None:
        """See :meth:`TicketStore.find <session440.stores.TicketStore.find>`."""
        with _logins() as logins:
            return next((each.record for each in logins.filter(key=id)), None)

    def find_many(self, ids: Sequence[str]) -> dict[str, Record]:
        """See :meth:`FindsMany.find_many <session440.stores.many.FindsMany.find_many>`."""
        with _logins() as logins:
            found = [logins.filter(key__in=each) for each in batches(ids, _NAMED)]
            records = [each.record for rows in found for each in rows]
            return {each.id: each for each in records if each is not None}

    def insert(self, record: Record) -> bool:
        """See :meth:`TicketStore.insert <session440.stores.TicketStore.insert>`."""
        if not record.is_live:
            return self._insert(record, "") is True
        for _ in range(_TRIES):
            token = self._token or self.generation(record.id)
            kept = as_kept(record, token)
            is_new = self._insert(kept, token if kept.is_live else "")
            if is_new is not None:
                return is_new
            self._token = ""  # it has another name now
        raise StoreError("the generation changes all the time")

    def _insert(self, record: Record, token: str) -> bool | None:
        """Return whether the id is new; ``None``: the generation is not called *token*."""
        with _logins() as logins:
            from .insertion import insert_login, savepoint

            try:
                with savepoint(logins.db):
                    return insert_login(logins.model.of(record), logins.db, token) or None
            except IntegrityError:
                return False

    def touch(self, id: str, seen_at: float, keep_until: float) -> bool:
        """See :meth:`TicketStore.touch <session440.stores.TicketStore.touch>`."""
        # Greatest does not mix a column of floats with integers, which a clock may return.
        later = {
            "seen_at": Greatest("seen_at", float(seen_at)),
            "keep_until": Greatest("keep_until", float(keep_until)),
        }
        with _logins() as logins:
            return bool(_live(logins).filter(key=id).update(**later))

    def end(self, id: str, cause: Cause | None, at: float) -> bool:
        """See :meth:`TicketStore.end <session440.stores.TicketStore.end>`."""
        end = {"cause": cause.value if cause else "", "ended_at": at}
        with _logins() as logins:
            return bool(_live(logins).filter(key=id).update(**end))

    def by_subject(self, subject: str) -> list[Record]:
        """See :meth:`TicketStore.by_subject <session440.stores.TicketStore.by_subject>`."""
        with _logins() as logins:
            found = _live(logins).filter(subject_key=digest(subject)).order_by("id")
            return [each.record for each in found if each.record is not None]

    def purge(self, now: float, limit: int = 1000) -> int:
        """See :meth:`TicketStore.purge <session440.stores.TicketStore.purge>`."""
        with _logins() as logins:
            over = logins.filter(keep_until__lte=now)
            # MySQL cannot delete by a subquery with a limit. There may be a touch in between,
            # so the second statement has the condition too.
            batch = list(over.order_by("keep_until").values_list("pk", flat=True)[:limit])
            return over.filter(pk__in=batch).delete()[0] if batch else 0

    def generation(self, id: str) -> str:
        """See :meth:`TicketStore.generation <session440.stores.TicketStore.generation>`."""
        with _logins() as logins:
            from .models import Generation

            rows, new = Generation.objects.using(logins.db), {"token": secrets.token_hex(8)}
            self._token = rows.get_or_create(pk=1, defaults=new)[0].token
            return self._token

    def generations(self, ids: Sequence[str]) -> dict[str, str]:
        """See :meth:`FindsMany.generations <session440.stores.many.FindsMany.generations>`."""
        return dict.fromkeys(ids, self.generation("")) if ids else {}

    def time(self) -> float:
        """See :meth:`NodeDirectory.time <session440.stores.nodes.NodeDirectory.time>`.

        :raises StoreError: also for a database that cannot be asked for its time here.
        """
        with _logins() as logins:
            connection = connections[logins.db]
            if connection.vendor not in _EPOCH:
                raise StoreError(f"it is not known how to ask {connection.vendor} for its time")
            with connection.cursor() as cursor:
                cursor.execute(_EPOCH[connection.vendor])
                return float(cursor.fetchone()[0])

    def announce(self, node: Node, now: float) -> None:
        """See :meth:`NodeDirectory.announce <session440.stores.nodes.NodeDirectory.announce>`.

        It does nothing inside a transaction of the project, because it can wait. So a TestCase,
        which runs in a transaction, counts no query for it.
        """
        with _logins() as logins:
            if connections[logins.db].in_atomic_block:
                return
            node = node.heard(now, self.time())
            said = {"words": node.words, "heard_at": node.heard_at}
            nodes = _nodes(logins.db)
            if not nodes.filter(pk=node.id).update(**said):
                nodes.get_or_create(pk=node.id, defaults={"since": node.heard_at, **said})
            nodes.filter(heard_at__lt=node.heard_at - NODE_STAYS).delete()

    def nodes(self) -> list[Node]:
        """See :meth:`NodeDirectory.nodes <session440.stores.nodes.NodeDirectory.nodes>`."""
        with _logins() as logins:
            rows = _nodes(logins.db).order_by("since")
            found = [Node.parse(each.words, each.since, each.heard_at) for each in rows]
            return [each for each in found if each is not None]

    def records(self) -> Iterator[Record]:
        """See :meth:`NodeDirectory.records <session440.stores.nodes.NodeDirectory.records>`."""
        after = 0
        while rows := self._some(after):
            after = rows[-1].pk
            yield from [each.record for each in rows if each.record is not None]

    def note(self, key: str, text: str, keep_until: float, now: float) -> bool:
        """See :meth:`Notes.note <session440.stores.notes.Notes.note>`."""
        with _logins() as logins:
            from .models import Note
            from .note_rows import note

            return note(Note.objects.using(logins.db), Note.of(key, text, keep_until), now)

    def notes(self, key: str, now: float) -> list[str]:
        """See :meth:`Notes.notes <session440.stores.notes.Notes.notes>`."""
        with _logins() as logins:
            from .models import Note
            from .note_rows import texts

            return texts(Note.objects.using(logins.db), key, now)

    def move_end(self, id: str, not_after: float | None, keep_until: float) -> bool:
        """See :meth:`Notes.move_end <session440.stores.notes.Notes.move_end>`."""
        end = {"not_after": not_after, "keep_until": Greatest("keep_until", float(keep_until))}
        with _logins() as logins:
            return bool(_live(logins).filter(key=id).update(**end))

    def end_everybody(self, at: float) -> int:
        """See :meth:`Notes.end_everybody <session440.stores.notes.Notes.end_everybody>`."""
        with _logins() as logins:
            last = logins.aggregate(last=Max("pk"))["last"] or 0
        self._void_before(at)
        # By their order, because clocks differ; and those that were begun while this was read.
        is_former = Q(pk__lte=last) | Q(issued_at__lt=at)
        end = {"cause": Cause.REVOKED.value, "ended_at": at}
        edge = ended = 0
        while edge < _ENDLESS:
            after, edge = edge, self._edge(edge)
            with _logins() as logins:
                batch = _live(logins).filter(is_former, pk__gt=after, pk__lte=edge)
                ended += batch.update(**end)
        return ended

    def _edge(self, after: int) -> int:
        """Return the key of a row that comes a batch after another one."""
        with _logins() as logins:
            keys = logins.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
            return next(iter(keys[_BATCH : _BATCH + 1]), _ENDLESS)

    def _void_before(self, at: float) -> None:
        """Keep the moment in the name of the generation; others may do so at the same time."""
        while (name := with_valid_from(former := self.generation(""), at, _TOKEN)) != former:
            with _logins() as logins:
                from .models import Generation

                rows = Generation.objects.using(logins.db)
                rows.filter(pk=1, token=former).update(token=name)

    def _some(self, after: int) -> list[Login]:
        with _logins() as logins:
            return list(logins.filter(pk__gt=after).order_by("pk")[:_BATCH])


@contextmanager
def _logins() -> Iterator[QuerySet[Login]]:
    """Yield the table of logins; if the database fails, raise a :class:`StoreError`."""
    if not apps.is_installed(APP):
        raise ConfigurationError(
            f"DjangoStore is used without its app; add {APP!r} to INSTALLED_APPS"
        )
    from .models import Login

    alias = router.db_for_write(Login)
    try:
        yield Login.objects.using(alias)
    except Error as error:
        raise _failure(alias, error) from error


def _nodes(alias: str) -> QuerySet[Any]:
    from .models import Member as Row  # the model keeps its old name, as its table does

    return Row.objects.using(alias)


def _live(logins: QuerySet[Login]) -> QuerySet[Login]:
    return logins.filter(ended_at__isnull=True)


def _failure(alias: str, error: Error) -> StoreError:
    """Return the error to raise; unlike the database's own message, it shows no parameters."""
    # A restart of the server breaks the connection. Django by itself closes it only at the end
    # of the request, and every call until then would fail. In a transaction this does nothing.
    connections[alias].close_if_unusable_or_obsolete()
    message = f"the database {alias!r} fails ({type(error).__name__})"
    return StoreError(f"{message}; has manage.py migrate been run?" if _lacks(error) else message)


def _lacks(error: Error) -> bool:
    """Return whether a table or a column may be missing."""
    # Exactly this class: a TransactionManagementError is one too. SQLite raises another error,
    # which says "no such table".
    return type(error) is ProgrammingError or "no such" in str(error)
