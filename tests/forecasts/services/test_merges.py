"""A merge makes forecasts out of date, until they are made again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from forecasts.models import Forecast
from forecasts.services.member_scoring import out_of_date
from forecasts.services.merges import with_merges
from membership.merges.merging import merge_members
from membership.merges.undoing import undo_merge
from membership.segments.refreshing import refresh_changed
from tests.factories import ForecastFactory, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_the_kept_members_forecast_is_made_anew_and_the_others_is_gone() -> None:
    keep, other, third = (ForecastFactory.create().member for _member in range(3))
    Forecast.objects.update(scored_at=timezone.now())
    merge_members(keep=keep, other=other, who="boss")
    assert with_merges(days=2, at_most=10) == [keep.pk]
    assert keep.pk in out_of_date(at_most=10)
    assert set(Forecast.objects.values_list("member_id", flat=True)) == {keep.pk, third.pk}
    Forecast.objects.update(scored_at=timezone.now())
    assert with_merges(days=2, at_most=10) == []


def test_after_an_undo_both_are_made_anew_if_they_have_orders() -> None:
    keep, other = MemberFactory.create(), MemberFactory.create()
    merge = merge_members(keep=keep, other=other, who="boss")
    OrderFactory.create(member=keep, placed_at=timezone.now() - timedelta(days=40))
    refresh_changed(at_most=9)
    undo_merge(merge=merge, who="boss")
    assert with_merges(days=2, at_most=10) == [keep.pk]
    ForecastFactory.create(member=other, scored_at=timezone.now() - timedelta(days=1))
    assert set(with_merges(days=2, at_most=10)) == {keep.pk, other.pk}


def test_a_merge_of_long_ago_is_not_looked_at() -> None:
    keep, other = ForecastFactory.create().member, MemberFactory.create()
    merge_members(keep=keep, other=other, who="boss", at=timezone.now() - timedelta(days=3))
    assert with_merges(days=2, at_most=10) == []
