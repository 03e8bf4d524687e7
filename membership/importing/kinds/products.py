"""Product rows into the database; categories grow as the file names them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from membership.importing.columns import MONEY_DECIMALS
from membership.importing.files.frames import CleanColumn, Cleaner, Outcome, RowProblems, check_columns
from membership.importing.files.reading import Chunk
from membership.importing.kinds.lookups import CategoryTree, slices
from membership.importing.registry import Field
from membership.models import Product
from registry.bulk import upsert_rows

STORED = ("name", "category_id", "brand", "price", "currency", "stock")


class ProductImporter:
    """An SKU that exists is updated; what the file leaves empty keeps its stored value."""

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], now: datetime) -> None:
        self.fields, self.now = fields, now
        self._cleaner = Cleaner(fields=fields, columns=columns)
        self._tree = CategoryTree()

    def chunks(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        return chunks

    def forget(self) -> None:
        self._tree = CategoryTree()

    def prepare(self, chunk: Chunk) -> tuple[dict[str, CleanColumn], RowProblems, Outcome]:
        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        problems = check_columns(clean, fields=self.fields, n_rows=chunk.n_rows, outcome=outcome)
        return clean, problems, outcome

    def write(self, prepared: tuple[dict[str, CleanColumn], RowProblems, Outcome]) -> Outcome:
        clean, problems, outcome = prepared
        stored = _stored(clean["sku"].values)
        before = {sku: dict(values) for sku, values in stored.items()}
        rows = self._rows(clean)
        for position, (row, problem) in enumerate(zip(rows, problems.of_row.tolist(), strict=True)):
            if problem:
                outcome.rejected.append(problems.note(position))
                continue
            given = {name: row[name] for name in STORED if row.get(name) is not None}
            sku = row["sku"]
            if sku not in stored:
                stored[sku] = _completed(given, sku=sku, imputed=outcome.imputed)
                outcome.created += 1
            elif {**stored[sku], **given} == stored[sku]:
                outcome.duplicate += 1
            else:
                stored[sku] |= given
                outcome.updated += 1
        self._save(stored, before)
        return outcome

    def _rows(self, clean: Mapping[str, CleanColumn]) -> Iterator[dict[str, Any]]:
        columns = {name: column.objects() for name, column in clean.items()}
        if "category" in clean:
            ids = [*self._tree.find(clean["category"].values), None]
            columns["category_id"] = [ids[max(code, -1)] for code in clean["category"].codes.tolist()]
        if "price" in columns:
            columns["price"] = [
                None if price is None else Decimal(price).scaleb(-MONEY_DECIMALS)
                for price in columns["price"]
            ]
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))

    def _save(self, stored: dict[str, dict[str, Any]], before: dict[str, dict[str, Any]]) -> None:
        changed = {sku: values for sku, values in stored.items() if before.get(sku) != values}
        upsert_rows(
            model=Product,
            columns=("public_id", "sku", *STORED, "sold_by_weight", "is_active", "created_at", "updated_at"),
            rows=[
                (uuid.uuid4(), sku, *(values[name] for name in STORED), False, True, self.now, self.now)
                for sku, values in changed.items()
            ],
            conflict=("sku",),
            update=(*STORED, "updated_at"),
        )


def _stored(skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """SKU -> its stored values, for those that exist."""
    found: dict[str, dict[str, Any]] = {}
    for some in slices(skus):
        for values in Product.objects.filter(sku__in=some).values("id", "sku", *STORED):
            found[values.pop("sku")] = values
    return found


def _completed(given: Mapping[str, Any], *, sku: str, imputed: Counter[str]) -> dict[str, Any]:
    """A new product: its name defaults to the SKU, its currency to the shop's."""
    for name in ("name", "currency"):
        imputed[name] += name not in given
    defaults = {
        "name": sku,
        "category_id": None,
        "brand": "",
        "currency": settings.SHOP_CURRENCY,
        "stock": None,
    }
    return {**defaults, **given}
