"""Shop events (views, carts, searches …) into the database; a repeated one is left out."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from importing.columns import MONEY_DECIMALS
from importing.files.frames import CleanColumn, Cleaner, Outcome, RowProblems, check_columns
from importing.files.reading import Chunk
from importing.kinds.lookups import CategoryTree, ProductFinder, find_members, has_catalogue, slices
from importing.kinds.order_parts.buyers import Buyer, Buyers, remember_spelling
from importing.registry import Choices, Field
from importing.traces import highest_id, note_changed, note_made
from membership.models import Event, OrderItem, Product
from membership.models.shop import the_shop
from membership.orders.events import gift_lines, mark_gifts
from registry.tables.bulk import insert_rows
from registry.tables.one_of import OneOf

KEY = ("member_id", "occurred_at", "type", "product_id", "session")
Key = tuple[int, datetime, str, int | None, str]
"""What makes two events the same."""


class EventImporter:
    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.fields, self.choices = fields, choices
        self._creates = choices.unknown == "create"
        self._buyers = Buyers(creates=self._creates, now=choices.now)
        self.fields = [
            replace(spec, clean=remember_spelling(spec.clean, self._buyers.spelt), at_once=None)
            if spec.name == "member_no"
            else spec
            for spec in fields
        ]
        self._cleaner = Cleaner(fields=self.fields, columns=columns)
        self._products = ProductFinder()

    def forget(self) -> None:
        """Nothing is kept from one chunk to the next."""

    def prepare(self, chunk: Chunk) -> tuple[dict[str, CleanColumn], RowProblems, Outcome]:
        outcome = Outcome()
        clean = self._cleaner.clean(chunk.table)
        problems = check_columns(clean, fields=self.fields, n_rows=chunk.n_rows, outcome=outcome)
        return clean, problems, outcome

    def write(self, prepared: tuple[dict[str, CleanColumn], RowProblems, Outcome]) -> Outcome:
        import numpy as np

        clean, problems, outcome = prepared
        member_ids = self._members(clean["member_no"], problems, outcome)
        if self._creates and "sku" in clean:
            count = make_products(clean, problems, finder=self._products, now=self.choices.now)
            outcome.tallies["products.created"] += count
        product_ids = self._product_ids(clean.get("sku"), problems, n_rows=len(member_ids))
        moments, types = clean["occurred_at"], clean["type"]
        sessions = clean["session"].objects() if "session" in clean else [None] * len(member_ids)
        outcome.rejected += [problems.note(row) for row in np.flatnonzero(problems.of_row).tolist()]
        good = np.flatnonzero(problems.of_row == 0).tolist()
        keys: list[Key] = [
            (
                member_ids[row], moments.values[moments.codes[row]], types.values[types.codes[row]],
                product_ids[row], sessions[row] or "",
            )
            for row in good
        ]  # fmt: skip
        stored = _stored(keys)
        fresh = list(dict.fromkeys(key for key in keys if key not in stored))
        # the API may have stored some of them a moment ago
        rows = [(*key, "", "") for key in fresh]
        columns = (*KEY, "surface", "query")
        mark = highest_id(Event)
        created = insert_rows(model=Event, columns=columns, rows=rows, ignore_conflicts=True) if rows else 0
        _note(set(fresh), mark=mark, created=created)
        if without_line := _mark_gifts(fresh):
            outcome.flagged["gift_without_line"] += without_line
        outcome.created += created
        outcome.duplicate += len(keys) - created
        return outcome

    def _members(self, column: CleanColumn, problems: RowProblems, outcome: Outcome) -> list[int]:
        import numpy as np

        known = find_members(column.values)
        if self._creates and any(member.problem == "unknown_member" for member in known):
            good = set(column.codes[problems.of_row == 0].tolist())
            missing = [
                Buyer(column.values[at], None)
                for at, member in enumerate(known)
                if member.problem == "unknown_member" and at in good
            ]
            made, count = self._buyers.make(missing)
            outcome.tallies["members.created"] += count
            by_number = {buyer.number: member for buyer, member in made.items()}
            known = [by_number.get(name, member) for name, member in zip(column.values, known, strict=True)]
        for code in {member.problem for member in known} - {""}:
            mask = np.array([member.problem == code for member in known] + [False])
            problems.add(mask[np.maximum(column.codes, -1)], name="member_no", code=code)
        return [known[code].id if code >= 0 else 0 for code in column.codes.tolist()]

    def _product_ids(
        self, column: CleanColumn | None, problems: RowProblems, *, n_rows: int
    ) -> list[int | None]:
        import numpy as np

        if column is None:
            return [None] * n_rows
        products = self._products.find(column.values)
        unknown = np.array([product is None for product in products] + [False])
        problems.add(unknown[np.maximum(column.codes, -1)], name="sku", code="unknown_sku")
        ids = [product.id if product else None for product in products]
        return [ids[code] if code >= 0 else None for code in column.codes.tolist()]


def _note(keys: set[Key], *, mark: int, created: int) -> None:
    """Events above ``mark`` are ours, but for those that the API has stored meanwhile."""
    above = Event.objects.filter(pk__gt=mark).order_by()
    ids = list(above.values_list("pk", flat=True))
    if len(ids) != created:
        rows = above.values_list("pk", *KEY).iterator(10_000)
        ids = [pk for pk, *key in rows if tuple(key) in keys]
    note_made(Event._meta.label, ids)


def _mark_gifts(keys: Sequence[Key]) -> int:
    """Mark the lines that events *gift* mean; how many mean none."""
    gifts = [key for key in keys if key[2] == Event.Type.GIFT]
    if not gifts:
        return 0
    lines = [
        gift_lines(member_id=member_id, product_id=product_id, until=occurred_at)
        for member_id, occurred_at, _type, product_id, _session in gifts
    ]
    meant = OrderItem.objects.filter(OneOf("pk", sorted({pk for some in lines for pk in some})))
    fresh = list(meant.filter(is_gift=False).values_list("pk", flat=True))
    mark_gifts(lines=meant)
    note_changed(OrderItem._meta.label, {pk: {"is_gift": (False, True)} for pk in fresh})
    return sum(not some for some in lines)


def make_products(
    clean: Mapping[str, CleanColumn], problems: RowProblems, *, finder: ProductFinder, now: datetime
) -> int:
    """Products that good rows name and nobody knows, marked as made by an import."""
    import numpy as np

    column = clean["sku"]
    products = finder.find(column.values)
    good = set(column.codes[problems.of_row == 0].tolist())
    missing = [code for code, product in enumerate(products) if product is None and code in good]
    shown = not has_catalogue()
    rows = []
    for code in missing:
        row = int(np.argmax(column.codes == code))
        price = _value(clean, "price", row)
        category = _value(clean, "category", row)
        rows.append((
            uuid.uuid4(), column.values[code], column.values[code],
            CategoryTree().find([category])[0] if category else None, _value(clean, "brand", row) or "",
            Decimal(price or 0).scaleb(-MONEY_DECIMALS), the_shop().currency, False, shown, True, now, now,
        ))  # fmt: skip
    return insert_rows(
        model=Product,
        columns=(
            "public_id", "sku", "name", "category_id", "brand", "price", "currency", "sold_by_weight",
            "is_active",
            "is_placeholder", "created_at", "updated_at",
        ),
        rows=rows,
    ) if rows else 0  # fmt: skip


def _value(clean: Mapping[str, CleanColumn], name: str, row: int) -> Any:
    code = int(clean[name].codes[row]) if name in clean else -1
    return clean[name].values[code] if code >= 0 else None


def _stored(keys: Sequence[Key]) -> set[Key]:
    """Those of ``keys`` that the database holds: one query for the members and the span of time."""
    known: set[Key] = set()
    if not keys:
        return known
    moments = [key[1] for key in keys]
    wanted = set(keys)
    for some in slices({key[0] for key in keys}):
        rows = Event.objects.filter(
            member_id__in=some, occurred_at__gte=min(moments), occurred_at__lte=max(moments)
        )
        known.update(key for key in rows.values_list(*KEY).iterator(10_000) if key in wanted)
    return known
