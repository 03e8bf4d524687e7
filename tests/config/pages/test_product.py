"""The page about one product."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.pages.product import SALES_DAYS, _sales
from membership.models import ProductGroup
from tests.factories import AdminFactory, OrderFactory, OrderItemFactory, ProductFactory, StaffFactory

pytestmark = pytest.mark.django_db


def url(product) -> str:
    return f"/admin/membership/product/{product.pk}/"


def test_sales_count_orders_buyers_and_units_of_the_last_weeks() -> None:
    product, now = ProductFactory(), timezone.now()
    first = OrderFactory(placed_at=now - timedelta(days=1))
    OrderItemFactory(order=first, product=product, quantity=2)
    OrderItemFactory(order=OrderFactory(member=first.member, placed_at=now), product=product, quantity=3)
    OrderItemFactory(order=OrderFactory(status="refunded", placed_at=now), product=product)
    OrderItemFactory(order=OrderFactory(placed_at=now - timedelta(days=SALES_DAYS + 1)), product=product)

    assert _sales(product) == {"orders": 2, "members": 1, "units": 5}


def test_the_page_is_shown_to_those_who_may_see_products(client: Client) -> None:
    product = ProductFactory(name="Green tea")
    client.force_login(AdminFactory())
    assert "Green tea" in client.get(url(product)).content.decode()

    client.force_login(StaffFactory())
    assert client.get(url(product)).status_code in (302, 403)


def test_a_product_that_is_not_there_is_404(client: Client) -> None:
    client.force_login(AdminFactory())

    assert client.get("/admin/membership/product/987654/").status_code == 404


def test_the_other_variants_are_named_with_their_stock(client: Client) -> None:
    group = ProductGroup.objects.create(code="tee", name="Tee", options=["Size"])
    small, _medium = (
        ProductFactory(sku=f"TEE-{size}", group=group, options={"Size": size}, stock=7) for size in "SM"
    )
    client.force_login(AdminFactory())

    page = client.get(url(small)).content.decode()

    assert "Other variants of Tee" in page
    assert "TEE-M" in page
