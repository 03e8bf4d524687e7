from __future__ import annotations

import numpy as np
import pytest

from importing.files.frames import CleanColumn
from importing.kinds.order_parts.products import BY_NAME, OrderProducts, plain_name, product_keys, slug
from tests.factories import NOON, ProductFactory


def column(values: list[str], codes: list[int]) -> CleanColumn:
    return CleanColumn(values=values, codes=np.array(codes, dtype=np.int32), problems=[])


def test_a_line_is_named_by_its_sku_else_its_id_else_its_name():
    keys = product_keys({
        "sku": column(["A"], [0, -1, -1, -1]),
        "product_id": column(["7", "A"], [0, 0, 1, -1]),
        "product_name": column(["Tea"], [0, 0, 0, 0]),
    })  # fmt: skip
    assert keys.objects() == ["A", "7", "A", f"{BY_NAME}Tea"]


@pytest.mark.parametrize("name", ["Tea – black", "TEA - black", " tea—Black "])
def test_names_that_differ_in_marks_only_are_one(name: str):
    assert plain_name(name) == "tea-black"


def test_a_number_is_made_of_a_name():
    assert slug("Green Tea, 100 g") == "green-tea-100-g"


@pytest.mark.django_db
def test_a_line_without_a_number_finds_its_product_by_name():
    product = ProductFactory.create(sku="A", name="Green Tea")
    known, unknown = OrderProducts(creates=True, now=NOON).find([f"{BY_NAME}GREEN TEA", "B"])
    assert known is not None
    assert (known.id, unknown) == (product.pk, None)
