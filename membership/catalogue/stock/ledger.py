"""The stock's ledger: a movement for whatever changes it, and backorders that incoming pieces fill first.

All of it happens with the product's row locked, rows in the order of their ids: by orders
(``membership.orders.stock``), by hand and over the API (``changing``), by imports and connected shops. Then

- a counted stock is never below zero,
- ``start + sum of units`` of all movements is the stock (0 while it is not counted),
- ``Product.backordered`` is the sum of its backorders, and 0 while there is any stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from membership.models import Backorder, Product, StockMovement

FILLED = "backorder"
"""The source of a movement that gives an earlier order what it waited for."""
LARGEST_STOCK = 2**31 - 1
MOVED = ("stock", "backordered")


def locked_products(ids: Collection[int], *, only_counted: bool = False) -> dict[int, Product]:
    """The rows, locked, by id. Of each only SKU, stock and what is backordered is read."""
    rows = Product.objects.select_for_update(no_key=True).filter(pk__in=ids)
    if only_counted:
        rows = rows.filter(stock__isnull=False)
    return {row.pk: row for row in rows.only("pk", "sku", *MOVED).order_by("pk")}


def fill_backorders(products: Iterable[Product]) -> list[StockMovement]:
    """Give what lies in stock to the orders that wait for it, the one placed first first; unsaved movements.

    ``products`` are locked, and changed but not saved. A stock that is no longer counted serves everybody.
    No query where nothing waits.
    """
    waiting = {row.pk: row for row in products if row.backordered and row.stock != 0}
    if not waiting:
        return []
    backorders = Backorder.objects.filter(product__in=waiting)
    movements: list[StockMovement] = []
    left: dict[int, list[int]] = defaultdict(list)
    for row in backorders.order_by("order__placed_at", "order_id", "line_no"):
        product = waiting[row.product_id]
        units = row.units if product.stock is None else min(row.units, product.stock)
        if not units:
            continue
        if product.stock is not None:
            product.stock -= units
        product.backordered -= units
        left[row.units - units].append(row.pk)
        movements.append(
            StockMovement(
                order_id=row.order_id, line_no=row.line_no, product_id=product.pk, wanted=0, units=-units,
                stock=product.stock, source=FILLED,
            )
        )  # fmt: skip
    Backorder.objects.filter(pk__in=left.pop(0, [])).delete()
    for units, keys in left.items():  # one at most a product: the last that got something
        Backorder.objects.filter(pk__in=keys).update(units=units)
    return movements


def keep(products: Sequence[Product], movements: Sequence[StockMovement]) -> None:
    """Store the locked products' stock, and the movements that led to it."""
    if movements:
        StockMovement.objects.bulk_create(movements)
    if products:
        Product.objects.bulk_update(products, MOVED)
