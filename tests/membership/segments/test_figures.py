"""Members' figures as arrays for clusters and look-alikes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from membership.models import Consent, MemberFeatures
from membership.segments.figures import NAMES, NO_GAP_DAYS, figure_table
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


def figures(noon, *, member=None, **changes: object) -> MemberFeatures:
    values = {
        "last_order_at": noon - timedelta(days=5), "first_order_at": noon - timedelta(days=100),
        "orders_365d": 4, "orders_90d": 1, "spend_365d": Decimal("50.00"), "gap_days_median": 12.5, **changes,
    }  # fmt: skip
    return MemberFeatures.objects.create(member=member or MemberFactory(), **values)


def test_a_member_is_one_row_of_seven_figures(noon) -> None:
    row = figures(noon)

    table = figure_table(as_of=noon)

    assert table.member_ids.tolist() == [row.member_id]
    assert dict(zip(NAMES, table.values[0].tolist(), strict=True)) == {
        "recency_days": 5.0, "orders_365d": 4.0, "spend_365d": 50.0, "basket": 12.5, "gap_days": 12.5,
        "known_days": 100.0, "recent_share": 0.25,
    }  # fmt: skip


def test_a_single_order_has_no_gap_and_begins_with_the_last(noon) -> None:
    figures(noon, gap_days_median=None, first_order_at=None)

    values = dict(zip(NAMES, figure_table(as_of=noon).values[0].tolist(), strict=True))

    assert (values["gap_days"], values["known_days"]) == (NO_GAP_DAYS, 5.0)


def test_members_who_are_not_active_did_not_order_or_refuse_are_left_out(noon) -> None:
    figures(noon, member=MemberFactory(status="frozen"))
    figures(noon, orders_365d=0)
    figures(noon, last_order_at=noon + timedelta(days=1))
    refuses = figures(noon).member
    Consent.objects.create(member=refuses, purpose="profiling", channel="email", granted=False, source="x")

    assert len(figure_table(as_of=noon)) == 0


def test_an_empty_shop_is_a_table_without_rows(noon, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        table = figure_table(as_of=noon)

    assert table.values.shape == (0, len(NAMES))
    assert table.values.dtype == np.float64
