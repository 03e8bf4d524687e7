"""What an order's products came to, where the file has amounts of whole orders only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importing.columns import MONEY_DECIMALS, MONEY_MAX, PRICE_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importing.arrays import Flags, Ints
    from importing.kinds.order_parts.amounts import Amounts
    from importing.presets.loading import Rules


def price_by_order(
    amounts: Amounts, *, there: Mapping[str, Flags], stated: Ints, starts: Ints, lengths: Ints, rules: Rules
) -> None:
    """Set what each row came to. ``there`` says by run which amounts the file gives, ``stated`` each row's.

    An unnamed order is one line. Else each line has its share by quantity; where lines state different
    amounts, these are their own.
    """
    import numpy as np

    if rules.get("unnamed"):
        is_first = np.zeros(len(amounts.quantity), dtype=bool)
        is_first[starts] = True
        amounts.quantity = np.where(is_first, amounts.quantity, 0)
    goods, discount = goods_of_orders(amounts.of_order, there=there)
    coin = amounts.coin[starts]
    low, high = np.minimum.reduceat(stated, starts), np.maximum.reduceat(stated, starts)
    own = (low != high).repeat(lengths) & (not rules.get("unnamed"))
    units = np.where(own, stated, amounts.quantity * amounts.coin)
    amounts.gross = spread(goods, units, coin=coin, starts=starts, lengths=lengths)
    amounts.discount = spread(discount, amounts.gross, coin=coin, starts=starts, lengths=lengths)
    scale = 10 ** (PRICE_DECIMALS - MONEY_DECIMALS)
    price = np.minimum(amounts.gross, MONEY_MAX // 10) * scale // np.maximum(amounts.quantity, 1)
    amounts.unit_price = price


def goods_of_orders(of_order: Mapping[str, Ints], *, there: Mapping[str, Flags]) -> tuple[Ints, Ints]:
    """By run: (products before the discount, the discount).

    ``order_gross`` less the discount where both are given, else the least that the sums of the file leave for
    the products: a total holds shipping, tax and tip, a subtotal may hold tax or a discount.
    """
    import numpy as np

    like = next(iter(of_order.values()))
    nothing = np.zeros_like(like)
    unknown = np.iinfo(np.int64).max
    credit = credit_used(of_order, less=unknown) if "order_gross" in of_order else nothing
    extra = sum((of_order[name] for name in ("shipping", "tax", "tip") if name in there), nothing)
    goods = np.full_like(like, unknown)
    for name, taken, needs_value in (
        ("order_gross", nothing, False),
        ("order_subtotal", nothing, False),
        ("order_total", extra - credit, False),
        ("order_paid", of_order.get("shipping", nothing), True),
        ("order_paid_goods", nothing, True),
    ):
        if name in of_order:
            given = there[name] & (~np.bool_(needs_value) | (of_order[name] > 0))
            left = np.maximum(of_order[name] - taken, 0)
            goods = np.where(given, np.minimum(goods, left), goods)
    goods = np.where(goods == unknown, 0, goods)
    if "order_gross" not in of_order:
        return goods, nothing
    given = there["order_gross"]
    gross = np.where(given, of_order["order_gross"], goods)
    net = goods
    if "order_discount" in of_order:
        net = np.where(given & there["order_discount"], gross - of_order["order_discount"], goods)
    return gross, np.clip(gross - net, 0, gross)


def credit_used(of_order: Mapping[str, Ints], *, less: Ints | int) -> Ints | int:
    """By run: store credit and gift cards that a total is less by, which are a way to pay and no discount.

    ``less``: by how much the total is below the lines. One that is less by fewer holds the credit still.
    """
    import numpy as np

    credit = sum(of_order[name] for name in ("order_credit", "order_gift_card") if name in of_order)
    return np.where(less >= credit, credit, 0)


def spread(amount: Ints, weights: Ints, *, coin: Ints, starts: Ints, lengths: Ints) -> Ints:
    """``amount`` (by run) over the run's rows in proportion to ``weights``, in whole coins, exactly."""
    import numpy as np

    total = np.add.reduceat(weights, starts)
    share = np.where(total > 0, amount / np.maximum(total, 1), 0.0)
    running = np.cumsum(weights)
    before = (running[starts] - weights[starts]).repeat(lengths)
    coins = coin.repeat(lengths)
    upto = np.rint((running - before) * share.repeat(lengths) / coins).astype(np.int64) * coins
    at_end = (running - before) == total.repeat(lengths)
    upto = np.where(at_end, amount.repeat(lengths), upto)
    first = np.zeros(len(weights), dtype=bool)
    first[starts] = True
    return upto - np.where(first, 0, np.r_[0, upto[:-1]])
