"""What order lines come to: gross, discounts and refunds, with those of the whole order spread over its
lines.

All amounts are whole numbers: prices in millionths, the others in thousandths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importing.columns import MONEY_DECIMALS, MONEY_MAX, PRICE_DECIMALS
from importing.files.frames import MISSING, CleanColumn, RowProblems
from importing.presets.loading import Rules
from importing.whole_orders.discounts import cents_lost, there_by_run, wanted_discount
from importing.whole_orders.goods import price_by_order, spread
from importing.whole_orders.refunds import without_tax

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np

    from importing.arrays import Flags, Ints

RETURNED = (
    "return", "returns", "returned", "refund", "refunds", "refunded", "credit", "credit note", "credit memo",
    "retoure", "rückgabe", "erstattung", "gutschrift", "retour", "remboursement", "avoir", "reso", "rimborso",
    "nota di credito", "devolución", "reembolso", "devolução", "退款成功", "已退款", "退款完成",
    "退货", "退款", "退货退款", "返品", "返金",
)  # fmt: skip
FRACTION = "quantity_fraction"
OF_ORDER = (
    "order_discount",
    "order_gross",
    "order_subtotal",
    "order_total",
    "order_credit",
    "order_gift_card",
    "order_adjusted",
    "order_paid",
    "order_paid_goods",
    "shipping",
    "tax",
    "tip",
    "refunded",
)


@dataclass
class Amounts:
    """By row, ``int64``; ``of_order`` by run. ``is_return`` marks rows that take back what was sold."""

    quantity: Ints
    unit_price: Ints
    gross: Ints
    discount: Ints
    refunded: Ints
    is_return: Flags
    coin: Ints  # the smallest one, in thousandths
    of_order: dict[str, Ints]

    @property
    def net(self) -> Ints:
        return self.gross - self.discount - self.refunded


def line_amounts(
    clean: Mapping[str, CleanColumn],
    *,
    digits: Ints,
    problems: RowProblems,
    rules: Rules,
    exact: bool,
) -> Amounts:
    """Each line by itself. ``exact``: a discount finer than the currency, or above its line, is refused."""
    import numpy as np

    quantity = clean["quantity"].numbers()
    coin = 10 ** (MONEY_DECIMALS - digits)
    is_return = (quantity < 0) | _says_return(clean, n=len(quantity))
    if prefix := rules.get("return_prefix"):
        starts = [str(value).upper().startswith(prefix) for value in clean["order_no"].values]
        is_return |= np.array([*starts, False])[np.maximum(clean["order_no"].codes, -1)]
    quantity = np.abs(quantity)
    price = clean["unit_price"].numbers() if "unit_price" in clean else np.zeros_like(quantity)
    too_large = quantity.astype(np.float64) * price > MONEY_MAX * 10.0 ** (PRICE_DECIMALS - MONEY_DECIMALS)
    problems.add(too_large, name="unit_price", code="too_large")
    price = np.where(too_large, 0, price)
    price = np.where(in_thousandths(clean, n=len(price)), price // 1000, price)
    price_coin = 10 ** (PRICE_DECIMALS - digits)
    gross = (quantity * price + price_coin // 2) // price_coin * coin
    gross = np.where(
        _given(clean, "line_gross"), rounded(_values(clean, "line_gross", quantity), coin), gross
    )
    discount = _values(clean, "discount", quantity)
    share = np.minimum(_values(clean, "discount_percent", quantity), 100_000)  # thousandths of a per cent
    discount = np.where(_given(clean, "discount"), discount, (gross * share + 50_000) // 100_000)
    if exact:
        problems.add(discount % coin > 0, name="discount", code="finer_than_currency")
        problems.add(
            (discount > gross) & (quantity > 0) & ~_given(clean, "line_total"),
            name="discount",
            code="discount_above_line",
        )
    discount = np.minimum(rounded(discount, coin), gross)
    gross, discount = _with_line_total(clean, gross, discount, coin, rules=rules)
    price = _with_price(clean, price, quantity, gross)
    return Amounts(
        quantity=quantity, unit_price=price, gross=gross, discount=discount, is_return=is_return, coin=coin,
        refunded=np.zeros_like(gross), of_order={},
    )  # fmt: skip


def _with_line_total(
    clean: Mapping[str, CleanColumn], gross: Ints, discount: Ints, coin: Ints, *, rules: Rules
) -> tuple[Ints, Ints]:
    """The line's own total counts: the difference is its discount; a total above the gross replaces
    the gross, or holds shipping. That nothing was paid for a pending line yet says nothing.
    """
    import numpy as np

    there = _given(clean, "line_total")
    if not np.any(there):
        return gross, discount
    total = rounded(_values(clean, "line_total", gross), coin)
    priced = _given(clean, "unit_price") | _given(clean, "line_gross")
    there &= ~((total == 0) & priced & _in_words(clean.get("status"), {"pending"}, n=len(gross)))
    if rules.get("lines_hold_shipping"):
        total = np.where(priced & (gross > 0), np.minimum(total, gross), total)
    whole = np.where(priced, np.maximum(gross, total), total + discount)
    return np.where(there, whole, gross), np.where(there, whole - total, discount)


def _with_price(clean: Mapping[str, CleanColumn], price: Ints, quantity: Ints, gross: Ints) -> Ints:
    """A line without a price of one unit: what its gross says."""
    import numpy as np

    scale = 10 ** (PRICE_DECIMALS - MONEY_DECIMALS)
    of_gross = np.minimum(gross, MONEY_MAX // 10) * scale // np.maximum(quantity, 1)
    return np.where(_given(clean, "unit_price"), price, of_gross)


def order_amounts(
    amounts: Amounts, clean: Mapping[str, CleanColumn], *, starts: Ints, lengths: Ints, rules: Rules
) -> None:
    """Read what the file says of whole orders, and spread discounts over their lines."""
    import numpy as np

    if not len(starts):
        return
    coin = amounts.coin[starts]
    for name in OF_ORDER:
        if name in clean:
            amounts.of_order[name] = rounded(_once(clean[name], starts, lengths), coin)
    if rules.get("amounts") == "orders":
        there = {name: there_by_run(clean[name], starts) for name in amounts.of_order}
        if rules.get("total_without_tax"):
            there.pop("tax", None)
        price_by_order(
            amounts, there=there, stated=_values(clean, "order_total", amounts.gross), starts=starts,
            lengths=lengths, rules=rules,
        )  # fmt: skip
        return
    sold = np.where(amounts.is_return, 0, amounts.gross - amounts.discount)
    wanted = wanted_discount(amounts, clean, sold=sold, starts=starts, rules=rules)
    if rules.get("lines_are_net"):
        lost = cents_lost(amounts, wanted, starts=starts)
        if lost.any():
            amounts.gross = amounts.gross + spread(lost, sold, coin=coin, starts=starts, lengths=lengths)
    wanted = np.maximum(wanted, 0)
    if wanted.any():
        amounts.discount = amounts.discount + spread(wanted, sold, coin=coin, starts=starts, lengths=lengths)


def refund_lines(
    amounts: Amounts,
    clean: Mapping[str, CleanColumn],
    *,
    starts: Ints,
    lengths: Ints,
    whole: Flags,
    lines: Flags,
    rules: Rules,
) -> None:
    """Take refunds off. ``whole`` marks orders (by run) that were refunded, ``lines`` rows that were."""
    import numpy as np

    if not len(starts):
        return
    net = np.where(amounts.is_return, 0, amounts.gross - amounts.discount)
    per_unit = net // np.maximum(amounts.quantity, 1)
    units = np.minimum(_values(clean, "quantity_refunded", net), amounts.quantity)
    of_units = np.where(units == amounts.quantity, net, units * per_unit)
    by_line = np.maximum(rounded(_values(clean, "line_refunded", net), amounts.coin), of_units)
    by_line = np.where(lines | (_refund_status(clean, n=len(net)) & (by_line == 0)), net, by_line)
    by_line = np.minimum(by_line, net)
    told = np.add.reduceat(by_line, starts)
    left = np.add.reduceat(net, starts) - told
    refunded = np.maximum(amounts.of_order.get("refunded", np.zeros_like(told)), _taken_back(amounts, told))
    if rules.get("refunds_hold_tax"):
        refunded = without_tax(
            amounts.of_order, refunded, net=net, quantity=amounts.quantity, taxed=_taxed(clean, n=len(net)),
            coin=amounts.coin, starts=starts, lengths=lengths,
        )  # fmt: skip
    by_order = np.where(whole, left, np.where(told > 0, 0, np.minimum(refunded, left)))
    if by_order.any():
        coin = amounts.coin[starts]
        by_line = by_line + spread(by_order, net - by_line, coin=coin, starts=starts, lengths=lengths)
    amounts.refunded = by_line


def _taken_back(amounts: Amounts, like: Ints) -> Ints:
    """By run: what an order's total is less by now, where the file has its total before and after refunds.

    An adjusted total of 0 says that nothing was adjusted.
    """
    import numpy as np

    nothing = np.zeros_like(like)
    if not {"order_total", "order_adjusted"} <= set(amounts.of_order):
        return nothing
    total, adjusted = amounts.of_order["order_total"], amounts.of_order["order_adjusted"]
    return np.where((adjusted > 0) & (adjusted < total), total - adjusted, nothing)


def rounded(amount: Ints, coin: Ints) -> Ints:
    """To whole coins, half up."""
    return (amount + coin // 2) // coin * coin


def _once(column: CleanColumn, starts: Ints, lengths: Ints) -> Ints:
    """An order's amount that its lines repeat, or only the first has; where they differ, each is a part of
    it.
    """
    import numpy as np

    values, there = column.numbers(), column.codes >= 0
    position = np.minimum.reduceat(np.where(there, np.arange(len(values)), len(values)), starts)
    first = np.append(values, 0)[position]
    differs = there & (values != first.repeat(lengths)) & (values != 0) & (first.repeat(lengths) != 0)
    if not differs.any():
        return np.maximum.reduceat(np.where(there, values, 0), starts)
    mixed = np.maximum.reduceat(differs, starts)
    return np.where(mixed, np.add.reduceat(np.where(there, values, 0), starts), first)


def _given(clean: Mapping[str, CleanColumn], name: str) -> Flags | np.bool_:
    import numpy as np

    return clean[name].codes > MISSING if name in clean else np.bool_(False)


def _values(clean: Mapping[str, CleanColumn], name: str, like: Ints) -> Ints:
    import numpy as np

    return clean[name].numbers() if name in clean else np.zeros_like(like)


def in_thousandths(clean: Mapping[str, CleanColumn], *, n: int) -> Flags:
    """Rows whose quantity was a fraction, as of goods that are weighed: it is kept in thousandths."""
    import numpy as np

    fractions = np.zeros(n, dtype=bool)
    fractions[[row for row, code in clean["quantity"].remarks if code == FRACTION]] = True
    return fractions


def _taxed(clean: Mapping[str, CleanColumn], *, n: int) -> Flags:
    """Rows whose goods are taxed: all that the file does not call free of tax."""
    import numpy as np

    if "taxable" not in clean:
        return np.ones(n, dtype=bool)
    free = np.array([value is False for value in clean["taxable"].values] + [False])
    taxed: Flags = ~free[np.maximum(clean["taxable"].codes, -1)]
    return taxed


def _says_return(clean: Mapping[str, CleanColumn], *, n: int) -> Flags:
    return _in_words(clean.get("row_kind"), RETURNED, n=n)


def _refund_status(clean: Mapping[str, CleanColumn], *, n: int) -> Flags:
    return _in_words(clean.get("refund_status"), RETURNED, n=n)


def _in_words(column: CleanColumn | None, words: Collection[str], *, n: int) -> Flags:
    import numpy as np

    if column is None:
        return np.zeros(n, dtype=bool)
    known = np.array([str(value).casefold() in words for value in column.values] + [False])
    return known[np.maximum(column.codes, -1)]
