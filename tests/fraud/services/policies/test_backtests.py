"""Back-tests against counts over single orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fraud.models import Backtest
from fraud.rules.fields import read_order_rule
from fraud.services.policies import backtests
from fraud.services.policies.backtests import carry_out, request_backtest
from membership.errors import Rejected
from membership.models import Order
from membership.rules.checking import everything
from tests.factories import NOON, FraudScoreFactory, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def tried(text: str = "amount > 50", *, days: int = 30, until: datetime = NOON) -> Backtest:
    condition = read_order_rule(text=text, may=everything)
    return request_backtest(
        rule=None, condition=condition, action="review", days=days, user=None, until=until
    )


def orders(n: int = 40, *, seed: int = 2) -> list[Order]:
    """Of three members, amounts of 1 to 100, a third each fraud, genuine and without a label."""
    rng = np.random.default_rng(seed)
    members = MemberFactory.create_batch(3)
    made: list[Order] = []
    for number in range(n):
        placed = NOON - timedelta(hours=1 + 20 * number)
        label = [True, False, None][rng.integers(3)]
        known = {} if label is None else {"label_known_at": placed, "label_source": "review"}
        total = Decimal(int(rng.integers(100, 10_000))) / 100
        made.append(
            OrderFactory(member=members[number % 3], placed_at=placed, total=total, is_fraud=label, **known)
        )
    return made


def test_counts_and_money_are_those_of_the_single_orders():
    made = orders()
    result = tried().result
    inside = [order for order in made if order.placed_at >= NOON - timedelta(days=30)]
    hits = [order for order in inside if order.total > 50]
    frauds = [order for order in hits if order.is_fraud]
    labelled = [order for order in hits if order.is_fraud is not None]
    known = [order for order in inside if order.is_fraud]

    assert (result["orders"], result["hits"]) == (len(inside), len(hits))
    assert result["members"] == len({order.member_id for order in hits})
    assert Decimal(result["amount"]) == sum(order.total for order in hits)
    assert Decimal(result["fraud_amount"]) == sum(order.total for order in frauds)
    assert result["precision"] == pytest.approx(len(frauds) / len(labelled), abs=1e-4)
    assert result["recall"] == pytest.approx(len(frauds) / len(known), abs=1e-4)


def test_the_newest_hits_are_shown_as_examples():
    made = orders()
    hits = [order.order_no for order in made if order.total > 50]
    assert tried().result["examples"] == hits[: backtests.EXAMPLES]


def test_hits_are_counted_by_the_decision_that_was_made():
    for decision in ("approve", "approve", "review", None):
        order = OrderFactory(placed_at=NOON - timedelta(days=1), total=60)
        if decision:
            FraudScoreFactory(order=order, decision=decision)
    by_decision = tried().result["by_decision"]
    assert by_decision == {"approve": 2, "review": 1, "decline": 0, "unscored": 1}


def test_frauds_that_were_approved_are_new():
    for decision in ("approve", "decline"):
        order = OrderFactory(
            placed_at=NOON - timedelta(days=1),
            total=60,
            is_fraud=True,
            label_known_at=NOON,
            label_source="chargeback",
        )
        FraudScoreFactory(order=order, decision=decision)
    result = tried().result
    assert (result["frauds"], result["new_frauds"]) == (2, 1)


def test_nothing_to_divide_by_is_no_figure():
    result = tried().result
    assert (result["orders"], result["precision"], result["recall"]) == (0, None, None)


def test_the_window_holds_its_begin_and_not_its_end():
    for placed_at in (NOON - timedelta(days=30), NOON):
        OrderFactory(placed_at=placed_at, total=60)
    assert tried().result["orders"] == 1


@pytest.mark.parametrize("days", [0, -1, 731])
def test_a_window_out_of_range_is_refused(days):
    with pytest.raises(Rejected):
        tried(days=days)
    assert not Backtest.objects.exists()


def test_many_orders_are_left_to_a_worker(monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(backtests, "INLINE_ORDERS", 1)
    queued: list[tuple[object, ...]] = []
    monkeypatch.setattr(backtests, "queue_after_commit", lambda *task: queued.append(task))
    orders(2)
    backtest = tried()

    assert queued == [(backtest.task_name, backtest.pk)]
    assert not backtest.result
    carry_out(backtest=backtest)
    backtest.refresh_from_db()
    assert backtest.result["orders"] == 2


def test_a_back_test_is_carried_out_once(monkeypatch):
    backtest = tried()
    monkeypatch.setattr(backtests, "_result", lambda _backtest: pytest.fail("carried out again"))
    carry_out(backtest=backtest)


def test_a_failure_is_kept_with_its_message(monkeypatch):
    def broken(_backtest: Backtest) -> None:
        raise RuntimeError("no such column")

    monkeypatch.setattr(backtests, "_result", broken)
    with pytest.raises(RuntimeError):
        tried()
    assert "no such column" in Backtest.objects.get().error
