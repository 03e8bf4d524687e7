from __future__ import annotations

from datetime import timedelta

import pytest

from membership.models import Product
from recommendations.models import SimilarProduct
from recommendations.services.writing.item_lists import renew_item_lists
from recommendations.services.writing.search_index import current_index
from tests.factories import NOON, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def listed(product: Product, kind: str) -> list[int]:
    row = SimilarProduct.objects.filter(product=product, kind=kind).first()
    return [entry["product"] for entry in row.products] if row is not None else []


@pytest.fixture
def pasta() -> Product:
    """Bought with its sauce again and again, and once with a candle."""
    pasta, sauce, candle = (ProductFactory(name=name) for name in ("Pasta", "Tomato sauce", "Candle"))
    for number in range(6):
        order = OrderFactory()
        OrderItemFactory(order=order, product=pasta)
        OrderItemFactory(order=order, product=sauce)
        OrderItemFactory(order=OrderFactory(), product=candle)
        if number == 0:
            OrderItemFactory(order=order, product=candle)
    return pasta


def test_what_shares_orders_is_bought_together(pasta: Product):
    renew_item_lists(as_of=LATER)
    names = dict(Product.objects.values_list("pk", "name"))

    assert [names[pk] for pk in listed(pasta, "together")] == ["Tomato sauce", "Candle"]


def test_cancelled_orders_and_the_future_bring_nothing_together():
    order = OrderFactory(status="cancelled")
    first = OrderItemFactory(order=order)
    OrderItemFactory(order=order)
    late = OrderItemFactory(order__placed_at=LATER)
    OrderItemFactory(order=late.order)
    renew_item_lists(as_of=LATER)

    assert listed(first.product, "together") == listed(late.product, "together") == []


def test_a_product_nobody_bought_is_like_those_that_are_called_like_it():
    new = ProductFactory(name="Dark roast ground coffee")
    coffee, brush = ProductFactory(name="Ground coffee, mild roast"), ProductFactory(name="Hair brush")
    renew_item_lists(as_of=LATER)
    similar = listed(new, "similar")

    assert similar[0] == coffee.pk
    assert brush.pk not in similar[:1]


def test_what_cannot_be_sold_is_in_no_list_but_has_one(pasta: Product):
    sauce = Product.objects.get(name="Tomato sauce")
    Product.objects.filter(pk=sauce.pk).update(stock=0)
    renew_item_lists(as_of=LATER)

    assert sauce.pk not in listed(pasta, "together")
    assert pasta.pk in listed(sauce, "together")


def test_a_renewal_replaces_and_removes(pasta: Product):
    renew_item_lists(as_of=LATER)
    Product.objects.exclude(pk=pasta.pk).update(is_active=False)
    renew_item_lists(as_of=LATER + timedelta(hours=1))

    assert listed(pasta, "together") == []
    assert set(SimilarProduct.objects.values_list("scored_at", flat=True)) == {LATER + timedelta(hours=1)}


def test_an_empty_catalogue_has_no_lists():
    assert renew_item_lists(as_of=LATER) == 0
    assert current_index() is None


def test_one_product_only_has_nothing_beside_it():
    product = ProductFactory()
    renew_item_lists(as_of=LATER)

    assert listed(product, "similar") == []
