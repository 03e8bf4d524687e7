from __future__ import annotations

from datetime import timedelta

import pytest

from membership.models import Member, Order
from recommendations.features import fingerprint, load_interactions, sellable_mask
from tests.factories import NOON, MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
AFTER = NOON + timedelta(days=1)


def test_each_line_of_a_counted_order_is_one_interaction():
    line = OrderItemFactory()
    OrderItemFactory(order=line.order, product=line.product)
    read = load_interactions(as_of=AFTER)

    assert read.members.ids.tolist() == [line.member_id]
    assert read.products.ids.tolist() == [line.product_id]
    assert read.timestamps.tolist() == [int(NOON.timestamp())] * 2
    assert read.values.tolist() == [1, 1]


@pytest.mark.parametrize("status", [Order.Status.CANCELLED, Order.Status.REFUNDED, Order.Status.DECLINED])
def test_orders_that_came_to_nothing_are_left_out(status: str):
    OrderItemFactory(order__status=status)

    assert len(load_interactions(as_of=AFTER)) == 0


@pytest.mark.parametrize("status", [Member.Status.FROZEN, Member.Status.ERASED])
def test_only_active_members_are_read(status: str):
    OrderItemFactory(order__member__status=status)
    kept = OrderItemFactory()

    assert load_interactions(as_of=AFTER).members.ids.tolist() == [kept.member_id]


def test_weights_are_left_out():
    OrderItemFactory(quantity=12_000, units=None)

    assert len(load_interactions(as_of=AFTER)) == 0


def test_the_future_is_not_read():
    OrderItemFactory()

    assert len(load_interactions(as_of=NOON)) == 0


def test_one_members_lines_can_be_read_alone():
    line, _other = OrderItemFactory(), OrderItemFactory()
    read = load_interactions(as_of=AFTER, member_ids=[line.member_id])

    assert read.members.ids.tolist() == [line.member_id]


def test_the_fingerprint_tells_other_data_apart():
    line = OrderItemFactory()
    before = fingerprint(load_interactions(as_of=AFTER))

    assert fingerprint(load_interactions(as_of=AFTER)) == before
    OrderItemFactory(order=OrderFactory(member=MemberFactory()), product=line.product)
    assert fingerprint(load_interactions(as_of=AFTER)) != before


def test_products_out_of_stock_hidden_or_gone_may_not_be_shown():
    shown, empty, hidden = ProductFactory(), ProductFactory(stock=0), ProductFactory(is_active=False)
    uncounted, gone = ProductFactory(stock=None), ProductFactory()
    for product in (shown, empty, hidden, uncounted, gone):
        OrderItemFactory(product=product)
    products = load_interactions(as_of=AFTER).products
    gone.order_items.all().delete()
    gone.delete()

    assert products.ids[sellable_mask(products)].tolist() == [shown.pk, uncounted.pk]
