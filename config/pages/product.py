"""The page about one product: what it is, what is similar to it, and what is bought with it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from membership.models import Order, OrderItem, Product
from recommendations.services.serving.product_lists import bought_together, similar_products

SHOWN = 12
SALES_DAYS = 90


@require_safe
def product_page(request: HttpRequest, product_id: int) -> HttpResponse:
    if not request.user.has_perm("membership.view_product"):
        raise PermissionDenied
    product = get_object_or_404(Product.objects.select_related("category", "group"), pk=product_id)
    lists = []
    if request.user.has_perm("recommendations.view_recommendation"):
        lists = [
            {
                "key": "similar",
                "title": _("Similar products"),
                "listed": similar_products(product=product, limit=SHOWN),
            },
            {
                "key": "together",
                "title": _("Bought together"),
                "listed": bought_together(product=product, limit=SHOWN),
            },
        ]
    context = {
        **admin.site.each_context(request),
        "opts": Product._meta,
        "original": product,
        "title": str(product),
        "product": product,
        "lists": lists,
        "variants": _variants(product),
        "sales": _sales(product) if request.user.has_perm("membership.view_order") else None,
        "sales_days": SALES_DAYS,
    }
    request.current_app = admin.site.name  # Unfold's header asks for it
    return TemplateResponse(request, "config/product.html", context)


def _variants(product: Product) -> list[Product]:
    """The other variants of the same thing."""
    if product.group is None:
        return []
    others = product.group.products.exclude(pk=product.pk).select_related("group")
    return list(others.order_by("pk"))


def _sales(product: Product) -> dict[str, int]:
    """Orders, buyers and units of the last weeks."""
    since = timezone.now() - timedelta(days=SALES_DAYS)
    lines = OrderItem.objects.filter(product=product, placed_at__gte=since, order__status__in=Order.COUNTED)
    return lines.aggregate(
        orders=Count("order", distinct=True), members=Count("member", distinct=True), units=Sum("units")
    )
