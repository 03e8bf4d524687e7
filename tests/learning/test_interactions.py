from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


entries = st.lists(
    st.tuples(st.integers(1, 5), st.integers(10, 15), st.integers(0, 9), st.integers(1, 4)),
    min_size=1,
    max_size=20,
)


def of_entries(rows: list[tuple[int, int, int, int]]) -> Interactions:
    """Rows of (member, product, day, value)."""
    members, products, days, values = np.array(rows).T
    return Interactions.from_ids(members, products, days * SECONDS_PER_DAY, values)


@given(entries)
def test_the_table_holds_the_sum_of_each_pair(rows: list[tuple[int, int, int, int]]):
    data = of_entries(rows)
    table = data.to_csr().toarray()
    for at, member in enumerate(data.members.ids):
        for column, product in enumerate(data.products.ids):
            wanted = sum(value for m, p, _day, value in rows if (m, p) == (member, product))
            assert table[at, column] == wanted


@given(entries)
def test_ages_are_never_negative_and_one_entry_is_new(rows: list[tuple[int, int, int, int]]):
    ages = of_entries(rows).age_days()

    assert ages.min() == 0
    assert sorted(ages.tolist()) == sorted(max(row[2] for row in rows) - row[2] for row in rows)


@given(entries)
def test_narrowing_keeps_every_entry_under_its_ids(rows: list[tuple[int, int, int, int]]):
    data = of_entries(rows)
    newer = data.where(data.timestamps >= 5 * SECONDS_PER_DAY)
    narrowed = newer.narrowed()

    for one in (newer, narrowed):
        named = zip(one.members.ids[one.member_rows], one.products.ids[one.product_rows], strict=True)
        assert sorted(named) == sorted((m, p) for m, p, day, _value in rows if day >= 5)
    assert narrowed.n_members == len({m for m, _p, day, _value in rows if day >= 5})


def test_ages_count_from_a_later_moment_where_one_is_given():
    later = replace(small(), as_of=5 * SECONDS_PER_DAY)

    assert later.age_days().tolist() == [5, 2, 4, 2]


def test_an_entry_after_the_moment_has_no_negative_age():
    assert replace(small(), as_of=SECONDS_PER_DAY).age_days().tolist() == [1, 0, 0, 0]


def test_products_are_described_by_id_or_by_its_text():
    described = small().described({100: ["tea", "brand"], "200": ["tea", "tea"], 999: ["unknown"]})

    assert described.attributes is not None
    assert described.attributes.toarray().tolist() == [[1, 1], [1, 0]]


def test_a_product_without_attributes_has_an_empty_line():
    described = small().described({100: ["tea"]})

    assert described.attributes is not None
    assert described.attributes.toarray().tolist() == [[1], [0]]
    nothing = small().described({}).attributes
    assert nothing is not None
    assert nothing.shape == (2, 0)


def test_narrowing_takes_the_attributes_of_the_products_that_stay():
    described = small().described({100: ["tea"], 200: ["soap"]})
    narrowed = described.where(np.array([False, True, False, False])).narrowed()

    assert narrowed.products.ids.tolist() == [200]
    assert narrowed.attributes is not None
    assert narrowed.attributes.toarray().tolist() == [[0, 1]]


def test_other_values_may_fill_the_table():
    table = small().to_csr(np.array([1, 2, 3, 4], dtype=np.float32))

    assert table.toarray().tolist() == [[3, 0], [5, 2]]
    assert table.dtype == np.float32
