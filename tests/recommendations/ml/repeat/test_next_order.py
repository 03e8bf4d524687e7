from __future__ import annotations

import numpy as np

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.next_order import next_order_weights


def log_of(rows: list[tuple[int, int, int]]) -> PurchaseLog:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return PurchaseLog.of(Interactions.from_ids(members, products, days * SECONDS_PER_DAY))


def weights(log: PurchaseLog, **changes: float) -> np.ndarray:
    settings = {"order_decay": 0.5, "regularization": 2.0, "most_orders": 100} | changes
    return next_order_weights(log, np.arange(log.n_products), **settings)  # type: ignore[arg-type]  # options of several types


def test_the_regression_is_the_one_done_by_hand():
    log = log_of([(1, 0, 0), (1, 1, 1), (1, 0, 2), (1, 2, 2), (2, 1, 0), (2, 2, 3)])
    # member 1: {0} -> {1}, then {1} + half of {0} -> {0, 2}; member 2: {1} -> {2}; larger orders weigh less
    shrink = np.diag([1.0, 2**-0.5, 1.0])
    before = shrink @ np.array([[1, 0, 0], [0.5, 1, 0], [0, 1, 0]])
    after = shrink @ np.array([[0, 1, 0], [1, 0, 1], [0, 0, 1]])
    by_hand = np.linalg.solve(before.T @ before + 2 * np.eye(3), before.T @ after)

    np.testing.assert_allclose(weights(log), by_hand, rtol=1e-4, atol=1e-6)


def test_only_the_newest_orders_are_learned_from():
    old = [(1, 0, 0), (1, 1, 1)]
    new = [(2, 0, 10), (2, 2, 20)]

    np.testing.assert_allclose(weights(log_of(old + new), most_orders=1)[0, :2], [0, 0], atol=1e-7)
    assert weights(log_of(old + new), most_orders=1)[0, 2] > 0


def test_without_a_second_order_nothing_follows():
    assert not weights(log_of([(1, 0, 0), (2, 1, 0)])).any()
