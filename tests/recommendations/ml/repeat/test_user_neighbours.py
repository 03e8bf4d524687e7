from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.user_neighbours import SIGNALS, Neighbours, NeighboursConfig

CONFIG = NeighboursConfig(ease_regularization=1.0, next_order_regularization=1.0)


def log_of(*rows: tuple[int, int, int]) -> PurchaseLog:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    return PurchaseLog.of(Interactions.from_ids(members, products, days * SECONDS_PER_DAY))


def two_tastes() -> PurchaseLog:
    """Even members buy 0, 1, 2 day by day, odd ones 3, 4, 5; member 0 has not bought 2, nor member 1 5."""
    rows = [
        (member, day + 3 * (member % 2), day) for member in range(8) for day in range(3 if member > 1 else 2)
    ]
    return log_of(*rows)


def signals_of(shop: Neighbours, log: PurchaseLog, members: list[int], **options) -> dict[str, np.ndarray]:
    rows = np.array(members)
    signals = shop.signals(shop.tastes[rows], log, rows, **options)
    return dict(zip(SIGNALS, signals, strict=True))


def test_tastes_have_length_one_and_weigh_rare_products_more():
    log = log_of((1, 5, 0), (1, 6, 0), (2, 5, 0), (3, 5, 0))
    matrix = Neighbours.fit(log, CONFIG).tastes.toarray()

    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, rtol=1e-5)
    assert matrix[0, 1] > matrix[0, 0]


def test_members_of_the_same_taste_raise_the_missing_product():
    log = two_tastes()
    shop = Neighbours.fit(log, CONFIG)
    signals = signals_of(shop, log, [0, 1], themselves=np.array([0, 1]))

    for name in ("similar_ever", "similar_lately", "together", "follows", "next_order"):
        assert signals[name][0, 2] > signals[name][0, 5], name
        assert signals[name][1, 5] > signals[name][1, 2], name


def test_nobody_is_a_neighbour_of_their_own():
    log = log_of((1, 5, 0), (1, 6, 0), (2, 5, 0), (2, 7, 0))
    shop = Neighbours.fit(log, CONFIG)
    apart = signals_of(shop, log, [0], themselves=np.array([0]))["similar_ever"]
    counted = signals_of(shop, log, [0])["similar_ever"]

    assert apart[0, 1] == 0  # product 6 is member 1's alone
    assert counted[0, 1] > 0


def test_a_member_without_purchases_gets_no_signals():
    data = Interactions.from_ids([1, 2, 3], [5, 6, 5], [0, 0, 0])
    log = PurchaseLog.of(data.where(np.array([True, True, False])))
    signals = signals_of(Neighbours.fit(log, CONFIG), log, [2])

    assert all(not signal.any() for signal in signals.values())


def test_only_the_best_sellers_take_part():
    log = log_of((1, 5, 0), (2, 5, 0), (3, 5, 0), (1, 6, 0), (2, 6, 0), (3, 7, 0))
    shop = Neighbours.fit(log, replace(CONFIG, products=2, ease_products=1))

    assert shop.universe.tolist() == [0, 1]
    assert shop.ease_places.tolist() == [0]
    assert shop.together.shape == (1, 1)


def test_what_sold_long_ago_gives_way_to_what_sells():
    rows = [(member, 5, 0) for member in range(6)] + [(1, 6, 400), (2, 6, 400)]
    shop = Neighbours.fit(log_of(*rows), replace(CONFIG, products=1))

    assert shop.universe.tolist() == [1]


def test_weights_of_neighbours_sum_to_one():
    """With one product bought by all, every neighbour says the same: 1."""
    log = log_of(*((member, 5, 0) for member in range(6)))
    signals = signals_of(Neighbours.fit(log, CONFIG), log, [0, 3], themselves=np.array([0, 3]))

    np.testing.assert_allclose(signals["similar_ever"], 1, rtol=1e-5)


def test_few_neighbours_are_the_most_similar_ones():
    log = log_of((1, 5, 0), (1, 6, 0), (2, 5, 0), (2, 6, 0), (2, 8, 0), (3, 6, 0), (3, 7, 0), (3, 9, 0))
    shop = Neighbours.fit(log, replace(CONFIG, neighbours=1))
    signals = signals_of(shop, log, [0], themselves=np.array([0]))["similar_ever"][0]

    assert signals[3] == pytest.approx(1)  # product 8, of the nearest member
    assert signals[2] == signals[4] == 0
