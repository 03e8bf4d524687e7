"""Rows become the sequences that models read."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fraud.features import load_history, load_orders
from membership.models import Member, Order
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_checkout_reads_what_training_reads(shop):
    orders = load_orders()
    offline = orders.sequences()
    for row in (0, 100, len(orders) - 1):
        history = load_history(order=Order.objects.get(pk=orders.ids[row]))
        online = history.sequences(rows=np.array([len(history) - 1]))

        np.testing.assert_array_equal(online.values()[0], offline.values()[row])
        np.testing.assert_array_equal(online.place[0], offline.place[row])
        np.testing.assert_array_equal(online.context[0], offline.context[row])


def test_a_history_costs_one_query(shop):
    order = Order.objects.latest("placed_at")
    with CaptureQueriesContext(connection) as queries:
        load_history(order=order)

    assert len(queries) == 1


def test_an_erased_member_is_in_no_training_set():
    kept = OrderFactory(placed_at=NOON)
    OrderFactory(placed_at=NOON, member=MemberFactory(status=Member.Status.ERASED))

    assert load_orders().ids.tolist() == [kept.pk]


def test_an_empty_shop_has_no_orders():
    assert len(load_orders()) == 0
