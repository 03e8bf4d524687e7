"""Orders as the shop takes them, for tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from membership.models import Member, Order, Product
from membership.orders.stock import OnShortage
from membership.orders.taking import create_order, settle_order
from tests.factories import MemberFactory, ProductFactory


def product(sku: str, price: str, *, stock: int | None = 100) -> Product:
    made: Product = ProductFactory(sku=sku, price=Decimal(price), currency="USD", stock=stock)
    return made


def taken(
    quantities: Mapping[str, int],
    *,
    status: str = "paid",
    member: Member | None = None,
    on_shortage: OnShortage | None = None,
    **draft: object,
) -> Order:
    """An order of SKU → quantity over the API's own function, settled with ``status``."""
    member = member or MemberFactory()
    number = f"T-{Order.objects.count()}"
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]
    given = {"member": member.member_no, "order_no": number, "lines": lines, **draft}
    order, _new = create_order(draft=given, on_shortage=on_shortage)
    settle_order(order=order, status=status)
    return Order.objects.get(pk=order.pk)
