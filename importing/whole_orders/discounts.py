"""The discount of a whole order, told from what the file says that the order came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from importing.whole_orders.goods import credit_used

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints
    from importing.files.frames import CleanColumn
    from importing.kinds.order_parts.amounts import Amounts
    from importing.presets.loading import Rules


def wanted_discount(
    amounts: Amounts, clean: Mapping[str, CleanColumn], *, sold: Ints, starts: Ints, rules: Rules
) -> Ints:
    """By run: the discount of the whole order, or what lies between its lines and the sum that is stated.

    Less than nothing where the lines come to less than that sum.
    """
    import numpy as np

    net = np.add.reduceat(sold, starts)
    wanted = np.zeros_like(net)
    if "order_discount" in clean:
        wanted = amounts.of_order["order_discount"]
        if "order_gross" in clean:  # the sum before the discount: tells whether the lines hold it already
            stated = amounts.of_order["order_gross"] - wanted
            wanted = np.where(there_by_run(clean["order_gross"], starts), net - stated, wanted)
        elif rules.get("order_discount_includes_lines"):
            wanted = wanted - np.add.reduceat(np.where(amounts.is_return, 0, amounts.discount), starts)
    for name in ("order_paid", "order_paid_goods"):
        if name in clean:
            paid = amounts.of_order[name]
            extra = amounts.of_order.get("shipping", 0) if name == "order_paid" else 0
            wanted = np.where(paid > 0, net + extra - paid, wanted)
    if rules.get("total_without_tax") and "order_total" in clean:
        total = amounts.of_order["order_total"] - amounts.of_order.get("shipping", 0)
        less = net - total
        credit = credit_used(amounts.of_order, less=less)
        wanted = np.where(there_by_run(clean["order_total"], starts), less - credit, wanted)
    if "order_subtotal" in clean:
        wanted = np.where(
            there_by_run(clean["order_subtotal"], starts), net - amounts.of_order["order_subtotal"], wanted
        )
    discount: Ints = np.minimum(wanted, net)
    return discount


def cents_lost(amounts: Amounts, wanted: Ints, *, starts: Ints) -> Ints:
    """By run: what lines come to too little because a price of one unit was rounded: half a coin for each."""
    import numpy as np

    units = np.add.reduceat(np.where(amounts.is_return, 0, amounts.quantity), starts)
    lost: Ints = np.where((wanted < 0) & (-2 * wanted <= units * amounts.coin[starts]), -wanted, 0)
    return lost


def there_by_run(column: CleanColumn, starts: Ints) -> Flags:
    """Runs of which a row has a value."""
    import numpy as np

    return np.maximum.reduceat(column.codes >= 0, starts)
