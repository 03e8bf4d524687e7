"""What the admin's Ctrl-K finds besides pages: members, orders and products by their beginnings."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from membership.models import Member, Order, Product
from membership.wording import moment_text, money_text

EACH = 8


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """At most ``EACH`` of a kind, and only kinds the user may see."""
    results: list[SearchResult] = []
    if request.user.has_perm("membership.view_member"):
        results += [
            SearchResult(
                title=str(member),
                description=f"{_('Member')} {member.member_no}",
                link=reverse("member_page", args=(member.pk,)),
                icon="person",
            )
            for member in Member.objects.reachable().search(term)[:EACH]
        ]
    if request.user.has_perm("membership.view_order"):
        orders = Order.objects.filter(order_no__istartswith=term).order_by()
        results += [
            SearchResult(
                title=order.order_no,
                description=f"{moment_text(order.placed_at)} · {money_text(order.total, order.currency)}",
                link=reverse("admin:membership_order_change", args=(order.pk,)),
                icon="receipt_long",
            )
            for order in orders[:EACH]
        ]
    if request.user.has_perm("membership.view_product"):
        results += [
            SearchResult(
                title=product.name,
                description=f"{_('Product')} {product.sku}",
                link=reverse("admin:membership_product_change", args=(product.pk,)),
                icon="inventory_2",
            )
            for product in Product.objects.filter(name__icontains=term).order_by()[:EACH]
        ]
    return results
