from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from learning.interactions import Interactions
from recommendations.ml.held_back import HeldBack


def test_only_a_newest_product_that_is_new_to_a_member_of_three_purchases_is_held_back():
    members = [1, 1, 1, 2, 2, 2, 3, 3]
    products = [5, 6, 7, 5, 6, 5, 6, 7]  # the second ends where it began, the third has but two
    data = Interactions.from_ids(members, products, [0, 1, 2, 0, 1, 2, 0, 1])
    held = HeldBack.draw(data, 10, rng=np.random.default_rng(0))

    assert data.members.ids[held.member_rows].tolist() == [1]
    assert data.products.ids[held.targets].tolist() == [7]
    assert np.flatnonzero(~held.rest).tolist() == [2]


def test_it_draws_no_more_members_than_it_may():
    data = Interactions.from_ids(np.repeat(np.arange(50), 3), np.tile([1, 2, 3], 50), np.tile([0, 1, 2], 50))
    held = HeldBack.draw(data, 20, rng=np.random.default_rng(0))

    assert len(held) == 20
    assert (~held.rest).sum() == 20
    assert not held.tells


def many(n: int = 120) -> Interactions:
    return Interactions.from_ids(np.repeat(np.arange(n), 3), np.tile([1, 2, 3], n), np.tile([0, 1, 2], n))


def test_a_mean_over_a_hundred_members_is_worth_something():
    assert HeldBack.draw(many(), 100, rng=np.random.default_rng(0)).tells
    assert not HeldBack.draw(many(99), 500, rng=np.random.default_rng(0)).tells


def test_what_is_held_back_and_what_is_left_are_all_entries():
    data = many()
    held = HeldBack.draw(data, 50, rng=np.random.default_rng(1))
    out = ~held.rest

    assert data.product_rows[out].tolist() == held.targets.tolist()
    assert sorted(data.member_rows[out].tolist()) == sorted(held.member_rows.tolist())
    assert (data.timestamps[out] == 2).all()


def test_the_same_seed_holds_the_same_members_back():
    first, again, other = (HeldBack.draw(many(), 40, rng=np.random.default_rng(n)) for n in (1, 1, 2))

    assert first.member_rows.tolist() == again.member_rows.tolist() != other.member_rows.tolist()


def test_the_figure_is_that_of_the_rank_of_the_target():
    """The target is ranked second behind a product that is not owned, and first behind an owned one."""
    held = HeldBack(np.ones(0, bool), np.array([0, 1]), np.array([2, 2]))
    scores = np.array([[0, 9, 5], [9, 0, 5]], dtype=np.float32)
    owned = sparse.csr_matrix(np.array([[1, 0, 0], [1, 0, 0]], dtype=np.float32))

    ndcg = held.ndcg(lambda lines: scores[lines], owned)
    assert ndcg == pytest.approx((1 / np.log2(3) + 1) / 2)
