"""What happened to a member, a page at a time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.loyalty.ledger import add_points
from membership.members.panels import timeline as page_timeline
from membership.members.timeline import KINDS, SHOWN_TO_MEMBERS, Entry, Position, timeline
from membership.models import Consent, Member, OrderChange, PointsEntry, TierHistory
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.moving import move_order
from membership.orders.refunds import Wanted, refund_order
from tests.factories import NOON, EventFactory, MemberFactory, OrderFactory, SegmentMembershipFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db
ALL = frozenset(KINDS)


def full(noon) -> Member:
    """A member to whom one thing of each kind happened, an hour apart."""
    member: Member = OrderFactory(placed_at=noon).member
    EventFactory(member=member, occurred_at=noon + timedelta(hours=1))
    Consent.objects.create(
        member=member, purpose="marketing", channel="email", granted=True, source="x",
        occurred_at=noon + timedelta(hours=2),
    )  # fmt: skip
    add_points(member=member, points=5, reason="gift", at=noon + timedelta(hours=3))
    TierHistory.objects.create(member=member, tier="gold", source="x", changed_at=noon + timedelta(hours=4))
    SegmentMembershipFactory(member=member, entered_at=noon + timedelta(hours=5))
    OrderChange.objects.create(
        order=member.orders.get(), source="admin", who="rita", reason="torn", after={"status": "shipped"},
        changed_at=noon + timedelta(hours=6),
    )  # fmt: skip
    return member


def test_everything_is_listed_newest_first(noon) -> None:
    entries, following = timeline(member=full(noon), kinds=ALL, size=10)

    kinds = ["order_change", "segment", "tier", "points", "consent", "event", "order"]
    assert [entry.kind for entry in entries] == kinds
    assert following is None


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_at_a_time(noon, kind) -> None:
    entries, _following = timeline(member=full(noon), kinds=frozenset({kind}), size=10)

    assert [entry.kind for entry in entries] == [kind]
    assert entries[0].details


def test_members_do_not_see_segments() -> None:
    assert {"segment"} == ALL - SHOWN_TO_MEMBERS


def changes(member: Member, *, for_member: bool = False) -> list[dict[str, object]]:
    entries, _following = timeline(
        member=member, kinds=frozenset({"order_change"}), size=10, for_member=for_member
    )
    return [dict(entry.details) for entry in entries]


def test_edits_refunds_and_cancellations_say_what_how_much_and_who() -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 4})
    edit_lines(order=order, lines=[LineDraft("TEA", 2)], source="admin", who="rita")
    refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="api", who="key:till", reason="torn")
    other = taken({"TEA": 1}, member=order.member)
    move_order(order=other, status="cancelled", source="admin", who="rita")

    cancelled, refunded, edited = changes(order.member)
    assert (cancelled["what"], cancelled["order_no"], cancelled["by"]) == (
        "cancelled",
        other.order_no,
        "rita",
    )
    assert (refunded["what"], refunded["refunded"], refunded["by"]) == ("refunded", 1, "key:till")
    assert refunded["reason"] == "torn"
    assert (edited["what"], Decimal(str(edited["total_before"]))) == ("edited", Decimal(10))
    assert Decimal(str(edited["total_after"])) == Decimal(5)


def test_the_member_page_tells_of_them_in_words() -> None:
    product("TEA", "2.50", stock=10)
    order = taken({"TEA": 4})
    refund_order(order=order, wanted=Wanted(amount=Decimal(1)), source="api", who="rita", reason="torn")

    texts = [moment.text for moment in page_timeline(order.member)["moments"]]
    assert f"Order {order.order_no}: $1.00 refunded (rita: torn)" in texts


def test_members_do_not_read_who_changed_an_order_and_why(noon) -> None:
    (shown,) = changes(full(noon), for_member=True)

    assert shown["what"] == "shipped"
    assert not {"source", "by", "reason"} & set(shown)


def test_a_page_costs_one_query_a_kind(noon, django_assert_num_queries) -> None:
    member = full(noon)
    EventFactory.create_batch(5, member=member)

    with django_assert_num_queries(len(KINDS)):
        timeline(member=member, kinds=ALL, size=10)


class AnyMoments(TestCase):
    """Pages of any size, at moments that are often the same: every entry once, in one order."""

    @settings(max_examples=20)
    @given(
        st.lists(st.tuples(st.sampled_from(["points", "tier"]), st.integers(0, 2)), max_size=9),
        st.integers(1, 4),
    )
    def test_pages_put_together_are_the_whole(self, happened, size) -> None:
        member = MemberFactory()
        for kind, hours in happened:
            at = NOON + timedelta(hours=hours)
            if kind == "points":
                PointsEntry.objects.create(member=member, points=1, reason="x", occurred_at=at)
            else:
                TierHistory.objects.create(member=member, tier="gold", source="x", changed_at=at)
        pages: list[Entry] = []
        position: Position | None = None
        while True:
            page, position = timeline(member=member, kinds=ALL, size=size, after=position)
            pages += page
            if position is None:
                break
            assert len(page) == size
        whole, _following = timeline(member=member, kinds=ALL, size=50)
        assert pages == whole
        assert len({(entry.kind, entry.pk) for entry in whole}) == len(happened)
