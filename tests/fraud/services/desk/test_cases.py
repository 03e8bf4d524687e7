from __future__ import annotations

from datetime import timedelta

import pytest

from fraud.services.desk.cases import ORDERS_SHOWN, alert_page
from tests.factories import NOON, FraudAlertFactory, FraudScoreFactory, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def orders(n: int, **fields):
    member = MemberFactory()
    return [OrderFactory(member=member, placed_at=NOON + timedelta(hours=i), **fields) for i in range(n)]


def test_the_order_stands_among_the_members_others_newest_first():
    made = orders(3)
    OrderFactory()  # another member's
    page = alert_page(alert=FraudAlertFactory(order=made[1]))

    assert [step.order for step in page.steps] == made[::-1]
    assert [step.is_alerted for step in page.steps] == [False, True, False]


def test_four_later_orders_and_a_limited_number_of_earlier_ones_are_shown():
    made = orders(ORDERS_SHOWN + 8)
    page = alert_page(alert=FraudAlertFactory(order=made[-7]))

    assert len(page.steps) == ORDERS_SHOWN + 4
    assert [step.is_alerted for step in page.steps].index(True) == 4


def test_what_differs_from_the_order_before_is_marked():
    member = MemberFactory()
    OrderFactory(member=member, device_fingerprint="a", payment_fingerprint="p")
    later = OrderFactory(
        member=member, device_fingerprint="b", payment_fingerprint="p", placed_at=NOON + timedelta(hours=1)
    )
    newest, first = alert_page(alert=FraudAlertFactory(order=later)).steps

    assert [name for name, differs in newest.changed.items() if differs] == ["device_fingerprint"]
    assert not any(first.changed.values())


def test_a_value_missing_in_one_of_two_orders_is_no_change():
    member = MemberFactory()
    OrderFactory(member=member, device_fingerprint="")
    later = OrderFactory(member=member, device_fingerprint="b", placed_at=NOON + timedelta(hours=1))
    assert not any(alert_page(alert=FraudAlertFactory(order=later)).steps[0].changed.values())


def test_the_decision_of_the_score_is_shown_in_words():
    alert = FraudAlertFactory()
    assert alert_page(alert=alert).decision == ""
    FraudScoreFactory(order=alert.order, decision="decline")
    assert alert_page(alert=alert).decision == "Decline"


def test_bars_are_as_wide_as_the_reasons_weigh_beside_the_strongest():
    reasons = [{"code": "amount", "weight": 0.4}, {"code": "rhythm", "weight": 0.1}]
    page = alert_page(alert=FraudAlertFactory(reasons=reasons))
    assert [width for _text, width in page.reasons] == [100, 25]
