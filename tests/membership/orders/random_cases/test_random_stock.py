"""Whatever orders, cancellations, refunds and changes by hand come: the stock's sums hold after each.

``STOCK_HISTORIES=500 STOCK_STEPS=80`` before the command is the long form.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from membership.catalogue.stock.changing import Cause, change_stock, set_stock
from membership.errors import ServiceError
from membership.models import Backorder, Member, Order, Product, StockMovement
from membership.models.catalogue.stock import Oversell
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.moving import move_order
from membership.orders.refunds import Wanted, refund_order
from membership.orders.stock import shortages_of
from membership.orders.taking import create_order, settle_order
from tests.factories import MemberFactory, ProductFactory
from tests.membership.orders.random_cases.stock_shop import oversell

pytestmark = pytest.mark.django_db
HISTORIES = int(os.environ.get("STOCK_HISTORIES", "12"))
STEPS = int(os.environ.get("STOCK_STEPS", "40"))
CAUSE = Cause("test")
Due = tuple[object, int, int]
"""When an order was placed, its id, the line: who comes first."""


@dataclass
class StockShop:
    """One shop of two products, changed at random by ``seed``."""

    seed: int
    random: random.Random = field(init=False)
    member: Member = field(init=False)
    start: dict[int, int] = field(init=False)
    taken: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311  # no secret
        self.member = MemberFactory()
        products = [ProductFactory(sku=sku, stock=self.random.randint(0, 8)) for sku in ("TEA", "CUP")]
        self.start = {product.pk: product.stock for product in products}

    def step(self) -> None:
        doings: list[Callable[[], object]] = [
            self.place, self.place, self.place, self.cancel, self.reopen, self.edit, self.refund, self.count,
            self.change, self.change, self.change_policy,
        ]  # fmt: skip
        with suppress(ServiceError):  # refused: the sums must hold all the more
            self.random.choice(doings)()

    def product(self) -> Product:
        return self.random.choice(list(Product.objects.order_by("pk")))

    def order(self) -> Order:
        return self.random.choice(list(Order.objects.order_by("pk")) or [self.place()])

    def place(self) -> Order:
        rng, number = self.random, self.taken
        self.taken += 1
        lines = [
            {"sku": rng.choice(("TEA", "CUP")), "quantity": rng.randint(1, 6)}
            for _line in range(rng.randint(1, 3))
        ]
        placed = timezone.now() - timedelta(hours=rng.randint(1, 500))
        draft = {
            "member": self.member.member_no,
            "order_no": f"S-{number}",
            "lines": lines,
            "placed_at": placed,
        }
        order, _new = create_order(draft=draft)
        settle_order(order=order, status=rng.choice(("paid", "paid", "pending", "held", "declined")))
        return order

    def cancel(self) -> None:
        move_order(order=self.order(), status="cancelled", source="test")

    def reopen(self) -> None:
        move_order(order=self.order(), status="paid", source="test")

    def edit(self) -> None:
        rng = self.random
        lines = [LineDraft(sku, rng.randint(1, 7)) for sku in rng.sample(("TEA", "CUP"), rng.randint(1, 2))]
        edit_lines(order=self.order(), lines=lines, source="test")

    def refund(self) -> None:
        order = self.order()
        item = self.random.choice(list(order.items.order_by("line_no")))
        lines = {item.line_no: self.random.randint(1, item.quantity)}
        refund_order(
            order=order, wanted=Wanted(lines=lines), source="test", restock=self.random.random() < 0.7
        )

    def count(self) -> None:
        stock = self.random.choice((None, 0, 3, 9))
        set_stock(product=self.product(), stock=stock, cause=CAUSE)

    def change(self) -> None:
        change_stock(product=self.product(), units=self.random.randint(-4, 6), cause=CAUSE)

    def change_policy(self) -> None:
        oversell(self.random.choice(list(Oversell)))

    def check(self, *, since: int, waited: set[int]) -> None:
        """``since``: the newest movement before the last step; ``waited``: what waited then."""
        for product in Product.objects.all():
            moved = product.stock_movements.aggregate(units=Sum("units"))["units"] or 0
            assert self.start[product.pk] + moved == (product.stock or 0), product.sku
            waiting = product.backorders.aggregate(units=Sum("units"))["units"] or 0
            assert product.backordered == waiting
            assert not (product.stock and waiting)
            self._check_turns(product, since=since, waited=waited)
        for order in Order.objects.filter(status__in=Order.RELEASED):
            assert not order.backorders.exists()
            assert not [one for one in shortages_of(order=order) if one.backordered]
        for order in Order.objects.all():
            assert all(0 <= one.backordered <= one.missing for one in shortages_of(order=order))

    def _check_turns(self, product: Product, *, since: int, waited: set[int]) -> None:
        """Nobody got pieces while an order that was placed earlier still waits for some."""
        fills = product.stock_movements.filter(pk__gt=since, source="backorder").select_related("order")
        got = [_due(row) for row in fills]
        waits = [_due(row) for row in product.backorders.filter(pk__in=waited).select_related("order")]
        if got and waits:
            assert max(got) <= min(waits)


def _due(row: StockMovement | Backorder) -> Due:
    assert row.order is not None
    assert row.line_no is not None
    return row.order.placed_at, row.order.pk, row.line_no


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_the_sums_of_a_stock_hold_after_every_step(seed: int) -> None:
    shop = StockShop(seed)
    oversell(Oversell.BACKORDER)
    for _step in range(STEPS):
        newest = StockMovement.objects.order_by("-pk").first()
        waited = set(Backorder.objects.values_list("pk", flat=True))
        shop.step()
        shop.check(since=newest.pk if newest is not None else 0, waited=waited)


def test_the_histories_do_what_they_are_to_try() -> None:
    """Otherwise they would prove nothing: orders wait, and are served."""
    shop = StockShop(1)
    oversell(Oversell.BACKORDER)
    for _step in range(200):
        shop.step()
    assert StockMovement.objects.filter(source="backorder").exists()
    assert StockMovement.objects.filter(source="test", units__lt=0).exists()
