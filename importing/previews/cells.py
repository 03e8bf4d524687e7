"""A file's first rows as they will be understood: what each cell is read as, what becomes of each row.

The rows are really imported, in a transaction that is rolled back, so that a preview cannot differ from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from importing.columns import MONEY_DECIMALS, PRICE_DECIMALS
from importing.files.frames import CleanColumn, Cleaner, Note, Outcome
from importing.files.reading import Chunk
from importing.kinds.member_rows import MemberRow
from importing.kinds.members import MemberImporter
from importing.kinds.products import ProductImporter
from importing.reasons import explain, label_of
from importing.registry import Field, Importer
from membership.models import Event, Member, Order
from membership.models.members import Tier

PREVIEW_ROWS = 20
MOST_ROWS = 60  # an order is shown whole, up to so many rows
CHOICES: Mapping[tuple[str, str], type[models.TextChoices]] = {
    ("orders", "status"): Order.Status,
    ("orders", "channel"): Order.Channel,
    ("members", "status"): Member.Status,
    ("members", "tier"): Tier,
    ("events", "type"): Event.Type,
    ("labels", "source"): Order.LabelSource,
}
"""Columns that hold one of our words, by kind."""
WHOLE = ("line_no", "quantity", "quantity_refunded", "stock", "points")
FINE = ("unit_price",)


@dataclass(frozen=True)
class Cell:
    """``read`` as text, "" for nothing; ``written`` as it stands in the file."""

    read: str
    written: str


@dataclass
class Row:
    """One row; ``outcome`` is taken, rejected or left_out, ``reasons`` say why, or what was mended."""

    number: int
    cells: dict[str, Cell]
    outcome: str = "taken"
    reasons: list[str] = field(default_factory=list)


class _RolledBack(Exception):
    """Ends the transaction of a preview."""


def understand(
    chunk: Chunk, *, kind: str, fields: Sequence[Field], importer: Importer, first_row: int
) -> list[Row]:
    """The chunk's rows, the malformed ones in their places."""
    columns = {spec.name: spec.name for spec in fields if spec.name in chunk.table.column_names}
    clean = Cleaner(fields=fields, columns=columns).clean(chunk.table)
    read = _read(clean)
    outcome = Outcome()
    try:
        with transaction.atomic():
            prepared = importer.prepare(chunk)
            final = _final(importer, prepared)
            outcome = importer.write(prepared)
            orders = _orders(read) if kind == "orders" else {}
            raise _RolledBack
    except _RolledBack:
        importer.forget()
    rows = []
    written = [chunk.table.column(name).to_pylist() for name in columns]
    for at, number in enumerate(chunk.numbers.tolist()):
        values = {**{name: read[name][at] for name in columns}, **(final[at] if final else {})}
        before = {name: _written(column[at]) for name, column in zip(columns, written, strict=True)}
        cells = {
            name: _cell(value, before.get(name, ""), name=name, kind=kind) for name, value in values.items()
        }
        rows.append(Row(number=number + first_row - 1, cells=cells))
    _put_outcome(rows, outcome, first_row=first_row, final=final)
    if kind == "orders":
        _put_totals(rows, read, orders)
    rows += [
        Row(one.number + first_row - 1, {}, "rejected", [f"{explain('malformed')}: {one.text[:80]}"])
        for one in chunk.malformed
    ]
    return sorted(rows, key=lambda row: row.number) if chunk.malformed else rows


def _cell(value: object, written: str, *, name: str, kind: str) -> Cell:
    read = text_of(value, name=name, kind=kind)
    is_number = name == "member_no" and read.casefold() == written.casefold()
    return Cell(written if is_number else read, written)  # members are found without regard to capitals


def text_of(value: object, *, name: str, kind: str) -> str:
    """A clean value in words."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            local = timezone.localtime(value)
            return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case int() if name not in WHOLE:
            return _amount(Decimal(value).scaleb(-(PRICE_DECIMALS if name in FINE else MONEY_DECIMALS)))
        case Decimal():
            return _amount(value)
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(str, value))
    words = CHOICES.get((kind, name))
    if words is not None and value in words.values:
        return str(words(value).label)
    return str(value)


def _amount(value: Decimal) -> str:
    """With two decimals, and more only where there are more."""
    text = f"{value:f}"
    whole, _point, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _written(value: object) -> str:
    return "" if value is None else str(value).strip()[:200]


def _read(clean: Mapping[str, CleanColumn]) -> dict[str, list[object]]:
    return {name: column.objects() for name, column in clean.items()}


def _final(importer: Importer, prepared: Any) -> list[dict[str, object]]:
    """What rows of members and products are made of after all: names joined, numbers made, prices chosen."""
    if isinstance(importer, MemberImporter):
        people: list[MemberRow] = prepared[0]
        hidden = ("first_name", "last_name")
        return [{name: value for name, value in one.items() if name not in hidden} for one in people]
    if isinstance(importer, ProductImporter):
        shown = ("sku", "name", "price", "is_active", "kind")
        products = importer.rows(prepared)
        return [{name: one[name] for name in shown if name in one} for one in products]  # type: ignore[literal-required]
    return []


def _orders(read: Mapping[str, Sequence[object]]) -> dict[str, tuple[Decimal, str, str]]:
    """Order number -> what it comes to, its currency, its state, while it stands in the database."""
    numbers = {number for number in read.get("order_no", ()) if number is not None}
    rows = Order.objects.filter(order_no__in=numbers).values_list("order_no", "total", "currency", "status")
    return {number: (total, currency, status) for number, total, currency, status in rows}


def _put_outcome(
    rows: Sequence[Row], outcome: Outcome, *, first_row: int, final: Sequence[Mapping[str, object]]
) -> None:
    for note in outcome.remarks:
        rows[note.row].reasons.append(_sentence(note, first_row=first_row))
    for note in outcome.rejected:
        row = rows[note.row]
        row.outcome = "rejected"
        row.reasons.insert(0, _sentence(note, first_row=first_row))
    for row, values in zip(rows, final, strict=False):
        if values.get("kind"):
            row.outcome = "left_out"
            row.reasons.append(label_of("not_sold") if values["kind"] != "skip" else _("a further picture"))
            row.cells.pop("kind", None)


def _sentence(note: Note, *, first_row: int) -> str:
    from importing.previews.labels import label

    bad_row = None if note.bad_row is None else note.bad_row + first_row - 1
    text = explain(note.code, detail=note.detail, row=bad_row)
    return f"{label(note.field)} {text}" if note.field else text


def _put_totals(
    rows: Sequence[Row],
    read: Mapping[str, Sequence[object]],
    orders: Mapping[str, tuple[Decimal, str, str]],
) -> None:
    """On the first row of each order what it comes to."""
    seen: set[object] = set()
    for row, number in zip(rows, read.get("order_no", ()), strict=False):
        if number in seen or row.outcome == "rejected" or str(number) not in orders:
            continue
        seen.add(number)
        total, currency, status = orders[str(number)]
        row.cells["order.total"] = Cell(f"{_amount(total)} {currency}", "")
        row.cells["order.status"] = Cell(text_of(status, name="status", kind="orders"), "")
