"""What is promised of numbers that were computed in different batches (learning/rounding.py)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from learning.rounding import one_unit, rounded


def assert_same_digits(actual: ArrayLike, expected: ArrayLike, *, noise: float = 0.0) -> None:
    """Once rounded they are equal, or one unit of the last digit apart.

    ``noise`` is allowed beside that: where terms of both signs cancel, what is left has fewer digits.
    """
    one, other = rounded(actual), rounded(expected)
    allowed = 1.001 * one_unit(np.maximum(np.abs(one), np.abs(other))) + noise
    assert one.shape == other.shape
    np.testing.assert_array_less(np.abs(one - other), allowed)


def assert_same_list(actual: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Two stored lists: the same scores place by place, and each product with its score.

    Products may have changed places where their scores are one unit apart, or have left at the end.
    """
    assert_same_digits([one["score"] for one in actual], [one["score"] for one in expected])
    before = {one["product"]: one for one in expected}
    for one in actual:
        other = before.get(one["product"])
        if other is None:
            assert_same_digits(one["score"], expected[-1]["score"])
            continue
        assert_same_digits(one["score"], other["score"])
        assert {**one, "score": 0} == {**other, "score": 0}
