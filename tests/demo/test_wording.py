"""Till abbreviations in readable words."""

from __future__ import annotations

import pandas as pd
import pytest

from demo.wording import in_words, names, paths


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("FRZN NOVELTIES/WTR ICE", "Frozen Novelties / Water Ice"),
        ("PNT BTR/JELLY/JAMS", "Peanut Butter / Jelly / Jams"),
        ("BBQ SAUCE", "BBQ Sauce"),
        ("CANDY - PACKAGED", "Candy - Packaged"),
        ("NDAIRY MILK", "Non-Dairy Milk"),
        ("", ""),
    ],
)
def test_an_abbreviation_becomes_words(raw, words) -> None:
    assert in_words(pd.Series([raw])).tolist() == [words]


def test_an_unknown_text_is_empty() -> None:
    assert in_words(pd.Series([None, "TEA"])).tolist() == ["", "Tea"]


def product(**changes: object) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    row = {"brand": "National", "package_size": "6 PK/4 OZ", **changes}
    words = {"product_type": "Tea", "product_category": "Drinks", "department": "Grocery"}
    words |= {name: str(value) for name, value in changes.items() if name in words}
    return pd.DataFrame([row]), {name: pd.Series([value]) for name, value in words.items()}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Tea, 6 pk / 4 oz"),
        ({"brand": "Private"}, "Our Own Tea, 6 pk / 4 oz"),
        ({"package_size": "EACH"}, "Tea"),
        ({"package_size": "", "product_type": ""}, "Drinks"),
        ({"package_size": "", "product_type": "", "product_category": ""}, "Grocery Item"),
    ],
)
def test_a_product_is_called_by_its_narrowest_name_and_size(changes, name) -> None:
    products, words = product(**changes)

    assert names(products, words) == [name]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({}, "Grocery > Drinks > Tea"),
        ({"product_category": "Tea"}, "Grocery > Tea"),
        ({"product_type": ""}, "Grocery > Drinks"),
        ({"department": "A > B"}, "A   B > Drinks > Tea"),
        ({"department": "", "product_category": "", "product_type": ""}, "Other"),
    ],
)
def test_a_path_names_each_level_once(changes, path) -> None:
    _products, words = product(**changes)

    assert paths(words) == [path]
