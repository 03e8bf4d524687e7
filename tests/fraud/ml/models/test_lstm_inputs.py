from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fraud.ml.models.lstm_inputs import BINS, PiecewiseBins, Scalers
from fraud.ml.orders.sequences import build_sequences
from tests.fraud.toys import some_orders

facts = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 30), st.just(2)),
    elements=st.integers(-50, 50).map(float) | st.just(float("nan")),
)


@given(facts)
def test_each_bin_holds_how_far_a_fact_is_through_it(table):
    bins = PiecewiseBins.fit(table)
    codes = bins.transform(table)

    assert codes.shape == (len(table), bins.n)
    assert bins.n <= 2 * BINS
    for column, low, high, values in zip(bins.column, bins.low, bins.high, codes.T, strict=True):
        fact = table[:, column]
        expected = np.where(np.isnan(fact), 0, np.clip((fact - low) / (high - low), 0, 1))
        assert values == pytest.approx(expected, abs=1e-6)


@given(facts)
def test_bins_of_a_fact_touch_and_cover_its_range(table):
    bins = PiecewiseBins.fit(table)
    for column in set(bins.column.tolist()):
        low, high = bins.low[bins.column == column], bins.high[bins.column == column]
        assert low[1:].tolist() == high[:-1].tolist()
        assert (low[0], high[-1]) == (np.nanmin(table[:, column]), np.nanmax(table[:, column]))


def test_constant_and_missing_facts_get_no_bins():
    assert PiecewiseBins.fit(np.array([[1, np.nan], [1, np.nan]], np.float32)).n == 0


@pytest.fixture(scope="module")
def sequences():
    return build_sequences(some_orders(n_members=4, n_orders=8), time_zone="UTC")


@pytest.fixture(scope="module")
def scalers(sequences) -> Scalers:
    return Scalers.fit(sequences, even=sequences)


def test_an_order_alone_is_read_as_it_is_among_others(sequences, scalers):
    together = scalers.inputs(sequences)
    for row in (0, 9, len(sequences) - 1):
        alone = scalers.inputs(sequences.select(slice(row, row + 1)))
        assert np.array_equal(alone.steps[alone.window[0]], together.steps[together.window[row]])
        assert np.array_equal(alone.facts[0], together.facts[row])
        assert np.array_equal(alone.place[0], together.place[row])


def test_a_place_without_an_order_is_all_zeros(sequences, scalers):
    inputs = scalers.inputs(sequences)
    assert not inputs.steps[inputs.window][sequences.window < 0].any()
    assert not inputs.place[sequences.place[:, :, 0] == 0].any()


def test_nothing_that_the_network_reads_is_missing(sequences, scalers):
    inputs = scalers.inputs(sequences)
    for values in (inputs.steps, inputs.place, inputs.facts, inputs.labels):
        assert np.isfinite(values).all()
    assert inputs.facts.shape[1] == scalers.n_facts


def test_scalers_come_back_from_their_arrays(sequences, scalers):
    back = Scalers.from_arrays(scalers.arrays()).inputs(sequences)
    assert np.array_equal(back.facts, scalers.inputs(sequences).facts)
