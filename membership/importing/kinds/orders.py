"""Order lines into the database: an order is written whole, once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from membership.importing.errors import BadFile
from membership.importing.files.frames import Cleaner, Outcome
from membership.importing.files.reading import Chunk
from membership.importing.kinds.lookups import (
    KnownMember,
    ProductFinder,
    find_members,
    find_stores,
    slices,
)
from membership.importing.kinds.order_lines import OrderLines, count_gaps, read_lines
from membership.importing.kinds.order_rows import (
    Found,
    compare_orders,
    item_columns,
    order_columns,
    stored_orders,
)
from membership.importing.registry import Field
from membership.members.figures import mark_dirty
from membership.models import Order, OrderItem, Product
from registry.columns import allocate_ids, insert_columns

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_LINES = 200_000  # of one order: more means that another column was taken for the order number


def whole_orders(chunks: Iterator[Chunk], *, columns: Mapping[str, str]) -> Iterator[Chunk]:
    """The same rows, cut between orders: a chunk's last order waits for the next chunk, as it may go on."""
    waiting: Chunk | None = None
    for chunk in chunks:
        joined = chunk if waiting is None else _join(waiting, chunk)
        cut = _last_start(joined, column=columns["order_no"])
        if cut == 0:
            if joined.n_rows > MAX_LINES:
                raise BadFile(
                    _("More than %(n)d rows in a row share one order number: is %(column)s the order number?")
                    % {"n": MAX_LINES, "column": columns["order_no"]}
                )
            waiting = joined
            continue
        done, waiting = _split(joined, cut)
        yield done
    if waiting is not None and (waiting.n_rows or waiting.malformed):
        yield waiting


def _join(first: Chunk, second: Chunk) -> Chunk:
    import numpy as np
    import pyarrow as pa

    return Chunk(
        table=pa.concat_tables([first.table, second.table]),
        numbers=np.concatenate([first.numbers, second.numbers]),
        malformed=first.malformed + second.malformed,
        end=second.end,
        before=first.before,
        delimiter=first.delimiter,
    )


def _last_start(chunk: Chunk, *, column: str) -> int:
    """Position of the first row of the last order."""
    from membership.cleaning.values import Unclean, clean_key

    names = chunk.table.column(column)

    def order_no(position: int) -> str | None:
        try:
            return clean_key(names[position].as_py(), max_length=60)
        except Unclean:
            return None

    start = max(chunk.n_rows - 1, 0)
    last = order_no(start) if chunk.n_rows else None
    while start > 0 and last is not None and order_no(start - 1) == last:
        start -= 1
    return start


def _split(chunk: Chunk, cut: int) -> tuple[Chunk, Chunk]:
    last = int(chunk.numbers[cut - 1])
    here = [row for row in chunk.malformed if row.number < last]
    there = chunk.malformed[len(here) :]
    first = Chunk(
        table=chunk.table.slice(0, cut), numbers=chunk.numbers[:cut], malformed=here, end=last,
        before=chunk.before, delimiter=chunk.delimiter, after=there,
    )  # fmt: skip
    second = Chunk(
        table=chunk.table.slice(cut), numbers=chunk.numbers[cut:], malformed=there, end=chunk.end,
        delimiter=chunk.delimiter,
    )  # fmt: skip
    return first, second


class OrderImporter:
    """Writes chunks of order lines; docs/reference/import.md has the rules."""

    def __init__(self, *, fields: Sequence[Field], columns: Mapping[str, str], now: datetime) -> None:
        self.fields, self.columns, self.now = fields, columns, now
        self._cleaner = Cleaner(fields=fields, columns=columns)
        self._products = ProductFinder()

    def chunks(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        return whole_orders(chunks, columns=self.columns)

    def prepare(self, chunk: Chunk) -> OrderLines:
        return read_lines(
            chunk,
            cleaner=self._cleaner,
            order_column=self.columns["order_no"],
            shop_currency=settings.SHOP_CURRENCY,
        )

    def forget(self) -> None:
        """Drop what was learnt in a transaction that is rolled back."""
        self._products = ProductFinder()

    def write(self, lines: OrderLines) -> Outcome:
        import numpy as np

        if not lines.n_rows:
            return lines.outcome
        found = self._look_up(lines)
        good = lines.first_bad_row() == lines.n_rows
        lines.reject_bad()
        found.store_ids = self._store_ids(lines, good)
        pending = np.flatnonzero(good)
        while len(pending):
            # one order number may come more than once in a chunk: each pass takes its next appearance
            numbers = lines.of_run["order_no"][pending]
            now = pending[np.unique(numbers, return_index=True)[1]]
            now.sort()
            self._write_once(lines, found, now)
            pending = np.setdiff1d(pending, now)
        return lines.outcome

    def _look_up(self, lines: OrderLines) -> Found:
        import numpy as np

        members = lines.clean["member_no"]
        known = [*find_members(members.values), KnownMember(id=0)]
        codes = np.where(lines.of_run["member_no"] < 0, len(known) - 1, lines.of_run["member_no"])
        for problem in {member.problem for member in known} - {""}:
            mask = np.array([member.problem == problem for member in known])[codes]
            lines.problems.add(mask.repeat(lines.lengths), name="member_no", code=problem)
        skus = lines.clean["sku"]
        products = self._products.find(skus.values)
        if None in products:
            unknown = np.array([product is None for product in products] + [False])
            lines.problems.add(unknown[np.maximum(skus.codes, -1)], name="sku", code="unknown_sku")
        return Found(
            member_ids=np.array([member.id for member in known], dtype=np.int64)[codes],
            named_ids=np.array([member.named_id for member in known], dtype=np.int64)[codes],
            products=products,
            store_ids=[],
        )

    @staticmethod
    def _store_ids(lines: OrderLines, good: npt.NDArray[np.bool_]) -> list[int]:
        """Ids of the column's distinct stores; only those that good orders name are made."""
        if "store" not in lines.of_run:
            return []
        used = sorted(set(lines.of_run["store"][good].tolist()) - {-1})
        values = lines.clean["store"].values
        ids = dict(zip(used, find_stores([values[code] for code in used]), strict=True)) if used else {}
        return [ids.get(code, 0) for code in range(len(values))]

    def _write_once(self, lines: OrderLines, found: Found, runs: npt.NDArray[np.int64]) -> None:
        """Create or compare these runs, whose order numbers all differ."""
        import numpy as np

        numbers = [lines.clean["order_no"].values[code] for code in lines.of_run["order_no"][runs].tolist()]
        existing = stored_orders(numbers)
        is_new = np.array([number not in existing for number in numbers], dtype=bool)
        changed: set[int] = set()
        if existing:
            old = runs[~is_new]
            candidates = [existing[number] for number in numbers if number in existing]
            changed = compare_orders(lines, found, old.tolist(), candidates)
        new = runs[is_new]
        if len(new):
            self._insert(lines, found, new)
        members = {*found.member_ids[new].tolist(), *changed}
        if members:
            mark_dirty(member_ids=members, at=self.now)

    def _insert(self, lines: OrderLines, found: Found, runs: npt.NDArray[np.int64]) -> None:
        import numpy as np

        is_new = np.zeros(len(lines.starts), dtype=bool)
        is_new[runs] = True
        rows = is_new.repeat(lines.lengths)
        count_gaps(lines, rows=rows)
        lines.outcome.created += int((rows & ~lines.repeated).sum())
        lines.outcome.duplicate += int((rows & lines.repeated).sum())
        rows &= ~lines.repeated
        self._flag_weighed(lines, found, rows)
        ids = np.zeros(len(lines.starts), dtype=np.int64)
        ids[runs] = allocate_ids(model=Order, count=len(runs))
        insert_columns(
            model=Order, columns=order_columns(lines, found, runs, ids=ids, rows=rows, now=self.now)
        )
        insert_columns(
            model=OrderItem,
            columns=item_columns(lines, found, ids=ids, rows=np.flatnonzero(rows)),
        )

    @staticmethod
    def _flag_weighed(lines: OrderLines, found: Found, rows: npt.NDArray[np.bool_]) -> None:
        """Products that these lines show to be sold by weight: no quantity of theirs counts as units."""
        codes = sorted(set(lines.clean["sku"].codes[rows & lines.is_weight].tolist()))
        fresh = [p for code in codes if (p := found.products[code]) is not None and not p.sold_by_weight]
        for some in slices(product.id for product in fresh):
            Product.objects.filter(id__in=some).update(sold_by_weight=True)
            OrderItem.objects.filter(product_id__in=some, units__isnull=False).update(units=None)
        for product in fresh:
            product.sold_by_weight = True
