from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommendations.ml.blending.explanation import because
from recommendations.ml.ranking import NO_PRODUCT

Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


class FixedReasons:
    """Gives the parts it was made with: one batch, of members at the places 0, 1, ..."""

    def __init__(self, own: list[list[int]], parts: list[list[list[float]]]) -> None:
        self.own, self.parts = np.array(own), np.array(parts, dtype=np.float32)

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[Batch]:
        self.product_rows = product_rows
        yield np.arange(len(self.own)), self.own, self.parts.copy()


def reasons(model: Any, targets: list[list[int]], **options: int) -> list[list[list[int]]]:
    reasons: list[list[list[int]]] = because(
        model, np.arange(len(targets)), np.array(targets), **options
    ).tolist()
    return reasons


def test_the_strongest_parts_come_first():
    model = FixedReasons([[4, 5, 6]], [[[0.1], [0.7], [0.4]]])

    assert reasons(model, [[9]]) == [[[5, 6]]]


def test_only_positive_parts_are_reasons():
    model = FixedReasons([[4, 5]], [[[-0.5], [0.2]]])

    assert reasons(model, [[9]]) == [[[5, NO_PRODUCT]]]


def test_a_product_is_no_reason_for_itself():
    model = FixedReasons([[4, 5]], [[[0.9], [0.2]]])

    assert reasons(model, [[4]]) == [[[5, NO_PRODUCT]]]


def test_the_padding_of_a_short_history_is_no_reason():
    model = FixedReasons([[4, -1]], [[[0.3], [0.0]]])

    assert reasons(model, [[9]]) == [[[4, NO_PRODUCT]]]


def test_an_empty_place_of_a_list_has_no_reasons():
    model = FixedReasons([[4, 5]], [[[0.3, 0.3], [0.2, 0.2]]])

    assert reasons(model, [[9, NO_PRODUCT]]) == [[[4, 5], [NO_PRODUCT, NO_PRODUCT]]]
    assert model.product_rows.tolist() == [
        [9, 0]
    ]  # the model is never asked about a product that does not exist


def test_each_product_of_a_list_has_reasons_of_its_own():
    model = FixedReasons([[4, 5]], [[[0.3, 0.1], [0.2, 0.8]]])

    assert reasons(model, [[8, 9]], most=1) == [[[4], [5]]]


def test_more_places_than_products_stay_empty():
    model = FixedReasons([[4]], [[[0.3]]])

    assert reasons(model, [[9]], most=3) == [[[4, NO_PRODUCT, NO_PRODUCT]]]


def test_a_model_that_cannot_explain_gives_no_reasons():
    assert reasons(object(), [[9, 8]]) == [[[NO_PRODUCT] * 2] * 2]
