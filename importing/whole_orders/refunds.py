"""What an order's refund gave back for its goods, where the amount holds the tax of them too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importing.arrays import Ints

MOST_SUMS = 5_000
"""An order whose units add up to more different sums is not tried; its refund counts as it is stated."""


def without_tax(
    of_order: Mapping[str, Ints], refunded: Ints, *, net: Ints, quantity: Ints, coin: Ints, starts: Ints,
    lengths: Ints,
) -> Ints:  # fmt: skip
    """By run: the refunds of orders whose tax comes on top of their goods, without the tax that they hold.

    ``net``, ``quantity`` and ``coin`` are by row, ``refunded`` and the amounts ``of_order`` by run.
    """
    import numpy as np

    if not {"order_total", "tax"} <= set(of_order):
        return refunded
    tax = of_order["tax"]
    shipping = of_order.get("shipping", np.zeros_like(tax))
    on_top = (tax > 0) & (of_order["order_total"] >= np.add.reduceat(net, starts) + shipping + tax)
    result = refunded.copy()
    for run in np.flatnonzero(on_top & (refunded > 0)).tolist():
        rows = slice(int(starts[run]), int(starts[run] + lengths[run]))
        units = np.maximum(quantity[rows], 1)
        if units.sum() <= MOST_SUMS:
            result[run] = goods_refunded(
                int(refunded[run]), units=np.repeat(net[rows] // units, units).tolist(), tax=int(tax[run]),
                shipping=int(shipping[run]), coin=int(coin[rows.start]),
            )  # fmt: skip
    return result


def goods_refunded(refunded: int, *, units: Sequence[int], tax: int, shipping: int, coin: int) -> int:
    """The part of ``refunded`` that is goods. ``units``: what each unit of the order cost, without tax.

    Only an amount that some of the units explain is taken apart: they cost it without tax, or with the
    order's tax on goods, or with a tax on goods and shipping. Any other refund is of goods as a whole.
    Amounts are whole thousandths, of which the smallest coin has ``coin``.
    """
    sums = _sums(units)
    net = sum(units)
    for base in (0, net, net + shipping):
        goods = refunded if base == 0 else (refunded * base + (base + tax) // 2) // (base + tax)
        near = min(sums, key=lambda one: (abs(one - goods), one), default=0)
        if near and abs(near - goods) <= (coin if base else 0):
            return min(near, refunded)
    return refunded


def _sums(units: Sequence[int]) -> set[int]:
    """What any of the units cost together; nothing where there are too many sums."""
    sums = {0}
    for unit in units:
        sums |= {one + unit for one in sums}
        if len(sums) > MOST_SUMS:
            return set()
    return sums - {0}
