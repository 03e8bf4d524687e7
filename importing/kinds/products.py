"""Product rows into the database; categories grow as the file names them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

from importing.columns import MONEY_DECIMALS
from importing.files.frames import CleanColumn, Cleaner, Note, Outcome, RowProblems, check_columns
from importing.files.reading import Chunk
from importing.kinds.lookups import CategoryTree, current_skus, slices
from importing.kinds.product_rows import NOT_SOLD, ProductRow, complete, inherit, row_kind
from importing.registry import Choices, Field
from importing.traces import note_changed
from membership.models import Product
from membership.models.catalogue.showing import MARK_FIELDS, SECRET_FIELDS
from membership.models.shop import the_shop
from registry.tables.bulk import upsert_rows

STORED = (
    "name", "category_id", "brand", "price", "currency", "stock", "is_active", "is_placeholder",
    *SECRET_FIELDS, *MARK_FIELDS,
)  # fmt: skip
AMOUNTS = {"price", "sale_price", "cost"}
KEPT = (*STORED, "updated_at")
Prepared = tuple[dict[str, CleanColumn], RowProblems, Outcome, list[str]]


class ProductImporter:
    """An SKU that exists is updated; what the file leaves empty keeps its stored value."""

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.fields, self.choices, self.now = fields, choices, choices.now
        self._cleaner = Cleaner(fields=fields, columns=columns)
        self._tree = CategoryTree()

    def forget(self) -> None:
        self._tree = CategoryTree()

    def prepare(self, chunk: Chunk) -> Prepared:
        outcome = Outcome()
        raw_names = [""] * chunk.n_rows
        if "name" in chunk.table.column_names:
            raw_names = [str(value or "").strip() for value in chunk.table.column("name").to_pylist()]
        table = inherit(chunk.table, self.choices.facts.get("parents", {}))
        clean = self._cleaner.clean(table)
        by_hand = ("sku", "price")  # they may come from other columns
        fields = [replace(spec, required=False) if spec.name in by_hand else spec for spec in self.fields]
        problems = check_columns(clean, fields=fields, n_rows=chunk.n_rows, outcome=outcome)
        return clean, problems, outcome, raw_names

    def write(self, prepared: Prepared) -> Outcome:
        _clean, problems, outcome, _raw_names = prepared
        rows = self.rows(prepared)
        stored = _stored({sku for row in rows if (sku := row["sku"])})
        if renamed := current_skus({sku for row in rows if (sku := row["sku"]) and sku not in stored}):
            for row in rows:
                row["sku"] = renamed.get(row["sku"] or "", row["sku"])
            stored |= _stored(renamed.values())
        before = {sku: dict(values) for sku, values in stored.items()}
        for position, (row, problem) in enumerate(zip(rows, problems.of_row.tolist(), strict=True)):
            outcome.skus.append("" if row["kind"] else row["sku"] or "")
            if row["kind"]:  # a picture, or a parent that only groups its variants
                outcome.duplicate += 1
                outcome.flagged["not_sold"] += row["kind"] == NOT_SOLD
                continue
            sku = row["sku"]
            missing = "sku" if sku is None else "price" if row.get("price") is None else ""
            if problem or sku is None or missing:
                outcome.rejected.append(
                    problems.note(position) if problem else Note(position, missing, "missing")
                )
                continue
            given = {name: value for name in STORED if (value := row.get(name)) is not None}
            if stored.get(sku, {}).get("is_placeholder"):  # an order named it first; now it is known
                given = {"is_active": True, **given, "is_placeholder": False}
            if sku not in stored:
                stored[sku] = _completed(given, sku=sku, imputed=outcome.imputed)
                is_new = self.choices.count_new("products", [sku])
                outcome.created += is_new
                outcome.duplicate += 1 - is_new
            elif {**stored[sku], **given} == stored[sku]:
                outcome.duplicate += 1
            else:
                stored[sku] |= given
                outcome.updated += 1
        self._save(stored, before)
        return outcome

    def rows(self, prepared: Prepared) -> list[ProductRow]:
        """Each row as a product: with its number, name and price, or the ``kind`` of row it is instead."""
        clean, _problems, _outcome, raw_names = prepared
        rows = list(self._rows(clean))
        for row, raw_name in zip(rows, raw_names, strict=True):
            row["kind"] = row_kind(row, raw_name)
            complete(row, raw_name=raw_name, rules=self.choices.rules)
        return rows

    def _rows(self, clean: Mapping[str, CleanColumn]) -> Iterator[ProductRow]:
        columns = {name: column.objects() for name, column in clean.items()}
        if "category" in clean:
            ids = [*self._tree.find(clean["category"].values), None]
            columns["category_id"] = [ids[max(code, -1)] for code in clean["category"].codes.tolist()]
        for name in AMOUNTS & set(columns):
            columns[name] = [
                None if price is None else Decimal(price).scaleb(-MONEY_DECIMALS) for price in columns[name]
            ]
        columns.setdefault("sku", [None] * len(next(iter(columns.values()))))
        for values in zip(*columns.values(), strict=True):
            yield cast("ProductRow", dict(zip(columns, values, strict=True)))

    def _save(self, stored: dict[str, dict[str, object]], before: dict[str, dict[str, object]]) -> None:
        changed = {sku: values for sku, values in stored.items() if before.get(sku) != values}
        self._note(changed, before)
        upsert_rows(
            model=Product,
            columns=("public_id", "sku", *STORED, "sold_by_weight", "created_at", "updated_at"),
            rows=[
                (uuid.uuid4(), sku, *(values[name] for name in STORED), False, self.now, self.now)
                for sku, values in changed.items()
            ],
            conflict=("sku",),
            update=(*STORED, "updated_at"),
        )

    def _note(
        self, changed: Mapping[str, Mapping[str, object]], before: Mapping[str, dict[str, object]]
    ) -> None:
        noted: dict[int, dict[str, tuple[object, object]]] = {}
        for sku, values in changed.items():
            if (old := before.get(sku)) is None:
                continue
            after = {**values, "updated_at": self.now}
            pk = cast("int", old["id"])
            noted[pk] = {name: (old[name], after[name]) for name in KEPT if old[name] != after[name]}
        note_changed(Product._meta.label, noted)


def _stored(skus: Iterable[str]) -> dict[str, dict[str, object]]:
    """SKU -> its stored values, for those that exist."""
    products: dict[str, dict[str, object]] = {}
    for some in slices(skus):
        for values in Product.objects.filter(sku__in=some).values("id", "sku", *KEPT):
            products[values.pop("sku")] = values
    return products


def _completed(given: Mapping[str, object], *, sku: str, imputed: Counter[str]) -> dict[str, object]:
    """A new product: its name defaults to the SKU, its currency to the shop's."""
    for name in ("name", "currency"):
        imputed[name] += name not in given
    defaults = {
        "name": sku,
        "category_id": None,
        "brand": "",
        "currency": the_shop().currency,
        "stock": None,
        "is_active": True,
        "is_placeholder": False,
        **dict.fromkeys((*SECRET_FIELDS, *MARK_FIELDS)),
        "countries": "",
        "languages": "",
    }
    return {**defaults, **given}
