"""Random histories of a small shop's orders, and what is left of them.

``RandomShop(seed).live(changes)`` places, changes, refunds, cancels, reopens, edits and takes back; ``state``
says what everything that follows orders holds then. ``import_end_state`` throws the orders away and imports
what they had become as a file would bring it: the same state must come out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fraud.features import load_orders
from importing.records import import_records
from membership.errors import ServiceError
from membership.members.figures import mark_dirty
from membership.models import (
    Member,
    MemberFeatures,
    Order,
    OrderChange,
    OrderItem,
    Product,
    Segment,
    SegmentMembership,
)
from membership.orders.changes import change_order, reverse_change
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.following import follow, register_follower
from membership.orders.histories import as_line, is_as_left, live_changes
from membership.orders.moving import move_order, reopen_order
from membership.orders.refunds import Wanted, refund_order
from membership.orders.taking import create_order, release_held_order, settle_order
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.by_rule import create_rule_segment, refresh_all
from membership.segments.refreshing import refresh_changed
from recommendations.services.serving.allowed import withheld_products
from recommendations.services.serving.viewers import product_rows
from tests.factories import CategoryFactory, MemberFactory, ProductFactory

STOCK = 60
PRICES = ("0.01", "1.99", "3.33", "10.00", "0.00")
RULES = {
    "often": "orders_30d >= 2",
    "large": "spend_365d > 60",
    "tea": 'bought(category: "Tea", within: 60d)',
    "never": "orders_total = 0",
    "week": "orders_7d >= 1",
}
FIGURES = [
    one.name
    for one in MemberFeatures._meta.concrete_fields
    if one.name not in ("member", "as_of", "dirty_at")
]
_points: dict[int, int] = {}
"""Order id -> points, as a ledger that follows orders would hold them."""


def _earn(order: Order, change: OrderChange | None) -> None:
    _points[order.pk] = int(order.total) if order.status in Order.COUNTED else 0


@dataclass
class RandomShop:
    """One shop; all that is random comes from ``seed``."""

    seed: int
    random: random.Random = field(init=False)
    now: datetime = field(init=False)
    members: list[Member] = field(init=False)
    products: list[Product] = field(init=False)

    def __post_init__(self) -> None:
        self.random, self.now = random.Random(self.seed), timezone.now()  # noqa: S311  # no secret
        self.members = MemberFactory.create_batch(3)
        tea, rest = (CategoryFactory(name=name, path=name) for name in ("Tea", "Rest"))
        self.products = [
            ProductFactory(
                sku=f"P{number}", price=Decimal(price), category=(tea, rest)[number % 2],
                stock=None if number == 2 else STOCK,
            )
            for number, price in enumerate(PRICES)
        ]  # fmt: skip
        for key, text in RULES.items():
            create_rule_segment(
                draft={"key": key, "name": key}, rule=read_rule(text=text, may=everything), user=None
            )
        mark_dirty(member_ids=[member.pk for member in self.members])
        _points.clear()
        register_follower("test", _earn)
        self.place()

    def live(self, changes: int) -> None:
        """Carry out so many changes; what is refused counts as none."""
        done = 0
        doings: list[Callable[[], object]] = [
            self.place, self.move, self.move, self.refund, self.refund, self.edit, self.reopen, self.undo,
            self.imported, self.review,
        ]  # fmt: skip
        while done < changes:
            try:
                done += self.random.choice(doings)() is not None
            except ServiceError:
                continue
            if self.random.random() < 0.05:
                refresh_changed(at_most=100)

    def place(self) -> object:
        if Order.objects.count() >= 8:
            return None
        rng = self.random
        some = [(one, rng.randint(1, 4)) for one in rng.sample(self.products, rng.randint(1, 3))]
        lines = [{"sku": product.sku, "quantity": quantity} for product, quantity in some]
        gross = sum((product.price * quantity for product, quantity in some), Decimal(0))
        discount = (gross * rng.choice((0, 0, 10, 33)) / 100).quantize(Decimal("0.01"))
        order, _new = create_order(
            draft={
                "member": rng.choice(self.members).member_no, "order_no": f"R-{Order.objects.count()}",
                "lines": lines, "order_discount": min(discount, gross),
                "shipping": Decimal(rng.randint(0, 5)),
                "tax": Decimal(rng.randint(0, 300)) / 100,
                "placed_at": self.now - timedelta(days=rng.randint(0, 70), hours=6),
            }
        )  # fmt: skip
        settle_order(order=order, status=rng.choice(("paid", "paid", "pending", "held", "declined")))
        return order

    def any_order(self) -> Order:
        return self.random.choice(list(Order.objects.order_by("order_no")))

    def move(self) -> object:
        status = self.random.choice(("paid", "shipped", "completed", "cancelled"))
        return move_order(order=self.any_order(), status=status, source="test")

    def reopen(self) -> object:
        return reopen_order(order=self.any_order(), source="test")

    def review(self) -> object:
        return release_held_order(order=self.any_order(), genuine=self.random.random() < 0.7) or None

    def refund(self) -> object:
        order, rng = self.any_order(), self.random
        items = list(order.items.order_by("line_no"))
        kind = rng.choice(("line", "line", "amount", "amount", "all"))
        if kind == "all":
            wanted = Wanted(everything=True)
        elif kind == "amount":
            wanted = Wanted(amount=Decimal(rng.randint(1, 1_500)) / 100)
        else:
            some = rng.sample(items, rng.randint(1, len(items)))
            wanted = Wanted(lines={item.line_no: rng.randint(1, item.quantity) for item in some})
        restock = kind != "amount" and rng.random() < 0.5
        return refund_order(order=order, wanted=wanted, source="test", restock=restock)

    def edit(self) -> object:
        order, rng = self.any_order(), self.random
        some = rng.sample(self.products, rng.randint(1, 3))
        drafts = [LineDraft(sku=product.sku, quantity=rng.randint(1, 5)) for product in some]
        return edit_lines(order=order, lines=drafts, source="test")

    def imported(self) -> object:
        """As a connected shop reports it: more refunded of one line, and nothing about returns."""
        order = self.any_order()
        if order.status not in Order.COUNTED:
            return None
        items = list(order.items.order_by("line_no"))
        item = self.random.choice(items)
        lines = [as_line(one, returned=None, restocked=None) for one in items if one.pk != item.pk]
        more = (item.total * self.random.randint(0, 100) / 100).quantize(Decimal("0.01"))
        lines.append(as_line(item, refunded=item.refunded + more, returned=None, restocked=None))
        return change_order(order=order, values={}, lines=lines, source="shopify")

    def undo(self) -> object:
        order = self.any_order()
        live = live_changes(list(order.changes.order_by("id")))
        if not live or not is_as_left(order=order, change=live[-1]):
            return None
        return reverse_change(change=live[-1])


def state() -> dict[str, Any]:
    """What everything that follows orders holds, by the shop's own numbers."""
    refresh_changed(at_most=100)
    stays = SegmentMembership.objects.current().order_by("segment__key", "member__member_no")
    members = dict(Member.objects.values_list("pk", "member_no"))
    skus = dict(Product.objects.values_list("pk", "sku"))
    columns = load_orders().columns
    withheld = {
        surface: {
            members[pk]: sorted(skus[one] for one in products)
            for pk, products in withheld_products(
                member_ids=set(members), products=product_rows(skus), surface=surface, at=timezone.now()
            ).items()
        }
        for surface in ("for-you", "buy-again")
    }
    return {
        "figures": {
            row.pop("member__member_no"): row
            for row in MemberFeatures.objects.order_by("member").values("member__member_no", *FIGURES)
        },
        "segments": list(stays.values_list("segment__key", "member__member_no")),
        "counts": dict(Segment.objects.values_list("key", "member_count")),
        "withheld": withheld,
        "revenue": sum(Order.objects.sales().values_list("total", flat=True)),
        "fraud": [columns.amount_cents.tolist(), columns.discount_cents.tolist(), columns.placed_at.tolist()],
        "points": {order.order_no: _points.get(order.pk, 0) for order in Order.objects.order_by("order_no")},
        "orders": list(
            Order.objects.order_by("order_no").values_list(
                "order_no",
                "status",
                "subtotal",
                "discount",
                "refunded",
                "total",
                "item_count",
                "cancelled_at",
            )
        ),
    }


def stock_of_orders() -> dict[str, int | None]:
    """What the stock must be by the orders as they are, however they became so."""
    left = {product.sku: None if product.stock is None else STOCK for product in Product.objects.all()}
    for item in OrderItem.objects.select_related("order", "product"):
        stock = left[item.product.sku]
        if stock is not None and item.order.status not in Order.RELEASED:
            left[item.product.sku] = stock - item.quantity + item.restocked
    return left


def stock() -> dict[str, int | None]:
    return dict(Product.objects.values_list("sku", "stock"))


def end_state() -> list[dict[str, str]]:
    """The orders in the columns of an import."""
    items = OrderItem.objects.select_related("order__member", "product").order_by(
        "order__order_no", "line_no"
    )
    return [
        {
            "order_no": item.order.order_no, "line_no": str(item.line_no),
            "member_no": item.order.member.member_no, "placed_at": item.placed_at.isoformat(),
            "sku": item.product.sku, "quantity": str(item.quantity), "unit_price": f"{item.unit_price:f}",
            "line_gross": f"{item.total + item.discount + item.refunded:f}",
            "discount": f"{item.discount:f}", "line_refunded": f"{item.refunded:f}",
            "currency": item.order.currency, "status": item.order.status,
            "shipping": f"{item.order.shipping:f}", "tax": f"{item.order.tax:f}",
            "cancelled_at": item.order.cancelled_at.isoformat() if item.order.cancelled_at else "",
        }
        for item in items
    ]  # fmt: skip


def import_end_state() -> None:
    """Throw everything about orders away, and import what they had become."""
    records = end_state()
    Order.objects.all().delete()
    MemberFeatures.objects.all().delete()
    _points.clear()
    outcome = import_records(kind="orders", records=records, preset=None, now=timezone.now(), source="import")
    assert not outcome.rejected, outcome.rejected
    for order in Order.objects.all():
        follow(order=order)
    mark_dirty(member_ids=Member.objects.values_list("pk", flat=True))
    refresh_changed(at_most=100)
    refresh_all()
