"""How new our copy of each object of a shop is; only what is newer is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from connectors.models import Connection, SourceObject


@dataclass(frozen=True)
class Context:
    """For whom, why and when something is written."""

    connection: Connection
    now: datetime
    reason: str = ""  # the topic of the message, for the history
    triggered_at: datetime | None = None
    is_first_try: bool = False
    is_last_try: bool = False
    restores: bool = False  # the message brings back what was deleted
    is_fetched: bool = False  # the shop was asked, and has it

    @property
    def preset(self) -> str | None:
        """Whose exports the rows look like; None: our own columns."""
        system = self.connection.system
        return None if system == "signed" else str(system)


def locked(context: Context, kind: str, source_id: str) -> SourceObject:
    """The row of one object, made when it is new, and held until the transaction ends."""
    key = {"connection": context.connection, "kind": kind, "source_id": source_id[:80]}
    objects = SourceObject.objects.select_for_update()
    if (row := objects.filter(**key).first()) is not None:
        return row
    try:
        with transaction.atomic():
            return SourceObject.objects.create(**key)
    except IntegrityError:  # another worker was first: wait for it
        return objects.get(**key)


def known(context: Context, kind: str, source_id: str) -> SourceObject | None:
    """The object as far as we know it, without holding it."""
    return SourceObject.objects.filter(
        connection=context.connection, kind=kind, source_id=source_id[:80]
    ).first()


def is_older(row: SourceObject, *, changed_at: datetime | None, context: Context) -> bool:
    """Whether what came says less than what is known. Of two with one moment the one sent later counts.

    What was deleted stays so, unless the shop brings it back, or has it when it is asked and says that it
    changed since: the message that brought it back was lost then.
    """
    if row.deleted_at is not None and not context.restores:
        return not (context.is_fetched and changed_at is not None and changed_at > row.deleted_at)
    if changed_at is None or row.changed_at is None:
        return False
    if changed_at != row.changed_at:
        return changed_at < row.changed_at
    sent, before = context.triggered_at, row.triggered_at
    return sent is not None and before is not None and sent < before


def is_same(row: SourceObject | None, changed_at: datetime | None) -> bool:
    """Whether this very state is written already."""
    return (
        row is not None
        and row.local_id is not None
        and changed_at is not None
        and row.changed_at == changed_at
    )


def note(row: SourceObject, *, changed_at: datetime | None, context: Context, local_id: int | None) -> None:
    """The copy is now as new as ``changed_at``."""
    row.changed_at = changed_at or row.changed_at
    row.triggered_at = context.triggered_at or row.triggered_at
    row.local_id = local_id or row.local_id
    row.deleted_at = None
    row.save()
