"""One chunk of order lines, checked: which rows form an order, what each comes to, and what is wrong.

All amounts are whole numbers: prices in millionths, discounts and totals in thousandths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from membership.importing.columns import MONEY_DECIMALS, MONEY_MAX, PRICE_DECIMALS
from membership.importing.files.frames import (
    MISSING,
    CleanColumn,
    Cleaner,
    Note,
    Outcome,
    RowProblems,
    check_columns,
)
from membership.importing.files.reading import Chunk
from membership.importing.kinds.lookups import KnownProduct

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# what an order has once, though the file repeats it a line; the first coupon counts
ORDER_FIELDS = (
    "member_no", "placed_at", "currency", "status", "store", "channel", "payment_method",
    "payment_fingerprint", "device_fingerprint", "address_fingerprint", "ip", "billing_country",
    "shipping_country",
)  # fmt: skip
REQUIRED_OF_ORDER = ("member_no", "placed_at")


@dataclass
class OrderLines:
    """``starts[r]`` is the first row of run r; a run is neighbouring rows with one order number.

    ``problems.of_row`` and all ``int64`` arrays are by row, ``of_run`` codes by run.
    """

    chunk: Chunk
    clean: dict[str, CleanColumn]
    problems: RowProblems
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    of_run: dict[str, npt.NDArray[np.int32]]
    line_no: npt.NDArray[np.int64]
    quantity: npt.NDArray[np.int64]
    unit_price: npt.NDArray[np.int64]
    gross: npt.NDArray[np.int64]
    discount: npt.NDArray[np.int64]
    is_weight: npt.NDArray[np.bool_]
    is_implausible: npt.NDArray[np.bool_]
    repeated: npt.NDArray[np.bool_]  # exact copies of another line of the order
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def n_rows(self) -> int:
        return len(self.line_no)

    def value_of_run(self, name: str, default: Any = None) -> list[Any]:
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
        """The order's lines: (line number, product id, quantity, millionths, thousandths), sorted."""
        rows = slice(int(self.starts[run]), int(self.starts[run] + self.lengths[run]))
        ids = [
            product.id if (product := products[code]) else 0
            for code in self.clean["sku"].codes[rows].tolist()
        ]
        columns = (self.line_no, self.quantity, self.unit_price, self.discount)
        line_no, quantity, price, discount = (column[rows].tolist() for column in columns)
        items = zip(line_no, ids, quantity, price, discount, self.repeated[rows].tolist(), strict=True)
        return sorted(item[:5] for item in items if not item[5])

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

    def first_bad_row(self) -> npt.NDArray[np.int64]:
        """Position of the first bad row a run; ``n_rows`` where all are good."""
        import numpy as np

        position = np.where(self.problems.of_row > 0, np.arange(self.n_rows), self.n_rows)
        return np.minimum.reduceat(position, self.starts)


def read_lines(chunk: Chunk, *, cleaner: Cleaner, order_column: str, shop_currency: str) -> OrderLines:
    """Clean a chunk and compute its orders; touches no database."""
    import numpy as np

    outcome, n_rows = Outcome(), chunk.n_rows
    clean = cleaner.clean(chunk.table)
    by_line = [
        replace(spec, required=spec.required and spec.name not in REQUIRED_OF_ORDER)
        for spec in cleaner.fields
    ]
    problems = check_columns(clean, fields=by_line, n_rows=n_rows, outcome=outcome)
    number = clean["order_no"].codes
    is_first = np.r_[True, (number[1:] != number[:-1]) | (number[1:] < 0)][:n_rows]
    starts = np.flatnonzero(is_first)
    lengths = np.diff(np.r_[starts, n_rows])
    of_run = _order_values(clean, problems=problems, starts=starts, lengths=lengths)
    digits = _minor_digits(clean, of_run, shop_currency=shop_currency).repeat(lengths)
    money = _amounts(clean, digits=digits, problems=problems)
    line_no = _line_numbers(clean, starts=starts, lengths=lengths)
    lines = OrderLines(
        chunk=chunk, clean=clean, problems=problems, starts=starts, lengths=lengths, of_run=of_run,
        line_no=line_no, repeated=np.zeros(n_rows, dtype=bool), outcome=outcome, **money,
    )  # fmt: skip
    lines.repeated = _repeated_lines(lines)
    _taint_with_malformed(lines, order_column=order_column)
    _too_large(lines)
    return lines


def _order_values(
    clean: Mapping[str, CleanColumn], *, problems: RowProblems, starts: Any, lengths: Any
) -> dict[str, npt.NDArray[np.int32]]:
    """Each order's one value; lines may leave it empty, but not contradict each other."""
    import numpy as np

    of_run = {"order_no": clean["order_no"].codes[starts]}
    for name in (*ORDER_FIELDS, "coupon"):
        if name not in clean or not len(starts):
            continue
        codes = clean[name].codes
        position = np.minimum.reduceat(np.where(codes < 0, len(codes), np.arange(len(codes))), starts)
        first = np.append(codes, np.int32(MISSING))[position]  # the first line that has a value
        of_run[name] = first
        if name == "coupon":
            continue
        differs = (codes >= 0) & (codes != first.repeat(lengths))
        problems.add(differs, name=name, code="lines_disagree")
        if name in REQUIRED_OF_ORDER:
            problems.add((first < 0).repeat(lengths) & (codes == MISSING), name=name, code="missing")
    return of_run


def _minor_digits(clean: Mapping[str, CleanColumn], of_run: Mapping[str, Any], *, shop_currency: str) -> Any:
    """Decimals of each run's currency."""
    import numpy as np

    from membership.cleaning.words import MINOR_DIGITS

    currencies = [*(clean["currency"].values if "currency" in clean else []), shop_currency]
    digits = np.array([MINOR_DIGITS.get(code, 2) for code in currencies], dtype=np.int64)
    codes = of_run.get("currency")
    if codes is None:
        return np.full(len(of_run["order_no"]), digits[-1])
    return digits[np.where(codes < 0, len(digits) - 1, codes)]


def _amounts(clean: Mapping[str, CleanColumn], *, digits: Any, problems: RowProblems) -> dict[str, Any]:
    """Line totals: quantity x price rounded half up to the currency's minor unit, less the discount."""
    import numpy as np

    from membership.cleaning.outliers import is_implausible, is_weight

    quantity, price = clean["quantity"].numbers(), clean["unit_price"].numbers()
    discount = clean["discount"].numbers() if "discount" in clean else np.zeros_like(quantity)
    too_large = quantity.astype(np.float64) * price > MONEY_MAX * 10.0 ** (PRICE_DECIMALS - MONEY_DECIMALS)
    problems.add(too_large, name="unit_price", code="too_large")
    price = np.where(too_large, 0, price)
    coin = 10 ** (PRICE_DECIMALS - digits)  # the smallest coin in millionths
    gross = (quantity * price + coin // 2) // coin * 10 ** (MONEY_DECIMALS - digits)
    problems.add(discount % 10 ** (MONEY_DECIMALS - digits) > 0, name="discount", code="finer_than_currency")
    problems.add(discount > gross, name="discount", code="discount_above_line")
    by_weight = is_weight(quantity=quantity, unit_price=price, smallest_coin=coin)
    return {
        "quantity": quantity,
        "unit_price": price,
        "discount": discount,
        "gross": gross,
        "is_weight": by_weight,
        "is_implausible": is_implausible(quantity=quantity) & ~by_weight,
    }


def _line_numbers(clean: Mapping[str, CleanColumn], *, starts: Any, lengths: Any) -> Any:
    """As the file has them; where it has none, the position in the order."""
    import numpy as np

    position = np.arange(lengths.sum()) - starts.repeat(lengths) + 1
    if "line_no" not in clean:
        return position
    column = clean["line_no"]
    return np.where(column.codes < 0, position, column.numbers())


def _repeated_lines(lines: OrderLines) -> Any:
    """Rows that copy an earlier line of their order; one line number with two contents is a problem."""
    import numpy as np

    repeated = np.zeros(lines.n_rows, dtype=bool)
    same_run = np.ones(lines.n_rows, dtype=bool)
    same_run[lines.starts] = False
    rises = np.r_[True, np.diff(lines.line_no) > 0][: lines.n_rows]
    if (rises | ~same_run).all():
        return repeated
    run = np.arange(len(lines.starts)).repeat(lines.lengths)
    order = np.lexsort((np.arange(lines.n_rows), lines.line_no, run))
    twin = np.r_[False, (run[order][1:] == run[order][:-1]) & (np.diff(lines.line_no[order]) == 0)]
    content = (lines.clean["sku"].codes, lines.quantity, lines.unit_price, lines.discount)
    equal = np.ones(lines.n_rows, dtype=bool)
    for values in content:
        equal &= np.r_[False, values[order][1:] == values[order][:-1]]
    repeated[order] = twin & equal
    conflict = np.zeros(lines.n_rows, dtype=bool)
    conflict[order] = twin & ~equal
    lines.problems.add(conflict, name="line_no", code="line_twice")
    return repeated


def _taint_with_malformed(lines: OrderLines, *, order_column: str) -> None:
    """A malformed row that still shows the number of its order spoils that order, if it lies beside it."""
    import csv

    import numpy as np

    chunk, name = lines.chunk, lines.clean["order_no"]
    suspects = (*chunk.before, *chunk.malformed, *chunk.after)
    if not suspects or not lines.n_rows:
        return
    codes = {str(value): code for code, value in enumerate(name.values)}
    where = list(chunk.table.column_names).index(order_column)
    for row in suspects:
        cells = next(csv.reader([row.text], delimiter=chunk.delimiter), [])
        code = codes.get(cells[where].strip() if where < len(cells) else "")
        if code is None:
            continue
        at = int(np.searchsorted(chunk.numbers, row.number))
        mask = np.zeros(lines.n_rows, dtype=bool)
        mask[max(0, at - 1) : at + 1] = True
        lines.problems.add(mask & (name.codes == code), name="", code="malformed")


def _too_large(lines: OrderLines) -> None:
    import numpy as np

    if lines.n_rows:
        totals = np.add.reduceat(lines.gross.astype(np.float64), lines.starts)
        lines.problems.add((totals > MONEY_MAX).repeat(lines.lengths), name="unit_price", code="too_large")


def count_gaps(lines: OrderLines, *, rows: npt.NDArray[np.bool_]) -> None:
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
