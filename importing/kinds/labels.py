"""Fraud labels onto orders that exist: the newest counts, and none is earlier than its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from importing.files.frames import (
    CleanColumn,
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from importing.files.reading import Chunk
from importing.kinds.lookups import slices
from importing.registry import Choices, Field
from importing.traces import note_changed
from membership.members.figures import mark_dirty
from membership.models import Order
from registry.tables.bulk import for_sqlite

LABEL = ("is_fraud", "label_known_at", "label_source")


@dataclass
class _Label:
    order_id: int
    member_id: int
    placed_at: datetime
    is_fraud: bool | None
    known_at: datetime | None
    source: str

    @property
    def values(self) -> tuple[object, ...]:
        """As ``LABEL`` names them."""
        return self.is_fraud, self.known_at, self.source


class LabelImporter:
    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.fields, self.choices, self.now = fields, choices, choices.now
        self._cleaner = Cleaner(fields=fields, columns=columns)

    def forget(self) -> None:
        """Nothing is kept from one chunk to the next."""

    def prepare(self, chunk: Chunk) -> tuple[dict[str, CleanColumn], RowProblems, Outcome]:
        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        problems = check_columns(clean, fields=self.fields, n_rows=chunk.n_rows, outcome=outcome)
        return clean, problems, outcome

    def write(self, prepared: tuple[dict[str, CleanColumn], RowProblems, Outcome]) -> Outcome:
        clean, problems, outcome = prepared
        labels = _stored(clean["order_no"].values)
        before = {label.order_id: label.values for label in labels.values()}
        rows = {name: column.objects() for name, column in clean.items()}
        sources = rows.get("source", [None] * len(rows["order_no"]))
        changed: dict[int, _Label] = {}
        for row, problem in enumerate(problems.of_row.tolist()):
            if problem:
                outcome.rejected.append(problems.note(row))
                continue
            label = labels.get(rows["order_no"][row])
            verdict, known_at = rows["is_fraud"][row], rows["known_at"][row]
            if code := _refusal(label, verdict=verdict, known_at=known_at):
                name = {"unknown_order": "order_no", "before_order": "known_at"}.get(code, "is_fraud")
                outcome.rejected.append(Note(row=row, field=name, code=code))
                continue
            assert label is not None  # noqa: S101  # _refusal has seen to it
            if label.known_at is not None and known_at <= label.known_at:
                outcome.duplicate += 1
                outcome.flagged["older_label"] += known_at < label.known_at
                continue
            if label.known_at is None:
                outcome.created += 1
            else:
                outcome.updated += 1
            outcome.imputed["source"] += sources[row] is None
            label.is_fraud, label.known_at = verdict, known_at
            label.source = sources[row] or Order.LabelSource.IMPORT
            changed[label.order_id] = label
        self._save(list(changed.values()))
        noted = {
            pk: dict(zip(LABEL, zip(before[pk], label.values, strict=True), strict=True))
            for pk, label in changed.items()
        }
        note_changed(Order._meta.label, noted)
        return outcome

    def _save(self, labels: Sequence[_Label]) -> None:
        if not labels:
            return
        table = connection.ops.quote_name(Order._meta.db_table)
        is_sqlite = connection.vendor == "sqlite"
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET is_fraud = %s, label_known_at = %s, label_source = %s WHERE id = %s",  # noqa: S608  # our own table
                [
                    (
                        label.is_fraud,
                        for_sqlite(label.known_at) if is_sqlite else label.known_at,
                        str(label.source),
                        label.order_id,
                    )
                    for label in labels
                ],
            )
        mark_dirty(member_ids=[label.member_id for label in labels], at=self.now)


def _refusal(label: _Label | None, *, verdict: bool, known_at: datetime) -> str:
    """Why a label cannot be taken, "" if it can."""
    if label is None:
        return "unknown_order"
    if known_at < label.placed_at:
        return "before_order"
    if known_at == label.known_at and verdict != label.is_fraud:
        return "label_conflict"
    return ""


def _stored(order_nos: Sequence[str]) -> dict[str, _Label]:
    """Order number -> the label that its order has now."""
    labels: dict[str, _Label] = {}
    columns = ("order_no", "id", "member_id", "placed_at", "is_fraud", "label_known_at", "label_source")
    for some in slices(order_nos):
        for number, *rest in Order.objects.filter(order_no__in=some).values_list(*columns):
            labels[number] = _Label(*rest)
    return labels
