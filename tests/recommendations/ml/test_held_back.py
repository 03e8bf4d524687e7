from __future__ import annotations

import numpy as np

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
