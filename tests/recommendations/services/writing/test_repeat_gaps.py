from __future__ import annotations

from datetime import timedelta

import pytest

from recommendations.models import RepeatGap
from recommendations.panels import repeat_note
from recommendations.services.writing.repeat_gaps import renew_repeat_gaps
from tests.factories import NOON, MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def buy(product: object, *, every: int, members: int = 4, times: int = 4, **values: object) -> None:
    for _member in range(members):
        member = MemberFactory()
        for visit in range(times):
            order = OrderFactory(member=member, placed_at=NOON - visit * every * DAY)
            OrderItemFactory(order=order, product=product, **values)


def test_each_product_that_was_bought_has_its_gap():
    soon, late, never = ProductFactory(), ProductFactory(), ProductFactory()
    buy(soon, every=7)
    buy(late, every=60)
    as_of = NOON + DAY

    assert renew_repeat_gaps(as_of=as_of) == 2
    gaps = {row.product_id: row for row in RepeatGap.objects.all()}
    assert set(gaps) == {soon.pk, late.pk}
    assert gaps[soon.pk].days < gaps[late.pk].days
    assert gaps[soon.pk].gaps == 12
    assert repeat_note(never.pk) == ""
    assert "(learned from 12 repeat purchases)" in repeat_note(soon.pk)


def test_again_they_are_what_the_orders_say_now():
    product, other = ProductFactory(), ProductFactory()
    buy(product, every=7)
    buy(other, every=30)
    renew_repeat_gaps(as_of=NOON + DAY)
    other.order_items.all().delete()
    renew_repeat_gaps(as_of=NOON + 2 * DAY)

    (row,) = RepeatGap.objects.all()
    assert (row.product_id, row.days) == (product.pk, 7)


def test_gifts_teach_nothing_and_without_repeats_nothing_is_known():
    product = ProductFactory()
    buy(product, every=7)
    renew_repeat_gaps(as_of=NOON + DAY)
    product.order_items.update(is_gift=True)

    assert renew_repeat_gaps(as_of=NOON + 2 * DAY) == 0
    assert not RepeatGap.objects.exists()


def test_what_is_bought_once_is_said():
    product = ProductFactory()
    RepeatGap.objects.create(
        product=product, days=30, early_days=5, gaps=1, again_share=0.01, is_once=True, learned_at=NOON
    )

    assert repeat_note(product.pk) == "Members buy this once: 1% buy it again."
