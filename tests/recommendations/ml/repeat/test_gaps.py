from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommendations.ml.repeat.gaps import PRIOR_GAPS, RepeatGaps, learn_gaps


def learn(purchases: list[tuple[int, int, int]], categories: list[int]) -> RepeatGaps | None:
    """From (member, product, day)."""
    rows = np.array(purchases, dtype=np.int64).reshape(-1, 3)
    return learn_gaps(rows[:, 0], rows[:, 1], rows[:, 2], categories=np.array(categories, dtype=np.int64))


def every(days: int, *, product: int, members: int = 60, times: int = 5) -> list[tuple[int, int, int]]:
    return [(member, product, member + visit * days) for member in range(members) for visit in range(times)]


def test_products_with_many_gaps_speak_for_themselves():
    learned = learn([*every(7, product=0), *every(60, product=1)], [1, 2])

    assert learned is not None
    assert learned.gaps.tolist() == [240, 240]
    assert learned.days == pytest.approx([7, 60], rel=0.15)
    assert (learned.early_days < learned.days).all()
    assert not learned.is_once.any()


def test_the_estimate_is_the_shrunk_mean_of_logs():
    learned = learn([(0, 0, 0), (0, 0, 10), (1, 1, 0), (1, 1, 40)], [1, 1])
    shop = (np.log(10) + np.log(40)) / 2
    kind = (np.log(10) + np.log(40) + PRIOR_GAPS * shop) / (2 + PRIOR_GAPS)

    assert learned is not None
    assert learned.days[0] == pytest.approx(np.exp((np.log(10) + PRIOR_GAPS * kind) / (1 + PRIOR_GAPS)))


def test_a_product_without_gaps_has_those_of_its_category_and_that_the_shops():
    learned = learn([*every(7, product=0), *every(60, product=1), (99, 2, 0), (99, 3, 0)], [1, 2, 1, 3])

    assert learned is not None
    assert learned.gaps.tolist() == [240, 240, 0, 0]
    assert learned.days[2] < learned.days[3] < learned.days[1]  # like product 0; like the shop


def test_two_purchases_of_a_day_are_one():
    assert learn([(0, 0, 5), (0, 0, 5), (1, 0, 7)], [1]) is None
    assert learn([], []) is None


def test_what_hardly_anybody_buys_again_is_bought_once():
    fridges = [(member, 0, member % 50) for member in range(400)]
    learned = learn([*fridges, *every(30, product=1, times=8)], [1, 2])

    assert learned is not None
    assert learned.is_once.tolist() == [True, False]
    assert learned.again_share[0] < 0.02 < learned.again_share[1]


def test_few_members_say_nothing_about_once_nor_do_late_ones():
    few = [(member, 0, 0) for member in range(50)]
    late = [(member, 1, 200) for member in range(400)]
    learned = learn([*few, *late, *every(30, product=2, times=8)], [1, 2, 3])

    assert learned is not None
    assert not learned.is_once.any()


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 400)), min_size=1, max_size=40)
)
def test_whatever_was_bought_the_figures_are_possible(purchases: list[tuple[int, int, int]]):
    learned = learn(purchases, [-1, 0, 0, 1, -1])
    if learned is None:
        return
    assert np.isfinite(learned.days).all()
    assert (learned.days >= 1).all()
    assert (learned.early_days >= 0).all()
    assert (learned.early_days <= learned.days).all()
    assert ((learned.again_share >= 0) & (learned.again_share <= 1)).all()
