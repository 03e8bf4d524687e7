"""Stock follows orders: what they take off it, and what comes back, each piece once.

An order that came over the API takes its goods when it is stored and gives them back when it is cancelled or
declined. Orders of files are history: the stock of a product file knows them already, and they take nothing.
A refund whose goods go back on sale adds them, whatever the order. How much was moved for a line stands in
``StockMovement``: the difference to what should have been moved is moved next, so that repeating is harmless.

A stock that is not counted (NULL) does not move, and none falls below zero: what was missing is not given
back later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Sum

from membership.models import Order, OrderChange, OrderItem, Product, StockMovement

Place = tuple[int, int]
"""Line number, product id."""


@dataclass(frozen=True)
class _Moved:
    """Of one line so far: what was asked for and what the stock gave, below zero where taken off."""

    wanted: int = 0
    units: int = 0


def take_stock(*, order: Order, items: Iterable[tuple[int, Product, int | None]]) -> None:
    """Take a new order's (line number, product, units) off the stock. Call in the transaction that stores it.

    No query for products whose stock is not counted.
    """
    counted = {
        (line_no, product.pk): -units
        for line_no, product, units in items
        if product.stock is not None and units
    }
    _move(order, counted, moved={})


def follow_stock(*, order: Order, change: OrderChange | None = None) -> None:
    """Bring the stock to what the order leaves of it now. Call with the order's row locked.

    ``change`` tells which lines are new: they are taken off the stock, others only if they were before.
    """
    items = list(OrderItem.objects.filter(order=order, units__isnull=False))
    if not order.takes_stock and not _has_returns(items, change):
        return
    sums = StockMovement.objects.filter(order=order).order_by().values_list("line_no", "product_id")
    moved = {
        (line_no, product_id): _Moved(wanted, units)
        for line_no, product_id, wanted, units in sums.annotate(a=Sum("wanted"), b=Sum("units"))
    }
    new = _new_places(change) if order.takes_stock else set()
    wanted: dict[Place, int] = dict.fromkeys(moved, 0)
    for item in items:
        place = (item.line_no, item.product_id)
        wanted[place] = wanted_of(order, item, takes=order.takes_stock and (place in moved or place in new))
    differences = {place: units - moved.get(place, _Moved()).wanted for place, units in wanted.items()}
    _move(order, {place: units for place, units in differences.items() if units}, moved=moved)


def wanted_of(order: Order, item: OrderItem, *, takes: bool) -> int:
    """How many pieces this line has moved in all: below zero off the stock, above zero onto it."""
    if not takes:
        return item.restocked
    return 0 if order.status in Order.RELEASED else item.restocked - (item.units or 0)


def _has_returns(items: Iterable[OrderItem], change: OrderChange | None) -> bool:
    """Whether goods of the order are, or were before ``change``, on sale again."""
    before = change.before.get("lines", {}) if change is not None else {}
    return any(item.restocked for item in items) or any(text[9:] > [0] for text in before.values())


def _new_places(change: OrderChange | None) -> set[Place]:
    if change is None or "lines" not in change.after:
        return set()
    before = {(int(no), text[0]) for no, text in change.before["lines"].items()}
    return {(int(no), text[0]) for no, text in change.after["lines"].items()} - before


def _move(order: Order, wanted: Mapping[Place, int], *, moved: Mapping[Place, _Moved]) -> None:
    """Rows are locked in the order of ids, in which every other order locks them too."""
    if not wanted:
        return
    ids = sorted({product_id for _line_no, product_id in wanted})
    counted = Product.objects.select_for_update().filter(pk__in=ids, stock__isnull=False).order_by("pk")
    products = {product.pk: product for product in counted.only("pk", "stock")}
    rows: list[StockMovement] = []
    for (line_no, product_id), units in sorted(wanted.items()):
        product = products.get(product_id)
        so_far = moved.get((line_no, product_id), _Moved())
        if product is None and so_far == _Moved():
            continue  # its stock was never counted
        given = _given(units, so_far, stock=product.stock or 0) if product is not None else 0
        if product is not None:
            product.stock = (product.stock or 0) + given
        row = StockMovement(order=order, line_no=line_no, product_id=product_id, wanted=units, units=given)
        rows.append(row)
    StockMovement.objects.bulk_create(rows)
    Product.objects.bulk_update(products.values(), ["stock"])


def _given(units: int, so_far: _Moved, *, stock: int) -> int:
    """How many of ``units`` move: no more than there are, and no more come back than were taken."""
    if units < 0:
        return -min(-units, stock)
    return units - min(units, so_far.units - so_far.wanted)
