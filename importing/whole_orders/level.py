"""Orders without lines: files that say what each order came to, and not, or not in full, what was bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from importing.presets.loading import Rules

WITHOUT_LINES = "order-without-lines"
"""The SKU of the product that stands for what such an order bought."""
UNNAMED = "(order without lines)"
PRODUCT = ("sku", "product_name", "product_id")
LINE_AMOUNTS = ("line_total", "line_gross")
ORDER_AMOUNTS = ("order_gross", "order_total", "order_subtotal", "order_paid", "order_paid_goods")
OF_LINES = (
    *PRODUCT, "quantity", "unit_price", *LINE_AMOUNTS, "line_no", "discount", "discount_percent",
    "line_refunded", "quantity_refunded", "option", "category", "brand",
)  # fmt: skip

Sources = dict[str, tuple[str, ...]]


class OrderLevel(NamedTuple):
    """How a file of orders is read: ``amounts`` is "lines" as a rule, "orders" where only whole orders have
    amounts.
    """

    sources: Sources
    constants: dict[str, str]
    amounts: str = "lines"
    unnamed: bool = False


def order_level(sources: Mapping[str, tuple[str, ...]], *, is_system: bool, rules: Rules) -> OrderLevel:
    """What a file without prices of its lines, or without its lines, is read as.

    An order of a known system's list of orders is one line of an unnamed product, also where the list names
    products in a cell: the file with the lines completes it. In a spreadsheet the order's amount is spread
    over the lines that it has.
    """
    there = dict(sources)
    named = any(name in there for name in PRODUCT)
    priced = any(name in there for name in LINE_AMOUNTS)
    of_orders = any(name in there for name in ORDER_AMOUNTS)
    if named and (priced or "unit_price" in there):
        return OrderLevel(
            _of_lines(there, rules), {} if "quantity" in there or not is_system else {"quantity": "1"}
        )
    if not named and priced and ("quantity" not in there or not of_orders):
        there = _without(there, (*PRODUCT, "quantity", "unit_price", *ORDER_AMOUNTS))
        return OrderLevel(there, _constants(), "lines", unnamed=True)
    if of_orders and (is_system or not named):
        return OrderLevel(_without(there, OF_LINES), _constants(), "orders", unnamed=True)
    if of_orders and named:
        constants = {} if "quantity" in there else {"quantity": "1"}
        return OrderLevel(there, {**constants, "unit_price": "0"}, "orders")
    return OrderLevel(there, {})


def _of_lines(sources: Sources, rules: Rules) -> Sources:
    """Without what counts in lists of orders only; a discount that both may have is the line's."""
    is_read = rules.get("total_without_tax") or rules.get("refunds_hold_tax") or "order_adjusted" in sources
    unused = () if is_read else ("order_total",)
    same = sources.get("discount") == sources.get("order_discount")
    if same or (rules.get("lines_are_net") and "order_gross" not in sources):
        unused = (*unused, "order_discount")
    return _without(sources, unused)


def _constants() -> dict[str, str]:
    return {"sku": WITHOUT_LINES, "product_name": UNNAMED, "quantity": "1", "unit_price": "0"}


def _without(sources: Sources, names: tuple[str, ...]) -> Sources:
    return {name: headings for name, headings in sources.items() if name not in names}
