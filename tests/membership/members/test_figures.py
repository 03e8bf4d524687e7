from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from membership.members.figures import mark_dirty, refresh_features
from membership.models import MemberFeatures, Order
from membership.segments.tasks import refresh_changed_members
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_orders_count_in_the_windows_they_fall_into(noon) -> None:
    member = MemberFactory()
    for days, total in ((1, "1.10"), (40, "2.20"), (200, "3.30"), (400, "4.40")):
        OrderFactory(member=member, placed_at=noon - timedelta(days=days), total=Decimal(total))

    refresh_features(as_of=noon)

    figures = MemberFeatures.objects.get(member=member)
    assert (figures.orders_30d, figures.orders_90d, figures.orders_365d) == (1, 2, 3)
    assert (figures.spend_30d, figures.spend_365d) == (Decimal("1.10"), Decimal("6.60"))
    assert figures.first_order_at == noon - timedelta(days=400)


def test_what_happens_after_as_of_is_not_seen(noon) -> None:
    member = MemberFactory()
    OrderFactory(member=member, placed_at=noon + timedelta(seconds=1))

    refresh_features(as_of=noon)

    assert MemberFeatures.objects.get(member=member).last_order_at is None


def test_cancelled_and_refunded_orders_do_not_count(noon) -> None:
    member = MemberFactory()
    for status in (Order.Status.CANCELLED, Order.Status.REFUNDED, Order.Status.DECLINED):
        OrderFactory(member=member, placed_at=noon, status=status)

    refresh_features(as_of=noon)

    assert MemberFeatures.objects.get(member=member).orders_365d == 0


def test_the_median_gap_ignores_one_long_pause(noon) -> None:
    member = MemberFactory()
    for days in (0, 2, 4, 100):
        OrderFactory(member=member, placed_at=noon - timedelta(days=days))

    refresh_features(as_of=noon)

    assert MemberFeatures.objects.get(member=member).gap_days_median == pytest.approx(2.0)


def test_only_changed_members_are_recomputed_and_their_mark_goes(noon) -> None:
    changed, other = MemberFactory(), MemberFactory()
    OrderFactory(member=changed, placed_at=noon)
    mark_dirty(member_ids=[changed.pk])

    assert refresh_changed_members() == 1

    assert MemberFeatures.objects.get(member=changed).dirty_at is None
    assert not MemberFeatures.objects.filter(member=other).exists()


def test_a_mark_made_after_the_read_stays(noon) -> None:
    member = MemberFactory()
    mark_dirty(member_ids=[member.pk])
    later = noon.replace(year=2090)
    mark_dirty(member_ids=[member.pk], at=later)

    refresh_features(as_of=noon, member_ids=[member.pk])

    assert MemberFeatures.objects.get(member=member).dirty_at == later


def test_refreshing_takes_few_queries_for_many_members(noon, django_assert_max_num_queries) -> None:
    for _ in range(20):
        OrderFactory(placed_at=noon)

    with django_assert_max_num_queries(8):
        refresh_features(as_of=noon)
