"""What a shop's data have come to, without ids and moments of our own, for comparing two of them."""

from __future__ import annotations

from typing import Any

from membership.models import Consent, Member, Order, OrderItem, Product


def end_state() -> dict[str, list[tuple[Any, ...]]]:
    """Orders and lines by SKU; members; products that are shown."""
    orders = Order.objects.order_by("order_no").values_list(
        "order_no", "member__member_no", "status", "channel", "store__code", "currency", "subtotal",
        "discount", "refunded", "total", "shipping", "tax", "item_count", "placed_at", "cancelled_at",
        "payment_method",
        "coupon", "billing_country",
    )  # fmt: skip
    lines = OrderItem.objects.order_by("order__order_no", "line_no").values_list(
        "order__order_no", "line_no", "product__sku", "member__member_no", "quantity", "unit_price",
        "discount", "refunded", "total",
    )  # fmt: skip
    members = Member.objects.order_by("member_no").values_list(
        "member_no", "name", "email", "phone", "country", "joined_at", "status"
    )
    consents = Consent.objects.order_by("member__member_no", "channel", "id").values_list(
        "member__member_no", "channel", "granted"
    )
    products = (
        Product.objects.filter(is_active=True, is_placeholder=False)
        .order_by("sku")
        .values_list("sku", "name", "brand", "price", "stock", "category__path")
    )
    return {
        "orders": list(orders), "lines": list(lines), "members": list(members), "consents": list(consents),
        "products": list(products),
    }  # fmt: skip


def empty_shop() -> None:
    """As before the first message."""
    from connectors.models import BackFill, ReceivedDelivery, SourceObject

    for model in (OrderItem, Order, Consent, Member, Product, BackFill, ReceivedDelivery, SourceObject):
        model._default_manager.all().delete()
