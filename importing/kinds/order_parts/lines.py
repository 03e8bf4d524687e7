"""One chunk of order lines, checked: which rows form an order, what each comes to, and what is wrong.

All amounts are whole numbers: prices in millionths, discounts and totals in thousandths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importing.columns import MONEY_MAX, PRICE_DECIMALS
from importing.files.frames import (
    MISSING,
    CleanColumn,
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from importing.files.reading import Chunk
from importing.kinds.lookups import KnownProduct
from importing.kinds.order_parts.amounts import (
    Amounts,
    in_thousandths,
    line_amounts,
    order_amounts,
    refund_lines,
)
from importing.kinds.order_parts.line_numbers import line_numbers, repeated_lines
from importing.kinds.order_parts.order_values import ENDED, REQUIRED_OF_ORDER, minor_digits, order_values
from importing.kinds.order_parts.products import product_keys
from importing.presets.loading import Rules
from importing.registry import Field
from importing.whole_orders.summaries import take_summaries

if TYPE_CHECKING:
    from importing.arrays import Codes, Flags, Ints
    from importing.kinds.order_parts.buyers import Buyer


@dataclass
class OrderLines:
    """``starts[r]`` is the first row of run r; a run is neighbouring rows with one order number.

    ``problems.of_row`` and all ``int64`` arrays are by row, ``of_run`` codes by run.
    """

    chunk: Chunk
    clean: dict[str, CleanColumn]
    problems: RowProblems
    starts: Ints
    lengths: Ints
    of_run: dict[str, Codes]
    line_no: Ints
    amounts: Amounts
    is_weight: Flags
    is_implausible: Flags
    repeated: Flags  # exact copies of another line of the order
    outcome: Outcome = field(default_factory=Outcome)
    source: str = "import"  # for the history of orders that change
    reason: str = ""
    unnamed: bool = False  # orders without lines: see importing/whole_orders/level.py
    buyers: list[Buyer] = field(default_factory=list)  # distinct
    buyer_of_run: list[int] = field(default_factory=list)  # position in ``buyers``

    @property
    def n_rows(self) -> int:
        return len(self.line_no)

    @property
    def quantity(self) -> Ints:
        return self.amounts.quantity

    @property
    def stands_alone(self) -> Flags:
        """Runs that are returns of something bought in another order."""
        import numpy as np

        back = np.logical_or.reduceat(self.amounts.is_return, self.starts)
        return back & np.logical_and.reduceat(self.amounts.is_return | (self.quantity == 0), self.starts)

    @property
    def given_back(self) -> Flags:
        """Runs of which all that was sold was refunded, line by line or in one sum."""
        import numpy as np

        one = self.amounts
        sold = np.where(one.is_return, 0, one.gross - one.discount)
        back = np.where(one.is_return, 0, one.refunded)
        paid = np.add.reduceat(sold, self.starts)
        whole: Flags = (paid > 0) & (np.add.reduceat(back, self.starts) >= paid)
        return whole

    def written(self) -> Flags:
        """Rows that become order lines: no copies, no lines of 0 units, no returns that were netted."""
        alone = self.stands_alone.repeat(self.lengths)
        return ~self.repeated & (self.quantity > 0) & (alone | ~self.amounts.is_return)

    def value_of_run(self, name: str, default: object = None) -> list[object]:
        """The order's value of one column, a run."""
        if name not in self.of_run:
            return [default] * len(self.starts)
        values = self.clean[name].values
        return [values[code] if code >= 0 else default for code in self.of_run[name].tolist()]

    def values_of(self, name: str, run: int) -> Any:
        """The order's value of one column, None where the file has none."""
        code = self.of_run[name][run] if name in self.of_run else MISSING
        return self.clean[name].values[code] if code >= 0 else None

    def items_of(self, run: int, products: Sequence[KnownProduct | None]) -> list[tuple[int, ...]]:
        """The order's lines: (number, product id, quantity, millionths, discount, refund), sorted."""
        rows = slice(int(self.starts[run]), int(self.starts[run] + self.lengths[run]))
        ids = [
            product.id if (product := products[code]) else 0
            for code in self.clean["sku"].codes[rows].tolist()
        ]
        one = self.amounts
        columns = (self.line_no, one.quantity, one.unit_price, one.discount, one.refunded, self.written())
        line_no, *others, written = (column[rows].tolist() for column in columns)
        items = zip(line_no, ids, *others, written, strict=True)
        return sorted(item[:6] for item in items if item[6])

    def reject_bad(self) -> None:
        """Every row of a bad order is rejected, with the order's first problem."""
        import numpy as np

        first_bad = self.first_bad_row()
        for run in np.flatnonzero(first_bad < self.n_rows).tolist():
            row = int(first_bad[run])
            number = int(self.chunk.numbers[row]) if self.lengths[run] > 1 else None
            self.reject_run(run, replace(self.problems.note(row), bad_row=number))

    def reject_run(self, run: int, note: Note) -> None:
        start, length = int(self.starts[run]), int(self.lengths[run])
        self.outcome.rejected += [replace(note, row=row) for row in range(start, start + length)]

    def first_bad_row(self) -> Ints:
        """Position of the first bad row a run; ``n_rows`` where all are good."""
        import numpy as np

        position = np.where(self.problems.of_row > 0, np.arange(self.n_rows), self.n_rows)
        return np.minimum.reduceat(position, self.starts)


def read_lines(
    chunk: Chunk, *, cleaner: Cleaner, shop_currency: str, rules: Rules, exact: bool
) -> OrderLines:
    """Clean a chunk and compute its orders; touches no database. ``exact``: the file follows our own
    columns.
    """
    import numpy as np

    from membership.cleaning.outliers import is_implausible, is_weight

    outcome, n_rows = Outcome(), chunk.n_rows
    clean = cleaner.clean(chunk.table)
    by_line = [replace(spec, required=spec.required and _is_required(spec, clean)) for spec in cleaner.fields]
    fractions = in_thousandths(clean, n=n_rows)
    if exact:
        clean["quantity"] = replace(clean["quantity"], remarks=[])
    problems = check_columns(clean, fields=by_line, n_rows=n_rows, outcome=outcome)
    number = clean["order_no"].codes
    is_first = np.r_[True, (number[1:] != number[:-1]) | (number[1:] < 0)][:n_rows]
    starts = np.flatnonzero(is_first)
    lengths = np.diff(np.r_[starts, n_rows])
    clean["sku"] = product_keys(clean)
    take_summaries(clean, starts=starts, lengths=lengths, kinds=rules.get("order_rows", ()))
    missing = clean["sku"].codes == MISSING
    problems.add(missing & (clean["quantity"].numbers() != 0), name="sku", code="missing")
    of_run = order_values(clean, problems=problems, starts=starts, lengths=lengths, exact=exact)
    digits = minor_digits(clean, of_run, shop_currency=shop_currency).repeat(lengths)
    amounts = line_amounts(clean, digits=digits, problems=problems, rules=rules, exact=exact)
    coin = 10 ** (PRICE_DECIMALS - digits)
    if exact:
        problems.add(fractions, name="quantity", code="not_whole")
    weight = is_weight(quantity=amounts.quantity, unit_price=amounts.unit_price, smallest_coin=coin)
    weight |= fractions
    lines = OrderLines(
        chunk=chunk, clean=clean, problems=problems, starts=starts, lengths=lengths, of_run=of_run,
        line_no=line_numbers(clean, starts=starts, lengths=lengths), amounts=amounts, is_weight=weight,
        is_implausible=is_implausible(quantity=amounts.quantity) & ~weight,
        repeated=np.zeros(n_rows, dtype=bool), outcome=outcome, unnamed=bool(rules.get("unnamed")),
    )  # fmt: skip
    if n_rows:
        lines.repeated = repeated_lines(lines)
        amounts.gross = np.where(lines.repeated, 0, amounts.gross)
        amounts.discount = np.where(lines.repeated, 0, amounts.discount)
        _take_off(lines, rules=rules)
        _refuse_empty(lines)
    _taint(lines)
    _too_large(lines)
    return lines


def _is_required(spec: Field, clean: Mapping[str, CleanColumn]) -> bool:
    """By line: not what an order has once, nor what another column may give."""
    return spec.name not in REQUIRED_OF_ORDER and not any(name in clean for name in spec.instead)


def _take_off(lines: OrderLines, *, rules: Rules) -> None:
    """Discounts of the whole order, returns, and what was refunded."""
    import numpy as np

    clean, amounts, starts, lengths = lines.clean, lines.amounts, lines.starts, lines.lengths
    order_amounts(amounts, clean, starts=starts, lengths=lengths, rules=rules)
    words = [*(clean["status"].values if "status" in clean else []), ""]
    status = np.array(words, dtype=object)[lines.of_run.get("status", np.full(len(starts), MISSING))]
    ended = np.zeros(lines.n_rows, dtype=bool)
    if "status" in clean:
        of_line = np.array([word in ENDED for word in words])[np.maximum(clean["status"].codes, -1)]
        ended = of_line & ~np.isin(status, ENDED).repeat(lengths)
    whole = (status == "refunded") & ~lines.stands_alone
    refund_lines(amounts, clean, starts=starts, lengths=lengths, whole=whole, lines=ended, rules=rules)
    if amounts.is_return.any():
        net_returns(lines)


def net_returns(lines: OrderLines) -> None:
    """What a row takes back comes off the order's lines of the same product, then off its other lines."""
    import numpy as np

    amounts = lines.amounts
    alone = lines.stands_alone
    runs = np.add.reduceat(amounts.is_return.astype(np.int64), lines.starts) > 0
    sku = lines.clean["sku"].codes
    for run in np.flatnonzero(runs & ~alone).tolist():
        rows = range(int(lines.starts[run]), int(lines.starts[run] + lines.lengths[run]))
        sold = [row for row in rows if not amounts.is_return[row] and not lines.repeated[row]]
        for back in (row for row in rows if amounts.is_return[row] and not lines.repeated[row]):
            left = int(amounts.gross[back] - amounts.discount[back])
            same = [row for row in sold if sku[row] == sku[back]]
            for row in same + [row for row in sold if sku[row] != sku[back]]:
                taken = min(left, int(amounts.net[row]))
                amounts.refunded[row] += taken
                left -= taken
    rows_alone = alone.repeat(lines.lengths) & amounts.is_return
    amounts.refunded = np.where(rows_alone, amounts.gross - amounts.discount, amounts.refunded)


def _refuse_empty(lines: OrderLines) -> None:
    """An order that has only lines of 0 units is refused, unless it was cancelled or given back."""
    import numpy as np

    units = np.add.reduceat(lines.quantity, lines.starts)
    words = [*(lines.clean["status"].values if "status" in lines.clean else []), ""]
    ended = np.array([word in ENDED for word in words])[lines.of_run.get("status", MISSING)]
    empty = ((units == 0) & ~ended).repeat(lines.lengths) & (lines.clean["quantity"].codes >= 0)
    lines.problems.add(empty, name="quantity", code="too_small")


def _taint(lines: OrderLines) -> None:
    """A malformed row that still shows the number of its order makes the whole order malformed."""
    import numpy as np

    if not lines.chunk.tainted or not lines.n_rows:
        return
    bad = np.array([str(value) in lines.chunk.tainted for value in lines.clean["order_no"].values] + [False])
    lines.problems.add(bad[np.maximum(lines.clean["order_no"].codes, -1)], name="", code="malformed")


def _too_large(lines: OrderLines) -> None:
    import numpy as np

    if lines.n_rows:
        totals = np.add.reduceat(lines.amounts.gross.astype(np.float64), lines.starts)
        lines.problems.add((totals > MONEY_MAX).repeat(lines.lengths), name="unit_price", code="too_large")


def count_gaps(lines: OrderLines, *, rows: Flags) -> None:
    """Among ``rows``, values that are filled in by rule, and quantities that are not units."""
    outcome = lines.outcome
    for name in ("currency", "status", "channel"):
        if name in lines.of_run:
            outcome.imputed[name] += int((lines.of_run[name] < 0).repeat(lines.lengths)[rows].sum())
        else:
            outcome.imputed[name] += int(rows.sum())
    for name in ("line_no", "discount"):
        if name in lines.clean:
            outcome.imputed[name] += int((lines.clean[name].codes[rows] < 0).sum())
        else:
            outcome.imputed[name] += int(rows.sum())
    outcome.flagged["weight_not_units"] += int(lines.is_weight[rows].sum())
    outcome.flagged["quantity_implausible"] += int(lines.is_implausible[rows].sum())
