"""What sequences hold, that nothing later is in them, and that checkout computes what training did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fraud.ml.orders.columns import DAY, HOUR, NEVER, OrderColumns
from fraud.ml.orders.place_history import PLACE_FEATURES, PLACE_ORDERS_NEEDED, place_codes
from fraud.ml.orders.sequences import (
    FEATURES,
    LABEL_FEATURES,
    LENGTH,
    ORDERS_NEEDED,
    TransactionSequences,
    build_sequences,
)
from fraud.ml.orders.step_features import STEP_FEATURES
from tests.fraud.toys import START, some_orders


def sequence_of(*amounts: float, times: list[int] | None = None, **columns) -> TransactionSequences:
    """One member's orders, a day apart unless told."""
    n = len(amounts)
    moments = np.array(times if times is not None else [START + day * DAY for day in range(n)])
    orders = OrderColumns.build(
        member=np.zeros(n, np.int64),
        placed_at=moments,
        amount_cents=np.array([round(amount * 100) for amount in amounts]),
        **{name: np.array(values) for name, values in columns.items()},
    )
    return build_sequences(orders, time_zone="UTC")


def feature(sequences: TransactionSequences, name: str) -> list[float]:
    """The feature of each order itself."""
    values: list[float] = sequences.current()[:, FEATURES.index(name)].tolist()
    return values


def test_shape_and_mask():
    sequences = build_sequences(some_orders(), time_zone="UTC")

    assert sequences.values().shape == (360, LENGTH, len(STEP_FEATURES) + len(LABEL_FEATURES))
    assert sequences.values().dtype == np.float32
    assert sequences.mask[:, -1].all()
    assert not sequences.mask[np.argmin(some_orders().placed_at)][:-1].any()


def test_the_window_holds_the_members_own_last_orders_oldest_first():
    sequences = sequence_of(*range(1, 21))

    amounts = np.expm1(sequences.values()[19, :, STEP_FEATURES.index("log_amount")])
    np.testing.assert_allclose(amounts, range(5, 21), rtol=1e-5)


def test_amounts_are_compared_with_the_past_only():
    ratio = feature(sequence_of(10, 10, 30), "amount_vs_mean")

    assert np.isnan(ratio[0])
    assert ratio[1] == pytest.approx(0)
    assert ratio[2] == pytest.approx(np.log(31 / 11), rel=1e-5)


def test_velocity_counts_earlier_orders_within_the_window():
    sequences = sequence_of(5, 5, 5, times=[START, START + HOUR // 2, START + 2 * HOUR])

    np.testing.assert_allclose(np.expm1(feature(sequences, "count_1h")), [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(np.expm1(feature(sequences, "count_1d")), [0, 1, 2], atol=1e-6)
    np.testing.assert_allclose(np.expm1(feature(sequences, "sum_1d")), [5, 10, 15], rtol=1e-5)


def test_a_device_is_new_once_and_then_ages():
    sequences = sequence_of(1, 1, 1, 1, device=[7, 8, 7, -1])

    np.testing.assert_array_equal(feature(sequences, "new_device"), [1, 1, 0, np.nan])
    days = np.expm1(feature(sequences, "log_days_since_first_device"))
    np.testing.assert_allclose(days, [0, 0, 2, np.nan], atol=1e-6)


def test_another_members_device_is_still_new():
    orders = some_orders(n_members=2, n_orders=1)
    shared = replace(orders, member=np.array([0, 1]), device=np.array([3, 3]))

    assert feature(build_sequences(shared, time_zone="UTC"), "new_device") == [1, 1]


def test_hours_are_those_of_the_shop():
    orders = OrderColumns.build(
        member=np.array([0]), placed_at=np.array([START]), amount_cents=np.array([100])
    )  # midnight in UTC, eight in the morning in Shanghai

    (sine,) = feature(build_sequences(orders, time_zone="Asia/Shanghai"), "hour_sin")
    assert sine == pytest.approx(np.sin(2 * np.pi * 8 / 24), abs=1e-6)


def assert_equal(one: TransactionSequences, other: TransactionSequences) -> None:
    """Bit for bit."""
    np.testing.assert_array_equal(one.values(), other.values())
    np.testing.assert_array_equal(one.mask, other.mask)
    np.testing.assert_array_equal(one.place, other.place)
    np.testing.assert_array_equal(one.context, other.context)


@pytest.mark.parametrize("row", [0, 17, 200, 359])
def test_checkout_computes_what_training_did(row):
    orders = some_orders()
    offline = build_sequences(orders, time_zone="America/New_York")
    places = place_codes(orders)
    until = np.arange(row + 1)  # the toy's rows are sorted by time
    mine = until[orders.member[until] == orders.member[row]][-ORDERS_NEEDED:]
    there = until[places[until] == places[row]][-PLACE_ORDERS_NEEDED:]
    robbed = np.unique(orders.member[there[orders.is_fraud[there] == 1]])
    elsewhere = until[np.isin(orders.member[until], robbed) & (orders.is_fraud[until] == 1)]
    known = there[:-1][orders.label_known_at[there[:-1]] <= orders.placed_at[row]]
    newest = known[orders.is_fraud[known] == 1][-1:]  # how dear was it for its member?
    before = until[np.isin(orders.member[until], orders.member[newest])]
    read = np.unique(np.concatenate([mine, there, elsewhere, before]))

    online = build_sequences(orders.take(read), time_zone="America/New_York", rows=np.array([len(read) - 1]))

    assert_equal(online, offline.select(np.array([row])))


def test_checkout_needs_no_more_than_the_last_orders_of_a_long_history():
    orders = some_orders(n_members=1, n_orders=700)
    offline = build_sequences(orders, time_zone="UTC")
    online = build_sequences(orders.take(np.arange(700)[-ORDERS_NEEDED:]), time_zone="UTC")

    np.testing.assert_array_equal(online.values()[-1], offline.values()[-1])


def test_a_place_needs_no_more_than_its_last_orders():
    orders = replace(some_orders(n_members=30, n_orders=10), store=np.zeros(300, np.int64))
    orders = replace(orders, member=np.arange(300))
    offline = build_sequences(orders, time_zone="UTC")
    online = build_sequences(orders.take(np.arange(300)[-PLACE_ORDERS_NEEDED:]), time_zone="UTC")

    assert_equal(online.select(np.array([-1])), offline.select(np.array([-1])))


@pytest.mark.parametrize("change", ["flipped", "deleted"])
def test_labels_that_arrive_later_change_nothing(change):
    orders, as_of = some_orders(), START + 60 * DAY
    later = orders.label_known_at > as_of
    changed = {
        "flipped": replace(orders, is_fraud=np.where(later, 1 - orders.is_fraud, orders.is_fraud)),
        "deleted": replace(
            orders,
            is_fraud=np.where(later, np.nan, orders.is_fraud).astype(np.float32),
            label_known_at=np.where(later, NEVER, orders.label_known_at),
        ),
    }[change]

    before = build_sequences(orders, time_zone="UTC", as_of=as_of)
    after = build_sequences(changed, time_zone="UTC", as_of=as_of)

    assert_equal(before, after)
    # a leaky variant, which looks a month ahead, would be caught
    ahead = as_of + 30 * DAY
    leaky_before = build_sequences(orders, time_zone="UTC", as_of=ahead)
    leaky_after = build_sequences(changed, time_zone="UTC", as_of=ahead)
    for name in ("labels", "place", "context"):
        assert not np.array_equal(getattr(leaky_before, name), getattr(leaky_after, name), equal_nan=True)


def test_an_order_never_shows_its_own_label():
    orders = some_orders()
    known = replace(orders, is_fraud=np.ones(len(orders), np.float32), label_known_at=orders.placed_at - 1)

    assert not build_sequences(known, time_zone="UTC").labels[:, -1, :2].any()


def test_labels_of_earlier_orders_are_seen_once_known():
    moments = [START, START + 5 * DAY, START + 15 * DAY]
    known = [START + 10 * DAY, NEVER, NEVER]
    sequences = sequence_of(
        1, 1, 1, times=moments, is_fraud=np.array([1, np.nan, np.nan], np.float32), label_known_at=known
    )

    np.testing.assert_allclose(np.expm1(feature(sequences, "earlier_frauds")), [0, 0, 1], atol=1e-6)


def test_orders_of_the_future_change_nothing():
    orders = some_orders()
    early = np.arange(200)

    whole = build_sequences(orders, time_zone="UTC", rows=early)
    part = build_sequences(orders.take(early), time_zone="UTC")

    assert_equal(whole, part)


def test_compacted_sequences_are_the_same():
    chosen = build_sequences(some_orders(), time_zone="UTC").select(np.array([5, 300]))

    assert len(chosen.compacted().steps) < len(chosen.steps)
    assert_equal(chosen.compacted(), chosen)


def test_sequences_that_follow_others_keep_what_they_show():
    everything = build_sequences(some_orders(), time_zone="UTC")
    first, second = everything.select(np.arange(5)), everything.select(np.array([300, 7])).compacted()

    together = first.followed_by(second)

    assert_equal(together.select(np.arange(5)), first)
    assert_equal(together.select(np.array([5, 6])), second)


def shop_visits(*, stores, labels, late_days=2, **columns) -> TransactionSequences:
    """Orders of one member each unless told, a day apart; labels (1, 0, None) arrive ``late_days`` after."""
    n = len(stores)
    moments = START + np.arange(n) * DAY
    known = np.array([label is not None for label in labels])
    orders = OrderColumns.build(
        member=np.array(columns.pop("member", np.arange(n))),
        placed_at=moments,
        amount_cents=np.full(n, 1_000),
        store=np.array(stores),
        is_fraud=np.array([np.nan if label is None else label for label in labels], np.float32),
        label_known_at=np.where(known, moments + late_days * DAY, NEVER),
        **{name: np.array(values) for name, values in columns.items()},
    )
    return build_sequences(orders, time_zone="UTC")


def test_a_store_remembers_frauds_on_other_members_once_they_are_known():
    sequences = shop_visits(stores=[1, 1, 1, 2], labels=[1, 0, None, None])

    frauds = sequences.place[:, :, PLACE_FEATURES.index("label_fraud")].sum(axis=1)
    assert frauds.tolist() == [0, 0, 1, 0]
    assert feature(sequences, "place_days_since_fraud")[2] == pytest.approx(2)


def test_a_genuine_order_after_the_frauds_ends_the_streak():
    sequences = shop_visits(stores=[1] * 8, labels=[0, 1, 1, 0, None, None, None, None])

    assert np.expm1(feature(sequences, "place_streak")[-1]) == pytest.approx(2)
    assert feature(sequences, "place_days_since_streak")[-1] == pytest.approx(6)
    assert feature(sequences, "place_days_before_streak")[-1] == pytest.approx(7)
    assert feature(sequences, "place_days_since_genuine_after")[-1] == pytest.approx(4)


def test_where_there_is_no_store_the_device_stands_in():
    sequences = shop_visits(stores=[-1, -1, -1], labels=[1, None, None], late_days=0, device=[4, 4, 5])

    assert feature(sequences, "place_frauds") == pytest.approx([0, np.log(2), 0])


def test_orders_without_any_place_are_alone():
    sequences = shop_visits(stores=[-1, -1], labels=[1, None], late_days=0)

    assert feature(sequences, "place_log_history") == [0, 0]


def test_distinct_devices_are_counted_within_the_window():
    sequences = sequence_of(1, 1, 1, times=[START, START + HOUR, START + 3 * DAY], device=[7, 8, 8])

    assert feature(sequences, "distinct_device_1d") == [1, 2, 1]
    assert feature(sequences, "distinct_device_7d") == [1, 2, 2]


def test_a_fraud_counts_less_for_the_store_when_its_member_was_robbed_elsewhere():
    sequences = shop_visits(stores=[2, 1, 1], labels=[1, 1, None], late_days=0, member=[5, 5, 6])
    assert np.expm1(feature(sequences, "place_fraud_elsewhere")[-1]) == pytest.approx(1)
    assert np.expm1(feature(sequences, "place_fraud_log_amount")[-1]) == pytest.approx(10)

    nowhere_else = shop_visits(stores=[2, 1, 1], labels=[1, 1, None], late_days=0)
    assert feature(nowhere_else, "place_fraud_elsewhere")[-1] == 0
