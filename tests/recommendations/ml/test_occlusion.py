from __future__ import annotations

import copy
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.interactions import Interactions
from recommendations.ml.occlusion import MOST_OCCLUDED, ExplainedByOcclusion, without_each


class Counting(ExplainedByOcclusion):
    """The score of product i is how often the member bought product i - 1."""

    def __init__(self, history: Interactions) -> None:
        self.history_ = history

    def with_history(self, history: Interactions, /) -> Self:
        other = copy.copy(self)
        other.history_ = history
        return other

    def score(self, member_rows: NDArray[np.int64], /) -> NDArray[np.float32]:
        counts = self.history_.to_csr()[member_rows].toarray()
        return np.roll(counts, 1, axis=1)


def history(*products: int, member: int = 1) -> Interactions:
    return Interactions.from_ids([member] * len(products) + [9], [*products, 3], [*range(len(products)), 0])


def test_each_history_lacks_one_product_and_the_first_lacks_none():
    own, cut = without_each(history(0, 1, 0, 2), 0, most=5)

    assert own.tolist() == [2, 0, 1]  # newest first
    assert cut.to_csr().toarray().tolist() == [[2, 1, 1, 0], [2, 1, 0, 0], [0, 1, 1, 0], [2, 0, 1, 0]]


def test_only_the_newest_products_are_left_out():
    own, cut = without_each(history(0, 1, 2), 0, most=1)

    assert own.tolist() == [2]
    assert cut.n_members == 2


def test_a_member_without_history_has_no_reasons():
    data = history(0, 1).where(np.array([False, False, True]))
    own, cut = without_each(data, 0, most=5)

    assert len(own) == 0
    assert (cut.n_members, len(cut)) == (1, 0)


def test_a_part_is_what_the_score_loses():
    ((places, own, parts),) = Counting(history(0, 0, 1)).contributions(np.array([0]), np.array([[1, 2]]))

    assert places.tolist() == [0]
    assert own.tolist() == [[1, 0]]
    assert parts.tolist() == [[[0, 1], [2, 0]]]  # product 1 speaks for 2, product 0, twice, for 1


def test_other_members_products_are_no_reasons():
    ((_places, own, _parts),) = Counting(history(0, 1)).contributions(np.array([1]), np.array([[0]]))

    assert own.tolist() == [[2]]  # the other member's only product, in row 2


@pytest.mark.parametrize("n", [MOST_OCCLUDED, MOST_OCCLUDED + 3])
def test_no_more_than_the_newest_twelve_are_tried(n: int):
    ((_places, own, _parts),) = Counting(history(*range(n))).contributions(np.array([0]), np.array([[0]]))

    assert own[0].tolist() == list(range(n - 1, n - 1 - MOST_OCCLUDED, -1))
