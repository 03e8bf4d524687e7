"""Small made-up orders for tests: arrays for models, rows for services."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.sequences import build_sequences
from fraud.ml.orders.training_data import LabelledSequences
from membership.models import Order
from tests.factories import MemberFactory

START = 1_767_225_600  # 2026-01-01 in UTC


def some_orders(*, n_members: int = 12, n_orders: int = 30, seed: int = 1) -> OrderColumns:
    """Every column filled, some values missing; labels arrive 1 to 20 days late, a third never."""
    rng = np.random.default_rng(seed)
    n = n_members * n_orders
    placed_at = np.sort(START + rng.integers(0, 90 * DAY, n))
    labelled = rng.random(n) < 0.67
    is_fraud = np.where(labelled, rng.random(n) < 0.2, np.nan).astype(np.float32)
    known_at = np.where(labelled, placed_at + rng.integers(DAY, 20 * DAY, n), np.iinfo(np.int64).max)
    return OrderColumns.build(
        member=rng.integers(0, n_members, n),
        placed_at=placed_at,
        amount_cents=rng.integers(100, 20_000, n),
        basket_lines=rng.integers(1, 12, n).astype(np.float32),
        discount_cents=rng.integers(0, 300, n),
        coupon=(rng.random(n) < 0.3).astype(np.float32),
        channel=rng.integers(-1, 4, n).astype(np.int8),
        payment_method=rng.integers(-1, 6, n).astype(np.int8),
        store=rng.integers(-1, 6, n),
        device=rng.integers(-1, 5, n),
        instrument=rng.integers(-1, 4, n),
        address=rng.integers(-1, 6, n),
        ip_prefix=rng.integers(-1, 9, n),
        shipping_country=rng.integers(-1, 2, n),
        country_mismatch=np.where(rng.random(n) < 0.5, np.nan, 0).astype(np.float32),
        joined_at=np.full(n, START - 100 * DAY),
        is_fraud=is_fraud,
        label_known_at=known_at,
    )


def echo_of_a_coupon(*, n_members: int = 60, n_orders: int = 40, seed: int = 3) -> LabelledSequences:
    """An order is fraud when the one two before it used a coupon: only a model that remembers can tell."""
    rng = np.random.default_rng(seed)
    member = np.repeat(np.arange(n_members), n_orders)
    placed_at = START + np.tile(np.arange(n_orders), n_members) * DAY + member * 60
    coupon = (rng.random(len(member)) < 0.25).astype(np.float32)
    is_fraud = np.where(np.tile(np.arange(n_orders), n_members) >= 2, np.roll(coupon, 2), 0)
    amount = rng.integers(100, 5_000, len(member))
    orders = OrderColumns.build(member=member, placed_at=placed_at, amount_cents=amount, coupon=coupon)
    sequences = build_sequences(orders, time_zone="UTC")
    return LabelledSequences(sequences, is_fraud.astype(np.float32), placed_at)


def robbed_stores(*, n_stores: int = 16, n_orders: int = 40, seed: int = 6) -> LabelledSequences:
    """Half the stores are skimmed for twelve orders, each of another member; amounts say nothing.

    A label is known when the next order comes, so only what became known of the store can tell. The first
    fraud, which nothing could tell, is left out.
    """
    rng = np.random.default_rng(seed)
    store = np.repeat(np.arange(n_stores), n_orders)
    number = np.tile(np.arange(n_orders), n_stores)
    begins = rng.integers(3, 25, n_stores)[store]
    robbed = (store % 2 == 0) & (number >= begins) & (number < begins + 12)
    is_fraud = robbed & (number > begins)
    placed_at = START + number * DAY + store * 60
    orders = OrderColumns.build(
        member=rng.permutation(len(store)),
        placed_at=placed_at,
        amount_cents=rng.integers(100, 5_000, len(store)),
        store=store,
        is_fraud=robbed.astype(np.float32),
        label_known_at=placed_at + DAY // 2,
    )
    kept = np.flatnonzero(~robbed | (number != begins))
    sequences = build_sequences(orders, time_zone="UTC", rows=kept)
    return LabelledSequences(sequences, is_fraud[kept].astype(np.float32), placed_at[kept])


def large_amounts(*, n: int = 400, seed: int = 4) -> LabelledSequences:
    """Members' only orders; those over 100.00 are fraud."""
    rng = np.random.default_rng(seed)
    amount = rng.integers(100, 12_000, n)
    orders = OrderColumns.build(member=np.arange(n), placed_at=START + np.arange(n) * 60, amount_cents=amount)
    sequences = build_sequences(orders, time_zone="UTC")
    return LabelledSequences(sequences, (amount > 10_000).astype(np.float32), orders.placed_at)


def few_strange_orders(*, n_members: int = 40, n_orders: int = 12, seed: int = 7) -> LabelledSequences:
    """Members who order every three days around noon from one device; every eighth is robbed once.

    The thief orders at night, from a device of its own, for twenty times as much. Labels never arrive.
    """
    rng = np.random.default_rng(seed)
    n = n_members * n_orders
    member, number = np.repeat(np.arange(n_members), n_orders), np.tile(np.arange(n_orders), n_members)
    placed_at = START + number * 3 * DAY + DAY // 2 + rng.integers(0, 4 * 3_600, n)
    robbed = (member % 8 == 0) & (number == 7)
    orders = OrderColumns.build(
        member=member,
        placed_at=np.where(robbed, placed_at - 9 * 3_600, placed_at),
        amount_cents=np.where(robbed, 20, 1) * rng.integers(1_000, 4_000, n),
        device=np.where(robbed, n_members + member, member),
    )
    return LabelledSequences(
        build_sequences(orders, time_zone="UTC"), robbed.astype(np.float32), orders.placed_at
    )


def without_an_amount(data: LabelledSequences) -> LabelledSequences:
    steps = data.sequences.steps.copy()
    steps[3, 0] = np.nan
    return replace(data, sequences=replace(data.sequences, steps=steps))


def a_small_shop(*, until: datetime, n_members: int = 20, n_orders: int = 60, seed: int = 5) -> None:
    """Members who order every five days; half of them were once robbed by a new device, twice in an hour.

    Chargebacks came 20 days later. The newest orders are of ``until``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n_members):
        member = MemberFactory()
        robbed = int(rng.integers(2, n_orders - 11)) if number % 2 == 0 else -1
        for step in range(n_orders):
            placed = until - timedelta(days=5 * (n_orders - 1 - step), minutes=number)
            rows.append(_order(member, placed, rng.uniform(10, 40), device=f"own-{number}"))
            if step == robbed:
                for minutes, amount in ((30, 15), (60, 180)):
                    at = placed + timedelta(minutes=minutes)
                    theft = _order(member, at, amount + rng.uniform(0, 9), device=f"thief-{number}")
                    theft.is_fraud, theft.label_known_at = True, at + timedelta(days=20)
                    theft.label_source = Order.LabelSource.CHARGEBACK
                    rows.append(theft)
    Order.objects.bulk_create(rows)


def _order(member: object, placed_at: datetime, amount: float, *, device: str) -> Order:
    total = Decimal(round(amount, 2)).quantize(Decimal("0.01"))
    return Order(
        order_no=f"T{getattr(member, 'pk', 0)}-{placed_at:%Y%m%d%H%M%S}",
        member=member,  # type: ignore[misc]  # a factory's row
        placed_at=placed_at,
        subtotal=total,
        total=total,
        item_count=2,
        currency="USD",
        payment_method="card",
        payment_fingerprint=f"pay-{getattr(member, 'pk', 0)}",
        device_fingerprint=device,
    )
