from __future__ import annotations

import numpy as np
import pytest

from learning.estimator import ModelFitError
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.vocabulary import Vocabulary


def small() -> Interactions:
    days = np.array([0, 3, 1, 3])
    return Interactions.from_ids([7, 7, 5, 7], [100, 200, 100, 100], days * SECONDS_PER_DAY)


def test_repeated_pairs_add_up():
    assert small().to_csr().toarray().tolist() == [[1, 0], [2, 1]]


def test_ages_count_back_from_the_newest():
    assert small().age_days().tolist() == [3, 0, 2, 0]


def test_a_subset_keeps_the_vocabularies_until_narrowed():
    only = small().where(np.array([False, False, True, False]))

    assert (only.n_members, only.n_products) == (2, 2)
    assert (only.narrowed().n_members, only.narrowed().n_products) == (1, 1)
    assert only.narrowed().members.ids.tolist() == [5]


def test_other_products_are_left_out_of_a_models_vocabulary():
    onto = small().onto_products(Vocabulary.from_ids([50, 200]))

    assert onto.product_rows.tolist() == [1]
    assert onto.member_rows.tolist() == [1]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_impossible_values_are_refused(value: float):
    with pytest.raises(ModelFitError, match="interaction values"):
        Interactions.from_ids([1, 2], [1, 2], [0, 1], [1.0, value]).checked()


def test_no_rows_are_refused():
    with pytest.raises(ModelFitError, match="no interactions"):
        Interactions.from_ids([], [], []).checked()
