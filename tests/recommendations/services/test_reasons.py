"""Why a product is shown, in the reader's language. No database."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from membership.models import Product
from recommendations.services.reasons import CODES, NAMED, PLAIN, reason_of

PRODUCTS = {1: Product(pk=1, name="Milk"), 2: Product(pk=2, name="Bread")}


@pytest.mark.parametrize(
    ("entry", "code", "text"),
    [
        ({"times": 1}, "bought_before", "bought 1 time"),
        ({"times": 3, "last": "2026-03-02"}, "bought_before", "bought 3 times, last on 2026-03-02"),
        ({"because": [1]}, "because_bought", "because of Milk"),
        ({"because": [1, 2]}, "because_bought", "because of Milk and Bread"),
        ({"because": [9]}, "popular", "popular with other members"),
        ({}, "popular", "popular with other members"),
        ({"why": "similar", "because": [2]}, "similar", "similar to Bread"),
        ({"why": "goes_with", "because": [1, 2]}, "goes_with", "goes with Milk"),
        ({"why": "because_looked", "because": [1]}, "because_looked", "because you looked at Milk"),
        ({"why": "segment"}, "segment", "liked by members like this one"),
        ({"why": "chosen"}, "chosen", "chosen by the shop"),
        ({"why": "matches"}, "matches", "matches the search"),
    ],
)
def test_an_entry_has_its_reason(entry: dict[str, Any], code: str, text: str):
    reason = reason_of(entry, PRODUCTS)

    assert (reason.code, reason.text) == (code, text)


def test_a_reason_that_needs_a_product_falls_back_when_it_is_gone():
    assert reason_of({"why": "similar", "because": [9]}, PRODUCTS).code == "popular"


def test_the_products_behind_a_reason_come_with_it():
    assert [one.pk for one in reason_of({"because": [2, 1]}, PRODUCTS).products] == [2, 1]
    assert [one.pk for one in reason_of({"why": "similar", "because": [2, 1]}, PRODUCTS).products] == [2]


def test_every_kind_of_reason_is_a_known_code():
    assert {*PLAIN, *NAMED, "because_bought", "bought_before"} == set(CODES)


def test_reasons_follow_the_readers_language():
    with translation.override("zh-hans"):
        texts = {reason_of({"why": why, "because": [1]}, PRODUCTS).text for why in (*PLAIN, *NAMED)}

    assert len(texts) == len(PLAIN) + len(NAMED)
    assert all(any(ord(letter) > 0x3000 for letter in text) for text in texts)
