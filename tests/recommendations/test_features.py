from __future__ import annotations

from datetime import timedelta

import pytest

from membership.models import Member, Order
from recommendations.features import (
    Signals,
    fingerprint,
    load_history,
    load_interactions,
    load_member_history,
    sellable_mask,
)
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)

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
def test_cancelled_and_refunded_orders_are_left_out(status: str):
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


def test_the_fingerprint_differs_for_other_data():
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


def test_events_count_by_their_kind_and_fade():
    signals = Signals({"order": 1.0, "cart": 0.5, "view": 0.1}, event_half_life_days=1.0)
    line = OrderItemFactory()
    for kind in ("cart", "view", "click", "impression"):
        EventFactory(member=line.member, type=kind, product__name=kind)
    read = load_history(as_of=AFTER, signals=signals)

    assert sorted(read.everything.values.tolist()) == pytest.approx([0.05, 0.25, 1.0])
    assert (
        read.purchases.product_rows.tolist() == read.everything.products.rows_of([line.product_id]).tolist()
    )


def test_what_has_faded_is_not_read_any_more():
    EventFactory(occurred_at=AFTER - timedelta(days=30))

    assert len(load_history(as_of=AFTER, signals=Signals({"order": 1.0, "view": 1.0}, 1.0))) == 0


def test_returned_lines_have_the_given_weight():
    OrderItemFactory(order__status=Order.Status.REFUNDED)

    assert len(load_history(as_of=AFTER, signals=Signals({"order": 1.0}))) == 0
    read = load_history(as_of=AFTER, signals=Signals({"order": 1.0, "returned": 0.2}))
    assert read.everything.values.tolist() == pytest.approx([0.2])
    assert not read.is_purchase.any()


def test_a_range_of_members_can_be_read_alone():
    lines = [OrderItemFactory() for _ in range(3)]
    ids = sorted(line.member_id for line in lines)
    read = load_history(as_of=AFTER, signals=Signals({"order": 1.0}), members=range(ids[0], ids[2]))

    assert read.everything.members.ids.tolist() == ids[:2]


def test_products_bear_their_category_and_brand():
    line = OrderItemFactory(product__brand="Acme")
    OrderItemFactory(product__category=line.product.category)
    read = load_history(as_of=AFTER, signals=Signals({"order": 1.0})).described()

    assert read.attributes is not None
    assert read.attributes.shape == (2, 2)
    assert read.attributes.sum() == 3


def test_gifts_teach_nothing():
    line, gift = OrderItemFactory(), OrderItemFactory(is_gift=True)
    signals = Signals({"order": 1.0, "returned": 0.5})

    read = load_history(as_of=AFTER, signals=signals).everything
    assert read.members.ids.tolist() == [line.member_id]
    assert not len(load_member_history(member_id=gift.member_id, as_of=AFTER, signals=signals))


@pytest.mark.parametrize(
    ("taking_back", "taken_back"),
    [
        ("cart_remove", {"cart"}),
        ("not_interested", {"cart", "view", "favourite"}),
        ("gift", {"cart", "view", "favourite"}),
    ],
)
def test_what_was_taken_back_teaches_nothing(taking_back: str, taken_back: set[str]):
    weights = {"cart": 0.3, "view": 0.1, "favourite": 0.2}
    signals = Signals({"order": 1.0, **weights}, event_half_life_days=1e6)
    bystander, product = OrderItemFactory(is_gift=True).member, ProductFactory()
    member, other = MemberFactory(), ProductFactory()
    for kind in weights:
        for who, what in ((member, product), (member, other), (bystander, product)):
            EventFactory(member=who, type=kind, product=what, occurred_at=NOON)
    EventFactory(member=member, type=taking_back, product=product, occurred_at=NOON + timedelta(minutes=1))
    late = EventFactory(member=member, type="view", product=product, occurred_at=NOON + timedelta(minutes=2))

    def values(member_id: int, product_id: int) -> list[float]:
        read = load_history(as_of=AFTER, signals=signals).everything
        alone = load_member_history(member_id=member_id, as_of=AFTER, signals=signals).everything
        found = []
        for history in (read, alone):
            mine = history.members.ids[history.member_rows] == member_id
            here = history.products.ids[history.product_rows] == product_id
            found.append(sorted(history.values[mine & here].tolist()))
        assert found[0] == pytest.approx(found[1])
        return found[0]

    everything = sorted(weights.values())
    left = [weight for kind, weight in weights.items() if kind not in taken_back]
    assert values(member.pk, product.pk) == pytest.approx(sorted([*left, weights[late.type]]), rel=1e-3)
    assert values(member.pk, other.pk) == pytest.approx(everything, rel=1e-3)
    assert values(bystander.pk, product.pk) == pytest.approx(everything, rel=1e-3)
