"""Stock follows orders: what they take off it, and what comes back, each piece once.

An order that came over the API takes its goods when it is stored and gives them back when it is cancelled or
declined. Orders of files are history: the stock of a product file knows them already, and they take nothing.
A refund whose goods go back on sale adds them, whatever the order. How much was moved for a line stands in
``StockMovement``: the difference to what should have been moved is moved next, so that repeating is harmless.

A stock that is not counted (NULL) does not move, and none falls below zero. What becomes of an order for more
than there is, the shop's setting says (``Oversell``): it is refused; or what is missing is told and not given
back later; or it is a backorder, which what comes in fills first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from membership.catalogue.stock.ledger import fill_backorders, keep, locked_products
from membership.errors import Conflict, FieldError
from membership.models import Backorder, Order, OrderChange, OrderItem, Product, StockMovement
from membership.models.catalogue.stock import Oversell
from membership.models.shop import the_shop

Place = tuple[int, int]
"""Line number, product id."""


@dataclass(frozen=True)
class Shortage:
    """A line for which there was too little: ``missing`` of the pieces, of which some are ``backordered``."""

    line_no: int
    sku: str
    missing: int
    backordered: int


OnShortage = Callable[[Shortage], object]


@dataclass(frozen=True)
class _Moved:
    """Of one line so far: what was asked for and what the stock gave, below zero where taken off."""

    wanted: int = 0
    units: int = 0

    @property
    def missing(self) -> int:
        return self.units - self.wanted


def take_stock(
    *,
    order: Order,
    items: Iterable[tuple[int, Product, int | None]],
    on_shortage: OnShortage | None = None,
) -> None:
    """Take a new order's (line number, product, units) off the stock. Call in the transaction that stores it.

    No query for products whose stock is not counted. ``on_shortage`` is told of each line for which there is
    too little; where the shop refuses such orders, raises Conflict.
    """
    counted = {
        (line_no, product.pk): -units
        for line_no, product, units in items
        if product.stock is not None and units
    }
    if counted:
        _Move(order, may_refuse=True, on_shortage=on_shortage).carry_out(counted)


def follow_stock(*, order: Order, change: OrderChange | None = None, may_refuse: bool = False) -> None:
    """Bring the stock to what the order leaves of it now. Call with the order's row locked.

    ``change`` tells which lines are new: they are taken off the stock, others only if they were before.
    ``may_refuse``: somebody asks for it here, so that it raises Conflict where the shop refuses orders for
    more than there is; what other systems and imports report has happened already.
    """
    items = list(OrderItem.objects.filter(order=order, units__isnull=False))
    if not order.takes_stock and not _has_returns(items, change):
        return
    sums = StockMovement.objects.filter(order=order).order_by().values_list("line_no", "product_id")
    moved: dict[Place, int] = {
        (line_no, product_id): wanted
        for line_no, product_id, wanted in sums.annotate(a=Sum("wanted"))
        if line_no is not None
    }
    new = _new_places(change) if order.takes_stock else set()
    wanted: dict[Place, int] = dict.fromkeys(moved, 0)
    for item in items:
        place = (item.line_no, item.product_id)
        wanted[place] = wanted_of(order, item, takes=order.takes_stock and (place in moved or place in new))
    differences = {place: units - moved.get(place, 0) for place, units in wanted.items()}
    if differences := {place: units for place, units in differences.items() if units}:
        _Move(order, may_refuse=may_refuse).carry_out(differences)


def wanted_of(order: Order, item: OrderItem, *, takes: bool) -> int:
    """How many pieces this line has moved in all: below zero off the stock, above zero onto it."""
    if not takes:
        return item.restocked
    return 0 if order.status in Order.RELEASED else item.restocked - (item.units or 0)


def shortages_of(*, order: Order) -> list[Shortage]:
    """What is missing of a stored order now, line by line. Two queries."""
    waiting = {
        (row.line_no, row.product_id): row.units for row in Backorder.objects.filter(order=order).order_by()
    }
    sums = StockMovement.objects.filter(order=order).order_by("line_no")
    rows = sums.values_list("line_no", "product_id", "product__sku").annotate(a=Sum("wanted"), b=Sum("units"))
    return [
        Shortage(line_no or 0, sku, units - wanted, waiting.get((line_no or 0, product_id), 0))
        for line_no, product_id, sku, wanted, units in rows
        if units > wanted
    ]


def with_backorders(items: QuerySet[OrderItem]) -> QuerySet[OrderItem]:
    """The lines with ``backordered``: how many pieces each still waits for."""
    waiting = Backorder.objects.filter(order=OuterRef("order"), line_no=OuterRef("line_no"))
    sums = waiting.order_by().values("line_no").annotate(sum=Sum("units"))
    return items.annotate(backordered=Coalesce(Subquery(sums.values("sum")[:1]), 0))


def _has_returns(items: Iterable[OrderItem], change: OrderChange | None) -> bool:
    """Whether goods of the order are, or were before ``change``, on sale again."""
    before = change.before.get("lines", {}) if change is not None else {}
    return any(item.restocked for item in items) or any(text[9:] > [0] for text in before.values())


def _new_places(change: OrderChange | None) -> set[Place]:
    if change is None or "lines" not in change.after:
        return set()
    before = {(int(no), text[0]) for no, text in change.before["lines"].items()}
    return {(int(no), text[0]) for no, text in change.after["lines"].items()} - before


class _Move:
    """One order's pieces moved at once: first those that come back, then backorders, then those it takes."""

    def __init__(self, order: Order, *, may_refuse: bool, on_shortage: OnShortage | None = None) -> None:
        self.order, self.may_refuse, self.on_shortage = order, may_refuse, on_shortage
        self.movements: list[StockMovement] = []
        self.refused: list[FieldError] = []
        self._waiting: dict[Place, Backorder] | None = None

    def carry_out(self, wanted: Mapping[Place, int]) -> None:
        """Rows are locked in the order of ids, in which every other order locks them too."""
        products = locked_products({product_id for _line_no, product_id in wanted}, only_counted=True)
        asks = any(units > 0 or product_id not in products for (_no, product_id), units in wanted.items())
        moved = self._moved() if asks else {}  # with the rows locked: a backorder may have been filled
        places = sorted(wanted.items())
        for place, units in places:
            if units > 0:
                self._give_back(place, units, products.get(place[1]), moved.get(place, _Moved()))
        self.movements += fill_backorders(products.values())
        self._waiting = None  # some of them may have been this order's
        for place, units in places:
            if units < 0:
                self._take(place, units, products.get(place[1]), is_known=place in moved)
        if self.refused:
            raise Conflict(self.refused[0].message, errors=self.refused)
        keep(list(products.values()), self.movements)

    def _moved(self) -> dict[Place, _Moved]:
        rows = StockMovement.objects.filter(order=self.order).order_by()
        sums = rows.values_list("line_no", "product_id").annotate(a=Sum("wanted"), b=Sum("units"))
        return {(no or 0, product_id): _Moved(wanted, units) for no, product_id, wanted, units in sums}

    def _give_back(self, place: Place, units: int, product: Product | None, moved: _Moved) -> None:
        """No more come back than were taken: pieces that were missing are only no longer waited for."""
        if product is None:
            if moved != _Moved():  # it was counted once
                self._note(place, wanted=units, units=0, stock=None)
            return
        never_came = min(units, moved.missing)
        if never_came and product.backordered:
            self._wait_for(place, product, -never_came)
        product.stock = (product.stock or 0) + units - never_came
        self._note(place, wanted=units, units=units - never_came, stock=product.stock)

    def _take(self, place: Place, units: int, product: Product | None, *, is_known: bool) -> None:
        if product is None:
            if is_known:
                self._note(place, wanted=units, units=0, stock=None)
            return
        there = product.stock or 0
        taken = min(-units, there)
        product.stock = there - taken
        if taken < -units:
            self._fall_short(place, product, there=there, missing=-units - taken)
        self._note(place, wanted=units, units=-taken, stock=product.stock)

    def _fall_short(self, place: Place, product: Product, *, there: int, missing: int) -> None:
        oversell = the_shop().oversell
        if oversell == Oversell.REFUSE and self.may_refuse:
            message = _("Of %(sku)s only %(left)s are left.") % {"sku": product.sku, "left": there}
            self.refused.append(FieldError(f"lines.{place[0] - 1}.quantity", message))
            return
        is_backorder = oversell == Oversell.BACKORDER
        if is_backorder:
            self._wait_for(place, product, missing)
        if self.on_shortage is not None:
            self.on_shortage(Shortage(place[0], product.sku, missing, missing if is_backorder else 0))

    def _wait_for(self, place: Place, product: Product, units: int) -> None:
        """Change by ``units`` what the line waits for; never below nothing."""
        if self._waiting is None:
            rows = Backorder.objects.filter(order=self.order)
            self._waiting = {(row.line_no, row.product_id): row for row in rows}
        row = self._waiting.get(place)
        before = row.units if row is not None else 0
        after = max(before + units, 0)
        product.backordered += after - before
        if row is None:
            if after:
                self._waiting[place] = Backorder.objects.create(
                    order=self.order, line_no=place[0], product_id=product.pk, units=after
                )
        elif after:
            row.units = after
            row.save(update_fields=("units",))
        else:
            row.delete()
            del self._waiting[place]

    def _note(self, place: Place, *, wanted: int, units: int, stock: int | None) -> None:
        self.movements.append(
            StockMovement(
                order=self.order, line_no=place[0], product_id=place[1], wanted=wanted, units=units,
                stock=stock,
            )
        )  # fmt: skip
