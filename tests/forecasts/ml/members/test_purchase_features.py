"""What a model sees of each member."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.purchase_features import FEATURES, UNKNOWN_DAYS, purchase_features
from forecasts.ml.members.purchase_history import PurchaseHistory

TODAY = 1_000


def history(days_ago, *, amounts=None, members=None) -> PurchaseHistory:
    """One member's orders, so many days before today."""
    days = TODAY - np.array(days_ago)
    money = np.full(len(days), 10.0) if amounts is None else np.array(amounts)
    names = np.ones(len(days), dtype=np.int64)
    return PurchaseHistory.from_orders(
        names, days * 86_400, money, as_of_day=TODAY, members=np.array(members or [1])
    )


def seen(purchases: PurchaseHistory, *, since: int = 0, row: int = 0) -> dict[str, float]:
    values = purchase_features(purchases, since_day=since)
    return dict(zip(FEATURES, values[row].tolist(), strict=True))


def test_orders_are_counted_in_windows_that_end_today() -> None:
    features = seen(history([1, 8, 30, 100]))

    assert [features[f"orders_{days}"] for days in (7, 14, 28, 56, 112)] == [1, 2, 2, 3, 4]
    assert (features["spend_28"], features["spend_112"]) == (20, 40)


def test_gaps_and_silence_by_hand() -> None:
    features = seen(history([10, 20, 40]))

    assert (features["silent_days"], features["age_days"]) == (10, 40)
    assert (features["gap_mean"], features["gap_last"], features["gap_longest"]) == (15, 10, 20)
    assert features["gap_deviation"] == pytest.approx(5)
    assert features["silence_by_gap"] == pytest.approx(10 / 15)


def test_amounts_of_the_last_orders_by_hand() -> None:
    features = seen(history([1, 2, 3, 4], amounts=[40.0, 30.0, 20.0, 10.0]))

    assert (features["amount_mean"], features["amount_last"], features["amount_mean_last_3"]) == (25, 40, 30)


def test_somebody_never_seen_has_finite_figures() -> None:
    features = seen(history([5], members=[1, 2]), row=1)

    assert (features["silent_days"], features["gap_mean"], features["orders_364"]) == (
        UNKNOWN_DAYS,
        UNKNOWN_DAYS,
        0,
    )
    assert np.isfinite(list(features.values())).all()


def test_a_young_shops_windows_are_scaled_up_to_their_length() -> None:
    old, young = seen(history([1, 20])), seen(history([1, 20]), since=TODAY - 28)

    assert young["orders_28"] == old["orders_28"] == 2
    assert young["orders_56"] == 2 * old["orders_56"] == 4


def test_nothing_of_today_or_later_is_seen() -> None:
    earlier = history([1, 8, 30, 100]).before(TODAY - 5)

    assert seen(earlier)["orders_7"] == 1  # eight days ago, three before that day
    assert seen(earlier)["silent_days"] == 3


def test_the_share_of_weekends_is_measured() -> None:
    saturdays = [day for day in range(1, 60) if (TODAY - day + 3) % 7 == 5]

    features = seen(history(saturdays))

    assert (features["weekend_share"], features["weekday_evenness"]) == (1.0, 0.0)
