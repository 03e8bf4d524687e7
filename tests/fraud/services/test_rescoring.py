from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from fraud.features import PreparedOrders, load_orders
from fraud.models import FraudScore
from fraud.services import rescoring
from fraud.services.rescoring import score_orders, shards, unscored_since, write_back
from learning.estimator import silent
from membership.models import Member, Order
from registry.models import ModelVersion, TrainingRun
from registry.services import load_live
from tests.factories import NOON, FraudScoreFactory, OrderFactory

pytestmark = pytest.mark.django_db


def placed(*hours: float):
    return [OrderFactory(placed_at=NOON + timedelta(hours=h)) for h in hours]


def test_no_orders_need_no_shards():
    assert shards(since=None, days=7) == []
    assert shards(since=NOON, days=7) == []


@pytest.mark.parametrize("since", [None, NOON + timedelta(hours=1)])
@pytest.mark.parametrize("last", [1, 47, 48, 49, 200])
def test_shards_touch_and_hold_every_order(since, last):
    orders = placed(0, 1, last)
    made = shards(since=since, days=2)

    assert all(end == begins for (_b, end), (begins, _e) in pairwise(made))
    for order in orders:
        holding = sum(begins <= order.placed_at < ends for begins, ends in made)
        assert holding == (since is None or order.placed_at >= since)


def test_orders_before_the_start_alone_need_no_shards():
    placed(0)
    assert shards(since=NOON + timedelta(hours=1), days=2) == []


def test_the_oldest_order_without_a_probability_is_reported():
    first, second, third = placed(0, 1, 2)
    assert unscored_since(limit=NOON) == first.placed_at

    FraudScoreFactory(order=first)
    FraudScoreFactory(order=second, probability=None)
    assert unscored_since(limit=NOON) == second.placed_at
    assert unscored_since(limit=third.placed_at) == third.placed_at


def test_nothing_is_reported_once_every_order_has_one():
    for order in placed(0, 1):
        FraudScoreFactory(order=order)
    assert unscored_since(limit=NOON) is None


def scores() -> dict[int, Any]:
    rows = FraudScore.objects.values_list("order_id", "probability", "decision", "decided_by", "reasons")
    return {order: tuple(rest) for order, *rest in rows}


def test_slices_of_any_size_are_decided_alike(live: ModelVersion, monkeypatch: pytest.MonkeyPatch):
    before = scores()
    FraudScore.objects.all().delete()
    monkeypatch.setattr(rescoring, "ROWS_AT_ONCE", 7)
    written = score_orders(loaded=load_live("fraud"))

    assert written == len(before) > 7
    for order, (probability, decision, decided_by, reasons) in scores().items():
        assert (decision, decided_by) == before[order][1:3]
        assert probability == pytest.approx(before[order][0], rel=1e-4)  # sums of another batch
        assert [one["code"] for one in reasons] == [one["code"] for one in before[order][3]]


class TestWriteBack:
    """With what the training of the same run has read."""

    @pytest.fixture
    def run(self, live: ModelVersion) -> TrainingRun:
        """A run that is to be written back once more."""
        run = TrainingRun.objects.get()
        TrainingRun.objects.update(status=TrainingRun.Status.QUEUED, finished_at=None)
        run.refresh_from_db()
        assert run.claim()
        orders = load_orders()
        run.for_write_back = PreparedOrders(orders, orders.sequences())
        return run

    def test_it_writes_what_is_written_without(self, run: TrainingRun):
        FraudScore.objects.all().delete()
        write_back(run, silent)
        prepared = scores()
        run.for_write_back = None
        write_back(run, silent)

        assert scores() == prepared
        assert len(prepared) == Order.objects.count()

    def test_an_order_that_came_in_since_keeps_its_score(self, run: TrainingRun):
        kept = FraudScoreFactory(probability=0.123)
        write_back(run, silent)
        kept.refresh_from_db()

        assert kept.probability == 0.123

    def test_an_order_that_was_deleted_since_is_left_out(self, run: TrainingRun):
        gone = Order.objects.latest("placed_at")
        gone.delete()
        write_back(run, silent)

        assert len(scores()) == Order.objects.count()

    def test_a_member_who_was_erased_since_is_left_out(self, run: TrainingRun):
        member = Order.objects.latest("placed_at").member
        FraudScore.objects.all().delete()
        Member.objects.filter(pk=member.pk).update(status=Member.Status.ERASED)
        write_back(run, silent)

        assert not FraudScore.objects.filter(order__member=member).exists()
        assert FraudScore.objects.count() == Order.objects.exclude(member=member).count()
