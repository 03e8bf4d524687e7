"""Orders taken in exactly as they were placed, settled and labelled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.cleaning.words import MINOR_DIGITS
from membership.errors import Conflict, Rejected
from membership.models import MemberFeatures, Order, OrderItem
from membership.orders.changes import reverse_change
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.taking import create_order, label_order, release_held_order, settle_order
from tests.factories import MemberFactory, OrderFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db


def draft(**changes: object) -> dict[str, object]:
    """Two pieces of TEA at 2.50 for member A1."""
    return {"member": "A1", "order_no": "W-1", "lines": [{"sku": "TEA", "quantity": 2}], **changes}


@pytest.fixture
def shop() -> None:
    MemberFactory(member_no="A1")
    ProductFactory(sku="TEA", price=Decimal("2.50"), currency="USD")


def test_a_new_order_waits_for_its_decision_and_changes_no_figure(shop) -> None:
    order, is_new = create_order(draft=draft())

    assert (is_new, order.status, order.total, order.item_count) == (True, "held", Decimal(5), 1)
    assert not MemberFeatures.objects.exists()


def test_settling_moves_the_order_once_and_marks_its_member(shop) -> None:
    order, _new = create_order(draft=draft())

    assert settle_order(order=order, status="paid")
    assert not settle_order(order=order, status="declined")
    assert (order.status, Order.objects.get().status) == ("paid", "paid")
    assert MemberFeatures.objects.get().dirty_at is not None


def test_an_order_that_stays_held_is_settled_without_a_change(shop) -> None:
    order, _new = create_order(draft=draft())

    assert settle_order(order=order, status="held")
    assert Order.objects.get().status == "held"


@pytest.mark.parametrize(("genuine", "status"), [(True, "paid"), (False, "declined")])
def test_a_review_releases_a_held_order_once(genuine, status) -> None:
    order = OrderFactory(status="held")

    assert release_held_order(order=order, genuine=genuine)
    assert order.status == status
    assert not release_held_order(order=order, genuine=not genuine)
    assert order.status == status


def test_a_shipped_order_is_not_released_again() -> None:
    order = OrderFactory(status="shipped")

    assert not release_held_order(order=order, genuine=False)
    assert Order.objects.get().status == "shipped"


def test_the_label_known_last_counts() -> None:
    order, now = OrderFactory(), timezone.now()

    assert label_order(order=order, is_fraud=True, source="chargeback", known_at=now)
    assert not label_order(order=order, is_fraud=False, source="review", known_at=now - timedelta(days=1))
    assert (order.is_fraud, order.label_source) == (True, "chargeback")
    assert label_order(order=order, is_fraud=False, source="review", known_at=now + timedelta(days=1))
    assert Order.objects.get().is_fraud is False


def test_an_outcome_is_not_known_before_the_order() -> None:
    order = OrderFactory()

    with pytest.raises(Rejected, match="before the order was placed"):
        label_order(
            order=order, is_fraud=True, source="review", known_at=order.placed_at - timedelta(seconds=1)
        )
    assert Order.objects.get().is_fraud is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, "lines.0.sku"),
        ({"lines": [{"sku": "TEA", "quantity": 1, "discount": Decimal(3)}]}, "lines.0.discount"),
        ({"lines": [{"sku": "TEA", "quantity": 1, "discount": Decimal("0.001")}]}, "lines.0.discount"),
        ({"currency": "EUR"}, "lines.0.unit_price"),
        ({"lines": [{"sku": "TEA", "quantity": 10**6, "unit_price": Decimal(10**6)}]}, "lines.0.unit_price"),
        ({"total": Decimal("4.99")}, "total"),
        ({"store": "nowhere"}, "store"),
        ({"member": "NOBODY"}, "member"),
    ],
)
def test_what_does_not_add_up_is_refused_and_nothing_is_written(shop, changes, field) -> None:
    with pytest.raises(Rejected) as caught:
        create_order(draft=draft(**changes))

    assert [error.field for error in caught.value.errors] == [field]
    assert not Order.objects.exists()


def test_every_wrong_line_is_named(shop) -> None:
    lines = [{"sku": "A", "quantity": 1}, {"sku": "TEA", "quantity": 1}, {"sku": "B", "quantity": 1}]

    with pytest.raises(Rejected) as caught:
        create_order(draft=draft(lines=lines))

    assert [error.field for error in caught.value.errors] == ["lines.0.sku", "lines.2.sku"]


def test_a_frozen_member_cannot_order(shop) -> None:
    MemberFactory(member_no="F1", status="frozen")

    with pytest.raises(Conflict, match="frozen"):
        create_order(draft=draft(member="F1"))


def test_the_same_order_again_is_the_one_that_is_there(shop) -> None:
    first, _new = create_order(draft=draft())
    again, is_new = create_order(draft=draft())

    assert (again, is_new, OrderItem.objects.count()) == (first, False, 1)


def test_a_price_that_changed_meanwhile_does_not_make_it_another_order(shop) -> None:
    first, _new = create_order(draft=draft())
    first.items.get().product.__class__.objects.update(price=Decimal(9))

    assert create_order(draft=draft()) == (first, False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [{"sku": "TEA", "quantity": 3}]}, "lines"),
        ({"lines": [{"sku": "TEA", "quantity": 2, "unit_price": Decimal(2)}]}, "lines"),
        ({"device_fingerprint": "other"}, "device_fingerprint"),
        ({"placed_at": timezone.now() - timedelta(days=3)}, "placed_at"),
        ({"member": "B1"}, "member"),
    ],
)
def test_another_order_under_a_known_number_is_a_conflict(shop, changes, field) -> None:
    MemberFactory(member_no="B1")
    create_order(draft=draft())

    with pytest.raises(Conflict) as caught:
        create_order(draft=draft(**changes))

    assert [error.field for error in caught.value.errors] == [field]


def test_the_store_is_found_with_the_products(shop, django_assert_max_num_queries) -> None:
    store = StoreFactory(code="north")

    with django_assert_max_num_queries(11):
        order, _new = create_order(draft=draft(store="north"))

    assert order.store == store


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "total"),
    [
        ("USD", "0.333333", 3, "1.00"),
        ("JPY", "100.5", 1, "101"),
        ("KWD", "0.0005", 1, "0.001"),
        ("USD", "0.005", 1, "0.01"),
    ],
)
def test_a_line_is_rounded_half_up_to_the_smallest_coin(shop, currency, price, quantity, total) -> None:
    lines = [{"sku": "TEA", "quantity": quantity, "unit_price": Decimal(price)}]

    order, _new = create_order(draft=draft(currency=currency, lines=lines))

    assert order.total == Decimal(total)


LINES = st.lists(
    st.tuples(st.integers(1, 50), st.decimals(0, 500, places=4), st.integers(0, 100)), min_size=1, max_size=4
)


class AnyLines(TestCase):
    """Whatever the lines: an order is the sum of its lines, and no amount is below zero."""

    @classmethod
    def setUpTestData(cls) -> None:
        MemberFactory(member_no="A1")
        ProductFactory(sku="TEA")

    @settings(max_examples=25)
    @given(LINES, st.sampled_from(["USD", "JPY", "KWD"]), st.integers(0, 10**9))
    def test_an_order_is_the_sum_of_its_lines(self, lines, currency, number) -> None:
        coin = Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))
        given_lines = []
        for quantity, price, percent in lines:
            lowest = (price * quantity).quantize(
                coin, "ROUND_FLOOR"
            )  # a discount is never more than the line
            discount = (lowest * percent / 100).quantize(coin, "ROUND_FLOOR")
            line = {"sku": "TEA", "quantity": quantity, "unit_price": price, "discount": discount}
            given_lines.append(line)
        order, _new = create_order(
            draft={"member": "A1", "order_no": str(number), "currency": currency, "lines": given_lines}
        )
        order.refresh_from_db()
        items = list(order.items.all())
        assert order.total == order.subtotal - order.discount == sum(item.total for item in items)
        assert all(item.total >= 0 and item.total % coin == 0 for item in items)
        assert [item.line_no for item in items] == list(range(1, len(lines) + 1))


def test_a_line_may_be_a_gift_and_stays_one(shop) -> None:
    ProductFactory(sku="CUP", price=Decimal("4.00"), currency="USD")
    lines = [{"sku": "TEA", "quantity": 2, "gift": True}, {"sku": "CUP", "quantity": 1}]
    order, _new = create_order(draft=draft(lines=lines))

    def gifts() -> list[bool]:
        return list(order.items.order_by("line_no").values_list("is_gift", flat=True))

    assert gifts() == [True, False]
    settle_order(order=order, status="paid")
    wanted = [LineDraft(sku="TEA", quantity=3), LineDraft(sku="CUP", quantity=2)]
    change = edit_lines(order=order, lines=wanted, source="api")
    assert gifts() == [True, False]
    assert change is not None
    reverse_change(change=change)
    assert gifts() == [True, False]
    change = edit_lines(order=order, lines=[LineDraft(sku="CUP", quantity=1, line_no=1)], source="api")
    assert gifts() == [False]  # another product


def test_what_is_a_gift_may_be_said_later_without_being_another_order(shop) -> None:
    create_order(draft=draft(lines=[{"sku": "TEA", "quantity": 2, "gift": True}]))

    assert create_order(draft=draft())[1] is False
