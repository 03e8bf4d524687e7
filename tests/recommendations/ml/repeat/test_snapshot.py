from __future__ import annotations

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.repeat.features import HABIT_NAMES, MEMBER_NAMES, NAMES, PRODUCT_NAMES
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.snapshot import CandidateConfig, Pairs, Snapshot
from recommendations.ml.repeat.user_neighbours import NeighboursConfig
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU

CONFIG = NeighboursConfig(ease_regularization=1.0, next_order_regularization=1.0)


def shop(n_members: int = 12, n_days: int = 20) -> PurchaseLog:
    rng = np.random.default_rng(6)
    members = np.repeat(np.arange(n_members), n_days)
    products = rng.integers(0, 8, len(members)) + 4 * (members % 2)
    return PurchaseLog.of(
        Interactions.from_ids(members, products, np.tile(np.arange(n_days), n_members) * SECONDS_PER_DAY)
    )


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    log = shop()
    return Snapshot.fit(log, CONFIG, np.full(log.n_products, -1))


def candidates(snapshot: Snapshot, surface: str, **sizes: int) -> Pairs:
    return snapshot.candidates(np.array([0, 3]), surface=surface, config=CandidateConfig(**sizes))


def bought(snapshot: Snapshot, member: int) -> set[int]:
    log = snapshot.log
    return set(log.product_rows[log.member_rows == member].tolist())


def test_for_you_offers_nothing_that_was_bought(snapshot: Snapshot):
    pairs = candidates(snapshot, FOR_YOU)
    for line, member in enumerate((0, 3)):
        offered = set(pairs.product_rows[pairs.lines == line].tolist())
        assert offered
        assert not offered & bought(snapshot, member)


def test_buy_again_offers_all_that_was_bought_and_some_new(snapshot: Snapshot):
    pairs = candidates(snapshot, BUY_AGAIN)
    for line, member in enumerate((0, 3)):
        offered = set(pairs.product_rows[pairs.lines == line].tolist())
        assert offered >= bought(snapshot, member)


def test_no_more_own_products_than_the_strongest(snapshot: Snapshot):
    pairs = candidates(snapshot, BUY_AGAIN, own=2, new_beside_own=1)
    own = np.isin(pairs.product_rows[pairs.lines == 0], list(bought(snapshot, 0)))
    rank = pairs.features[pairs.lines == 0][own, NAMES.index("own_rank")]

    assert sorted(rank.tolist()) == [1, 2]


def test_each_pair_is_offered_once_and_in_order(snapshot: Snapshot):
    pairs = candidates(snapshot, BUY_AGAIN)
    keys = pairs.lines * 100 + pairs.product_rows

    assert (np.diff(keys) > 0).all()


def test_features_are_those_of_the_product_the_member_and_the_habit(snapshot: Snapshot):
    pairs = candidates(snapshot, BUY_AGAIN)
    at = int(np.flatnonzero(pairs.lines == 1)[0])
    product = pairs.product_rows[at]
    first = len(PRODUCT_NAMES) + len(MEMBER_NAMES)

    assert pairs.features.shape[1] == len(NAMES)
    np.testing.assert_array_equal(pairs.features[at, : len(PRODUCT_NAMES)], snapshot.products[product])
    np.testing.assert_array_equal(pairs.features[at, len(PRODUCT_NAMES) : first], snapshot.members[3])
    habit = snapshot.habits.of_pairs(np.array([3]), np.array([product]))[0]
    np.testing.assert_array_equal(pairs.features[at, first : first + len(HABIT_NAMES)], habit)


def test_the_same_members_in_another_log_get_the_same_candidates(snapshot: Snapshot):
    again = snapshot.with_members(snapshot.log, np.arange(snapshot.log.n_members))
    one, other = candidates(snapshot, FOR_YOU), candidates(again, FOR_YOU)

    np.testing.assert_array_equal(one.product_rows, other.product_rows)
    np.testing.assert_allclose(one.features, other.features, rtol=1e-4, atol=1e-6)


def test_terms_name_the_members_own_products(snapshot: Snapshot):
    own, parts = snapshot.terms(0, np.array([1, 2, 3]))

    assert set(own.tolist()) == bought(snapshot, 0)
    assert parts.shape == (len(own), 3)


def test_a_product_has_no_term_for_itself(snapshot: Snapshot):
    target = min(bought(snapshot, 0))
    own, parts = snapshot.terms(0, np.array([target]))

    assert parts[own == target].tolist() == [[0]]
