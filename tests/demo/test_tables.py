"""The demo's files."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.tables import _decimals, _dotted, _fingerprints, _moments, _text, order_no, write


def test_an_order_number_names_its_source() -> None:
    assert order_no(42) == "CJ-42"


def test_batches_become_one_file_and_are_counted(tmp_path) -> None:
    batches = [pa.table({"a": [1, 2]}), pa.table({"a": [3]})]

    assert write(tmp_path / "a.parquet", iter(batches)) == 3
    assert pq.read_table(tmp_path / "a.parquet")["a"].to_pylist() == [1, 2, 3]


@given(st.lists(st.integers(0, 10**15), max_size=5), st.sampled_from([2, 3, 6]))
def test_amounts_are_exact_decimals(whole, places) -> None:
    decimals = _decimals(np.array(whole, dtype=np.int64), places=places)

    assert decimals.to_pylist() == [Decimal(number).scaleb(-places) for number in whole]


def test_moments_are_utc_to_the_second() -> None:
    (moment,) = _moments(pd.Series([1_772_452_800])).to_pylist()

    assert moment.isoformat() == "2026-03-02T12:00:00+00:00"


def test_a_missing_text_is_null() -> None:
    assert _text(["a", None, float("nan")]).to_pylist() == ["a", None, None]


@pytest.mark.parametrize(("number", "text"), [(0, ""), (255, "dev_00000000000000ff")])
def test_a_fingerprint_is_a_word_and_none_is_empty(number, text) -> None:
    assert _fingerprints("dev", pd.Series([number])) == [text]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, ""), ((100 << 24) + (64 << 16) + 5, "100.64.0.5"), (2**32 - 1, "255.255.255.255")],
)
def test_an_ip_address_is_dotted_and_none_is_empty(number, text) -> None:
    assert _dotted(pd.Series([number])) == [text]
