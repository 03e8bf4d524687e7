from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from membership.models import Consent, Member, Product
from recommendations.mail_columns import picks
from recommendations.models import Recommendation, Surface
from recommendations.services.serving.stored_lists import listed_now
from registry.models import ModelVersion
from tests.factories import (
    NOON,
    EventFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db


def stored(*products: Product, surface: str = Surface.FOR_YOU) -> Recommendation:
    entries = [{"product": product.pk, "score": 0.5, "because": []} for product in products]
    version = ModelVersion.objects.first() or ModelVersionFactory()
    row: Recommendation = RecommendationFactory(surface=surface, products=entries, model_version=version)
    return row


def names(row: Recommendation) -> list[str]:
    ((_row, products),) = listed_now(rows=[row])
    return [one.product.name for one in products]


def test_what_sold_out_or_was_deleted_is_left_out() -> None:
    gone, sold_out, kept = ProductFactory(), ProductFactory(stock=0), ProductFactory(name="Tea")
    row = stored(gone, sold_out, kept)
    gone.delete()

    assert names(row) == ["Tea"]


def test_what_was_ordered_or_is_in_the_cart_is_left_out() -> None:
    ordered, carted, kept = ProductFactory(), ProductFactory(), ProductFactory(name="Tea")
    row = stored(ordered, carted, kept)
    OrderItemFactory(order=OrderFactory(member=row.member, status="held"), product=ordered)
    EventFactory(member=row.member, type="cart", product=carted, occurred_at=timezone.now())

    assert names(row) == ["Tea"]


@pytest.mark.parametrize("status", ["frozen", "erased"])
def test_who_is_not_active_has_none(status: str) -> None:
    row = stored(ProductFactory())
    Member.objects.filter(pk=row.member_id).update(status=status)

    assert names(row) == []


def test_who_refuses_has_none() -> None:
    row = stored(ProductFactory())
    Consent.objects.create(
        member=row.member, purpose="profiling", channel="onsite", granted=False, occurred_at=NOON
    )

    assert names(row) == []


def test_a_list_of_one_member_withholds_nothing_from_another() -> None:
    product = ProductFactory(name="Tea")
    mine, theirs = stored(product), stored(product)
    OrderItemFactory(order=OrderFactory(member=mine.member), product=product)
    shown = {row.pk: products for row, products in listed_now(rows=[mine, theirs])}

    assert shown[mine.pk] == []
    assert [one.product for one in shown[theirs.pk]] == [product]


def test_more_rows_cost_no_more_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    rows = [stored(ProductFactory()) for _ in range(5)]
    with django_assert_num_queries(4):
        assert len(list(listed_now(rows=rows))) == 5


def test_a_mailing_names_the_first_products_that_may_be_shown() -> None:
    ordered, second, third = ProductFactory(), ProductFactory(sku="TEA"), ProductFactory()
    row = stored(ordered, second, third)
    OrderItemFactory(order=OrderFactory(member=row.member), product=ordered)
    chosen = picks([row.member_id], 1)

    assert [one.sku for one in chosen[row.member_id]] == ["TEA"]
