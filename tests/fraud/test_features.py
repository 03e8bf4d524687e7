"""Rows become the sequences that models read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fraud.features import load_history, load_orders
from fraud.ml.orders.sequences import CONTEXT_FEATURES
from membership.models import Member, Order
from tests.factories import NOON, MemberFactory, OrderFactory, StoreFactory

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


def test_checkout_reads_what_training_reads_of_stores_and_addresses_with_fraud():
    """Few members and stores, many known frauds, labels known at odd moments: the whole query counts."""
    rng = np.random.default_rng(8)
    members, stores = MemberFactory.create_batch(5), [None, *StoreFactory.create_batch(3)]
    Order.objects.bulk_create(_any_order(number, members, stores, rng) for number in range(400))
    orders = load_orders()
    offline = orders.sequences()
    frauds_of_store = offline.context[:, CONTEXT_FEATURES.index("place_fraud_amount_vs_high")]
    assert (~np.isnan(frauds_of_store)).sum() > 100
    for row in range(150, len(orders), 7):
        history = load_history(order=Order.objects.get(pk=orders.ids[row]))
        online = history.sequences(rows=np.array([len(history) - 1]))

        np.testing.assert_array_equal(online.values()[0], offline.values()[row])
        np.testing.assert_array_equal(online.place[0], offline.place[row])
        np.testing.assert_array_equal(online.context[0], offline.context[row])


def _any_order(number, members, stores, rng):
    placed_at = NOON + timedelta(hours=6 * number, microseconds=int(rng.integers(1_000_000)))
    is_fraud = None if rng.random() < 0.3 else bool(rng.random() < 0.3)
    known_at = placed_at + timedelta(hours=float(rng.uniform(1, 300)))
    return Order(
        order_no=f"R-{number}", member=members[rng.integers(5)], store=stores[rng.integers(4)],
        placed_at=placed_at, total=Decimal(int(rng.integers(100, 20_000))) / 100, currency="USD",
        item_count=2,
        device_fingerprint=f"d{rng.integers(3)}", address_fingerprint=f"a{rng.integers(3)}",
        is_fraud=is_fraud, label_known_at=None if is_fraud is None else known_at,
        label_source="" if is_fraud is None else "review",
    )  # fmt: skip


def test_a_history_costs_one_query_and_one_for_refunds(shop):
    order = Order.objects.latest("placed_at")
    with CaptureQueriesContext(connection) as queries:
        load_history(order=order)

    assert len(queries) == 2


def test_an_erased_member_is_in_no_training_set():
    kept = OrderFactory(placed_at=NOON)
    OrderFactory(placed_at=NOON, member=MemberFactory(status=Member.Status.ERASED))

    assert load_orders().ids.tolist() == [kept.pk]


def test_an_empty_shop_has_no_orders():
    assert len(load_orders()) == 0
