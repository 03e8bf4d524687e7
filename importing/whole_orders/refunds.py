"""What an order's refund gave back for its goods, where the amount holds the tax of them too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints

MOST_SUMS = 5_000
"""An order whose units add up to more different sums is not tried; its refund counts as it is stated."""
Sums = dict[int, int]
"""What some of the units cost with tax -> what they cost without; the least, where several cost the same."""


def without_tax(
    of_order: Mapping[str, Ints], refunded: Ints, *, net: Ints, quantity: Ints, taxed: Flags, coin: Ints,
    starts: Ints, lengths: Ints,
) -> Ints:  # fmt: skip
    """By run: the refunds of orders whose tax comes on top of their goods, without tax and shipping in them.

    ``net``, ``quantity``, ``taxed`` and ``coin`` are by row, ``refunded`` and ``of_order`` by run.
    """
    import numpy as np

    if "order_total" not in of_order:
        return refunded
    tax = of_order.get("tax", np.zeros_like(refunded))
    shipping = of_order.get("shipping", np.zeros_like(refunded))
    on_top = of_order["order_total"] >= np.add.reduceat(net, starts) + shipping + tax
    result = refunded.copy()
    for run in np.flatnonzero(on_top & (refunded > 0)).tolist():
        rows = slice(int(starts[run]), int(starts[run] + lengths[run]))
        units = np.maximum(quantity[rows], 1)
        if units.sum() <= MOST_SUMS:
            result[run] = goods_refunded(
                int(refunded[run]), units=np.repeat(net[rows] // units, units).tolist(),
                taxed=np.repeat(taxed[rows], units).tolist(), tax=int(tax[run]),
                shipping=int(shipping[run]), coin=int(coin[rows.start]),
            )  # fmt: skip
    return result


def goods_refunded(
    refunded: int, *, units: Sequence[int], taxed: Sequence[bool], tax: int, shipping: int, coin: int
) -> int:
    """The part of ``refunded`` that is goods. ``units``: what each unit of the order cost, without tax.

    Only an amount that some of the units explain is taken apart: they cost it without tax, or with the
    order's tax on the goods that are taxed, or with a tax on these and shipping, alone or with the shipping.
    One that only the shipping explains is no refund of goods; any other is of goods as a whole.
    Amounts are whole thousandths, of which the smallest coin has ``coin``.
    """
    taxed_goods = sum(unit for unit, is_taxed in zip(units, taxed, strict=True) if is_taxed)
    tried = [(0, shipping)]  # (tax of a million, shipping with its tax)
    if tax:
        bases = [(taxed_goods, 0), (taxed_goods + shipping, shipping)]
        tried += [
            (round(tax * 1e6 / base), shipping + tax * part // base) for base, part in bases if base > 0
        ]
    options = [(_sums(units, taxed, rate=rate), rate, sent) for rate, sent in tried]
    for with_shipping in (False, True):
        for sums, rate, sent in options:
            if with_shipping and not sent:
                continue
            goods = _explained(refunded - (sent if with_shipping else 0), sums, within=coin if rate else 0)
            if goods is not None:
                return min(goods, refunded)
    return 0 if shipping and any(abs(refunded - sent) <= coin for _sums, _rate, sent in options) else refunded


def _explained(amount: int, sums: Sums, *, within: int) -> int | None:
    near = min(sums, key=lambda one: (abs(one - amount), one), default=0)
    return sums[near] if near and abs(near - amount) <= within else None


def _sums(units: Sequence[int], taxed: Sequence[bool], *, rate: int) -> Sums:
    """What any of the units cost together; nothing where there are too many sums."""
    sums = {0: 0}
    for unit, is_taxed in zip(units, taxed, strict=True):
        price = unit + (unit * rate + 500_000) // 1_000_000 if is_taxed else unit
        for gross, net in list(sums.items()):
            sums[gross + price] = min(net + unit, sums.get(gross + price, net + unit))
        if len(sums) > MOST_SUMS:
            return {}
    return {gross: net for gross, net in sums.items() if gross}
