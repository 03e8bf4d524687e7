"""Events, each kept once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.models import Event, Member, MemberFeatures, Order, OrderItem, Product
from membership.orders.events import mark_gifts, record_events
from tests.factories import (
    NOON,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db


def draft(**changes: object) -> dict[str, object]:
    return {"member": "A1", "type": "view", "sku": "TEA", "occurred_at": NOON, **changes}


@pytest.fixture
def shop() -> None:
    MemberFactory(member_no="A1")
    ProductFactory(sku="TEA")


def statuses(*drafts: dict[str, object]) -> list[str]:
    return [outcome.status for outcome in record_events(drafts=drafts)]


def test_each_event_has_an_outcome_in_its_place(shop) -> None:
    later = NOON + timedelta(seconds=1)

    assert statuses(draft(), draft(), draft(sku="NONE"), draft(occurred_at=later)) == [
        "created", "duplicate", "rejected", "created",
    ]  # fmt: skip
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "changes", [{"type": "cart"}, {"session": "s2"}, {"occurred_at": NOON + timedelta(seconds=1)}]
)
def test_what_differs_in_type_session_or_moment_is_another_event(shop, changes) -> None:
    assert statuses(draft(), draft(**changes)) == ["created", "created"]


def test_sending_everything_again_changes_nothing(shop) -> None:
    drafts = [draft(type=kind) for kind in ("view", "cart", "click")]
    statuses(*drafts)
    MemberFeatures.objects.update(dirty_at=None)

    assert statuses(*drafts) == ["duplicate"] * 3
    assert MemberFeatures.objects.get().dirty_at is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member": "NOBODY"}, "member"),
        ({"sku": "NONE"}, "sku"),
        ({"model_version": "recommendations v99"}, "model_version"),
        ({"model_version": "nonsense"}, "model_version"),
    ],
)
def test_what_is_unknown_is_named(shop, changes, field) -> None:
    (outcome,) = record_events(drafts=[draft(**changes)])

    assert [error.field for error in outcome.errors] == [field]
    assert not Event.objects.exists()


def test_the_model_that_was_shown_is_kept(shop) -> None:
    version = ModelVersionFactory(family="recommendations", number=3)

    record_events(drafts=[draft(model_version="recommendations v3")])

    assert Event.objects.get().model_version == version


def test_an_event_of_a_merged_member_goes_to_the_one_they_were_merged_into(shop) -> None:
    target = MemberFactory()
    MemberFactory(member_no="OLD", status="merged", merged_into=target)

    record_events(drafts=[draft(member="OLD")])

    assert Event.objects.get().member == target


def test_hundreds_of_events_cost_few_queries(shop, django_assert_max_num_queries) -> None:
    drafts = [draft(occurred_at=NOON + timedelta(seconds=number)) for number in range(300)]

    copying = 2 if connection.vendor == "postgresql" else 0  # through a temporary table
    with django_assert_max_num_queries(12 + copying):
        record_events(drafts=drafts)
    assert Event.objects.count() == 300


class AnyBatch(TestCase):
    """However events are cut into batches, each is stored once."""

    @classmethod
    def setUpTestData(cls) -> None:
        MemberFactory(member_no="A1")
        ProductFactory(sku="TEA")

    @settings(max_examples=20)
    @given(
        st.lists(
            st.lists(st.tuples(st.sampled_from(["view", "search"]), st.integers(0, 2)), max_size=5),
            max_size=3,
        )
    )
    def test_each_is_stored_once(self, batches) -> None:
        Event.objects.all().delete()
        created = 0
        for batch in batches:
            drafts = [
                draft(
                    type=kind,
                    sku="TEA" if kind == "view" else "",
                    occurred_at=NOON + timedelta(seconds=second),
                )
                for kind, second in batch
            ]
            created += statuses(*drafts).count("created")

        assert created == Event.objects.count() == len({event for batch in batches for event in batch})


class TestGifts:
    """A gift marks the line that it is about."""

    @pytest.fixture
    def lines(self, shop) -> list[OrderItem]:
        """Two orders of TEA, one of a CUP, and TEA of somebody else."""
        member, tea = Member.objects.get(), Product.objects.get()
        orders = [
            OrderFactory(order_no=f"W-{day}", member=member, placed_at=NOON - timedelta(days=day))
            for day in (1, 2, 3)
        ]
        return [
            OrderItemFactory(order=orders[0], product=tea),
            OrderItemFactory(order=orders[1], product=tea),
            OrderItemFactory(order=orders[2], product=ProductFactory(sku="CUP")),
            OrderItemFactory(product=tea),
        ]

    def marked(self, lines: list[OrderItem]) -> list[bool]:
        return [OrderItem.objects.get(pk=line.pk).is_gift for line in lines]

    def test_the_newest_line_with_the_product(self, lines) -> None:
        MemberFeatures.objects.update(dirty_at=None)

        assert statuses(draft(type="gift")) == ["created"]
        assert self.marked(lines) == [True, False, False, False]
        assert MemberFeatures.objects.get(member=lines[0].member).dirty_at is not None

    def test_or_that_of_the_order_that_is_named(self, lines) -> None:
        assert statuses(draft(type="gift", order_no="W-2")) == ["created"]
        assert self.marked(lines) == [False, True, False, False]

    def test_no_later_one(self, lines) -> None:
        assert statuses(draft(type="gift", occurred_at=NOON - timedelta(days=1.5))) == ["created"]
        assert self.marked(lines) == [False, True, False, False]

    @pytest.mark.parametrize("changes", [{"sku": "CUP", "order_no": "W-1"}, {"sku": "POT"}])
    def test_what_was_not_bought_is_refused_by_name(self, lines, changes) -> None:
        ProductFactory(sku="POT")
        (outcome,) = record_events(drafts=[draft(type="gift", **changes)])

        assert (outcome.status, outcome.errors[0].field) == ("rejected", "sku")
        assert not any(self.marked(lines))
        assert not Event.objects.exists()

    def test_cancelled_orders_are_passed_over(self, lines) -> None:
        Order.objects.filter(order_no="W-1").update(status="cancelled")
        statuses(draft(type="gift"))

        assert self.marked(lines) == [False, True, False, False]

    def test_a_repeated_event_does_not_mark_again_what_staff_unmarked(self, lines) -> None:
        statuses(draft(type="gift"))
        assert mark_gifts(lines=OrderItem.objects.filter(pk=lines[0].pk), is_gift=False) == 1

        assert statuses(draft(type="gift")) == ["duplicate"]
        assert not any(self.marked(lines))
