"""Order lines into the database: an order is written whole, once, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from importing.files.frames import Cleaner, Note, Outcome
from importing.files.reading import Chunk
from importing.kinds.lookups import (
    KnownMember,
    KnownProduct,
    MemberFinder,
    find_stores,
    slices,
)
from importing.kinds.order_parts.buyers import Buyer, Buyers, remember_spelling, walk_in_id
from importing.kinds.order_parts.lines import OrderLines, count_gaps, read_lines
from importing.kinds.order_parts.products import OrderProducts
from importing.kinds.order_parts.rates import foreign_ids
from importing.kinds.order_parts.rows import KnownRows, item_columns, order_columns
from importing.kinds.order_parts.stored import compare_orders, stored_orders
from importing.kinds.order_parts.tallies import tally_new, tally_stored
from importing.registry import Choices, Field
from importing.traces import UNITS, note_changed, note_made
from importing.whole_orders.level import WITHOUT_LINES
from membership.currencies.filling import fill_rates
from membership.members.figures import mark_dirty
from membership.models import Order, OrderItem, Product
from membership.models.shop import the_shop
from registry.tables.columns import allocate_ids, insert_columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class OrderImporter:
    """Writes chunks of order lines; docs/reference/import.md has the rules."""

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], choices: Choices) -> None:
        self.choices, self.now = choices, choices.now
        self.creates = choices.unknown == "create"
        shared = choices.facts.get("shared_contacts", frozenset())
        self._buyers = Buyers(creates=self.creates, now=self.now, shared=shared, count_new=choices.count_new)
        self.fields = [
            replace(spec, clean=remember_spelling(spec.clean, self._buyers.spelt), at_once=None)
            if spec.name == "member_no" and self.creates
            else spec
            for spec in fields
        ]
        self._cleaner = Cleaner(fields=self.fields, columns=columns)
        self._products = OrderProducts(creates=self.creates, now=self.now, count_new=choices.count_new)
        if choices.resumes:  # whoever has an order of this import was counted before
            counted = Order.objects.filter(imported_at=self.now).order_by()
            self._buyers.seen |= set(counted.values_list("member_id", flat=True).distinct())

    def prepare(self, chunk: Chunk) -> OrderLines:
        lines = read_lines(
            chunk, cleaner=self._cleaner, shop_currency=the_shop().currency, rules=self.choices.rules,
            exact=not self.creates,
        )  # fmt: skip
        lines.source, lines.reason = self.choices.source, self.choices.reason
        if lines.n_rows:  # here, because others can write meanwhile
            lines.buyers, lines.buyer_of_run = self._buyers.named_in(lines)
        return lines

    def forget(self) -> None:
        """Drop the products and members that a rolled-back transaction made."""
        self._products = OrderProducts(creates=self.creates, now=self.now, count_new=self.choices.count_new)
        # what a dry run has counted stays counted
        seen = set() if self.choices.rehearsed is None else self._buyers.seen - self._buyers.made
        self._buyers = replace(self._buyers, seen=seen, made=set(), members=MemberFinder())

    def write(self, lines: OrderLines) -> Outcome:
        import numpy as np

        if not lines.n_rows:
            return lines.outcome
        known = self._look_up(lines)
        good = lines.first_bad_row() == lines.n_rows
        lines.reject_bad()
        known.store_ids = self._store_ids(lines, good)
        self._write_once(lines, known, np.flatnonzero(good))
        if self.choices.rules.get("unnamed"):
            lines.outcome.flagged["without_lines"] += int(good.sum())
        if self.choices.facts.get("unclear_days"):
            lines.outcome.flagged["date_order_of_country"] = 1
        return lines.outcome

    def _look_up(self, lines: OrderLines) -> KnownRows:
        import numpy as np

        members, positions = self._members(lines)
        keys = lines.clean["sku"]
        products = self._products.find(keys.values)
        if None in products:
            products = self._unknown_products(lines, products)
        at = np.array(positions, dtype=np.int64)
        return KnownRows(
            member_ids=np.array([member.id for member in members], dtype=np.int64)[at],
            named_ids=np.array([member.named_id for member in members], dtype=np.int64)[at],
            products=products,
            store_ids=[],
        )

    def _members(self, lines: OrderLines) -> tuple[list[KnownMember], list[int]]:
        """Whom each run belongs to; in an import that creates, runs without a problem make their member."""
        import numpy as np

        buyers, positions = lines.buyers, lines.buyer_of_run
        members = self._buyers.find(buyers)
        at = np.array(positions, dtype=np.int64)
        unknown = np.array([member.problem == "unknown_member" for member in members])
        if self.creates and unknown.any():
            good = lines.first_bad_row() == lines.n_rows
            wanted = sorted(set(at[unknown[at] & good].tolist()))
            made, count = self._buyers.make([buyers[one] for one in wanted])
            lines.outcome.tallies["members.created"] += count
            members = [made.get(buyer, member) for buyer, member in zip(buyers, members, strict=True)]
            self._note_anonymous(lines, buyers, at, good)
        # in an import that creates, only runs that are bad for another reason are left without their member
        told = {"", "unknown_member"} if self.creates else {""}
        for problem in {member.problem for member in members} - told:
            mask = np.array([member.problem == problem for member in members])[at]
            name = "member_no" if "member_no" in lines.clean else "email"
            lines.problems.add(mask.repeat(lines.lengths), name=name, code=problem)
        self._note_zeros(lines, [buyer.number for buyer in buyers], at)
        fresh = {
            m.id for m, u in zip(members, unknown.tolist(), strict=True) if m.id and not u
        } - self._buyers.seen
        self._buyers.seen |= fresh
        lines.outcome.tallies["members.matched"] += len(fresh)
        return members, positions

    @staticmethod
    def _note_anonymous(
        lines: OrderLines, buyers: Sequence[Buyer], at: npt.NDArray[np.int64], good: npt.NDArray[np.bool_]
    ) -> None:
        import numpy as np

        nobody = np.array([not buyer.own_number for buyer in buyers])[at] & good
        lines.outcome.flagged["anonymous"] += int(nobody.sum())
        rows = lines.starts[nobody].tolist()
        lines.outcome.remarks += [Note(row=row, field="member_no", code="anonymous") for row in rows]

    def _note_zeros(
        self, lines: OrderLines, numbers: Sequence[str | None], at: npt.NDArray[np.int64]
    ) -> None:
        import numpy as np

        if not self._buyers.zeros_lost:
            return
        lost = np.array([(number or "").upper() in self._buyers.zeros_lost for number in numbers])[at]
        lines.outcome.flagged["zeros_lost"] += int(lost.sum())
        rows = lines.starts[lost].tolist()
        lines.outcome.remarks += [Note(row=row, field="member_no", code="zeros_lost") for row in rows]

    def _unknown_products(
        self, lines: OrderLines, products: list[KnownProduct | None]
    ) -> list[KnownProduct | None]:
        import numpy as np

        keys = lines.clean["sku"]
        unknown = np.array([product is None for product in products] + [False])
        if not self.creates and WITHOUT_LINES not in keys.values:
            lines.problems.add(unknown[np.maximum(keys.codes, -1)], name="sku", code="unknown_sku")
            return products
        good = (lines.first_bad_row() == lines.n_rows).repeat(lines.lengths)
        codes = sorted(set(keys.codes[good & unknown[np.maximum(keys.codes, -1)]].tolist()))
        count = self._products.make(lines, codes)
        if not self.choices.rules.get("unnamed"):
            lines.outcome.tallies["products.created"] += count
            lines.outcome.flagged["product_created"] += count
        return self._products.find(keys.values)

    @staticmethod
    def _store_ids(lines: OrderLines, good: npt.NDArray[np.bool_]) -> list[int]:
        """Ids of the column's distinct stores; only those that good orders name are made."""
        if "store" not in lines.of_run:
            return []
        used = sorted(set(lines.of_run["store"][good].tolist()) - {-1})
        values = lines.clean["store"].values
        ids = dict(zip(used, find_stores([values[code] for code in used]), strict=True)) if used else {}
        return [ids.get(code, 0) for code in range(len(values))]

    def _write_once(self, lines: OrderLines, known: KnownRows, runs: npt.NDArray[np.int64]) -> None:
        """Create or compare these runs, whose order numbers all differ."""
        import numpy as np

        numbers = [lines.clean["order_no"].values[code] for code in lines.of_run["order_no"][runs].tolist()]
        existing = stored_orders(numbers)
        is_new = np.array([number not in existing for number in numbers], dtype=bool)
        members: set[int] = set()
        if existing:
            candidates = [existing[number] for number in numbers if number in existing]
            members = compare_orders(
                lines, known, runs[~is_new].tolist(), candidates, changes=self.choices.changed == "update",
                walk_in=walk_in_id(),
            )  # fmt: skip
            tally_stored(lines.outcome, [order.id for order in candidates])
        new = runs[is_new]
        if len(new):
            self._insert(lines, known, new)
        members |= set(known.member_ids[new].tolist())
        if members:
            mark_dirty(member_ids=members, at=self.now)

    def _insert(self, lines: OrderLines, known: KnownRows, runs: npt.NDArray[np.int64]) -> None:
        import numpy as np

        is_new = np.zeros(len(lines.starts), dtype=bool)
        is_new[runs] = True
        rows = is_new.repeat(lines.lengths)
        count_gaps(lines, rows=rows & ~lines.repeated)
        lines.outcome.created += int((rows & ~lines.repeated).sum())
        lines.outcome.duplicate += int((rows & lines.repeated).sum())
        rows &= lines.written()
        self._flag_weighed(lines, known, rows)
        ids = np.zeros(len(lines.starts), dtype=np.int64)
        ids[runs] = allocate_ids(model=Order, count=len(runs))
        columns = order_columns(lines, known, runs, ids=ids, rows=rows, now=self.now)
        insert_columns(model=Order, columns=columns)
        insert_columns(
            model=OrderItem, columns=item_columns(lines, known, ids=ids, rows=np.flatnonzero(rows))
        )
        fill_rates(order_ids=foreign_ids(columns["currency"], ids=ids[runs]))
        lines.outcome.tallies["orders.created"] += len(runs)
        tally_new(lines.outcome, columns)

    @staticmethod
    def _flag_weighed(lines: OrderLines, known: KnownRows, rows: npt.NDArray[np.bool_]) -> None:
        """Products that these lines show to be sold by weight: no quantity of theirs counts as units."""
        codes = sorted(set(lines.clean["sku"].codes[rows & lines.is_weight].tolist()))
        fresh = [p for code in codes if (p := known.products[code]) is not None and not p.sold_by_weight]
        for some in slices(product.id for product in fresh):
            Product.objects.filter(id__in=some).update(sold_by_weight=True)
            counted = OrderItem.objects.filter(product_id__in=some, units__isnull=False)
            note_changed(Product._meta.label, {pk: {"sold_by_weight": (False, True)} for pk in some})
            note_made(UNITS, counted.values_list("pk", flat=True))
            counted.update(units=None)
        for product in fresh:
            product.sold_by_weight = True
