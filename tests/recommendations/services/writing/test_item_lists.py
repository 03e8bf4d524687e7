from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from membership.models import Product
from recommendations.models import SimilarProduct
from recommendations.services.writing.item_lists import renew_item_lists, renew_search_index
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


def index_name() -> str:
    index = current_index()
    assert index is not None
    return index.name


def test_names_are_read_again_only_when_one_has_changed(pasta: Product):
    renew_item_lists(as_of=LATER)
    first = index_name()
    similar = listed(pasta, "similar")
    renew_item_lists(as_of=LATER + timedelta(hours=1))
    assert (index_name(), listed(pasta, "similar")) == (first, similar)

    Product.objects.filter(pk=pasta.pk).update(name="Spaghetti")
    renew_item_lists(as_of=LATER + timedelta(hours=2))
    assert index_name() != first


def test_a_new_product_makes_a_new_index(pasta: Product):
    renew_search_index()
    first = index_name()
    ProductFactory(name="Rice")
    assert renew_search_index() == 4
    assert index_name() != first


def test_products_are_found_by_meaning_before_the_first_retrain(pasta: Product):
    assert renew_search_index() == 3
    index = current_index()
    assert index is not None
    assert index.product_ids[index.texts.search("Pasta", 1)[0]].tolist() == [pasta.pk]


def test_an_empty_catalogue_has_no_index_to_renew():
    assert renew_search_index() == 0


def test_an_unreadable_index_is_rebuilt(pasta: Product, settings: Settings):
    renew_search_index()
    first = index_name()
    (Path(settings.MODEL_DIR) / "search" / first / "arrays.npz").write_bytes(b"damaged")
    renew_search_index()
    assert index_name() != first
