"""Product rows into the database; categories grow as the file names them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast

import orjson

from importing.columns import MONEY_DECIMALS
from importing.files.frames import CleanColumn, Cleaner, Note, Outcome, RowProblems, check_columns
from importing.files.reading import Chunk
from importing.kinds.lookups import CategoryTree, current_skus, slices
from importing.kinds.product_groups import Variants, name_group
from importing.kinds.product_rows import NOT_SOLD, ProductRow, complete, inherit, row_kind
from importing.registry import Choices, Field
from importing.traces import note_changed
from membership.catalogue.stock.changing import Cause, keep_written
from membership.models import Product
from membership.models.catalogue.showing import MARK_FIELDS, SECRET_FIELDS
from membership.models.shop import the_shop
from registry.tables.bulk import upsert_rows

STORED = (
    "name", "category_id", "brand", "price", "currency", "stock", "is_active", "is_placeholder", "group_id",
    "options", "options_key", *SECRET_FIELDS, *MARK_FIELDS,
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
        bad = problems.of_row.tolist()
        variants = Variants.of(
            [
                row
                for row, problem in zip(rows, bad, strict=True)
                if not (problem or row["kind"] or _lacks(row))
            ]
        )
        for position, (row, problem) in enumerate(zip(rows, bad, strict=True)):
            outcome.skus.append("" if row["kind"] else row["sku"] or "")
            if row["kind"]:  # a picture, or a parent that only groups its variants
                outcome.duplicate += 1
                outcome.flagged["not_sold"] += row["kind"] == NOT_SOLD
                continue
            sku = row["sku"]
            if problem or sku is None or _lacks(row):
                outcome.rejected.append(
                    problems.note(position) if problem else Note(position, _lacks(row), "missing")
                )
                continue
            if not variants.place(row, sku=sku, before=before.get(sku, {})):
                outcome.flagged["options_taken"] += 1
                outcome.remarks.append(Note(position, "options", "options_taken"))
            self._put(row, sku=sku, stored=stored, outcome=outcome)
        self._save(stored, before)
        return outcome

    def _put(
        self, row: ProductRow, *, sku: str, stored: dict[str, dict[str, object]], outcome: Outcome
    ) -> None:
        """Give ``stored`` what the row says, and count it."""
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

    def rows(self, prepared: Prepared) -> list[ProductRow]:
        """Each row as a product: with its number, name and price, or the ``kind`` of row it is instead."""
        clean, _problems, _outcome, raw_names = prepared
        rows = list(self._rows(clean))
        for row, raw_name in zip(rows, raw_names, strict=True):
            row["kind"] = row_kind(row, raw_name)
            name_group(row, raw_name=raw_name, parents=self.choices.facts.get("parents", {}))
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
        olds = [(old, values) for sku, values in changed.items() if (old := before.get(sku)) is not None]
        # options may pass from one product to another: none has them while they do
        moving = [
            cast("int", old["id"]) for old, new in olds if old["options_key"] not in ("", new["options_key"])
        ]
        if moving:
            Product.objects.filter(pk__in=moving).update(options_key="")
        upsert_rows(
            model=Product,
            columns=("public_id", "sku", *STORED, "sold_by_weight", "created_at", "updated_at"),
            rows=[
                (uuid.uuid4(), sku, *(_as_stored(values[name]) for name in STORED), False, self.now, self.now)
                for sku, values in changed.items()
            ],
            conflict=("sku",),
            update=(*STORED, "updated_at"),
        )
        keep_written(
            before={
                cast("int", old["id"]): cast("int | None", old["stock"])
                for old, new in olds
                if old["stock"] != new["stock"]
            },
            cause=Cause(self.choices.source, reason=self.choices.reason),
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


def _lacks(row: ProductRow) -> str:
    """What a product cannot do without and the row has not."""
    return "sku" if row["sku"] is None else "price" if row.get("price") is None else ""


def _as_stored(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def _stored(skus: Iterable[str]) -> dict[str, dict[str, object]]:
    """SKU -> its stored values, for those that exist; locked, as orders change their stock meanwhile."""
    products: dict[str, dict[str, object]] = {}
    for some in slices(skus):
        rows = Product.objects.select_for_update(no_key=True).filter(sku__in=some).order_by("pk")
        for values in rows.values("id", "sku", *KEPT):
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
        "group_id": None,
        "options": None,
        "options_key": "",
        **dict.fromkeys((*SECRET_FIELDS, *MARK_FIELDS)),
        "countries": "",
        "languages": "",
    }
    return {**defaults, **given}
