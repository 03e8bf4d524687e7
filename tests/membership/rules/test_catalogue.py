"""Names of the shop's catalogue in rules."""

from __future__ import annotations

import pytest

from membership.rules.catalogue import (
    ARGUMENT_NAMES,
    find_brand,
    find_category,
    find_channel,
    find_product,
    find_store,
)
from tests.factories import CategoryFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["Food > Coffee", "food > coffee", "coffee", " Coffee "])
def test_a_category_is_found_by_path_or_name_in_any_case(text) -> None:
    CategoryFactory(name="Coffee", path="Food > Coffee")

    assert find_category(text).stored == "Food > Coffee"


def test_a_path_counts_before_a_name() -> None:
    CategoryFactory(name="Tea", path="Tea")
    CategoryFactory(name="Tea", path="Food > Tea")

    assert (find_category("tea").stored, find_category("tea").problem) == ("Tea", "")


def test_a_category_that_is_not_there_suggests_the_closest() -> None:
    CategoryFactory(name="Coffee", path="Food > Coffee")

    name_match = find_category("Cofee")

    assert (name_match.stored, name_match.suggestion) == ("Cofee", "Coffee")
    assert name_match.problem == "there is no category “Cofee”; did you mean “Coffee”?"


def test_a_brand_is_stored_as_the_shop_writes_it() -> None:
    ProductFactory(brand="Acme")

    assert find_brand("ACME").stored == "Acme"
    assert find_brand("Acmee").suggestion == "Acme"
    assert find_brand("Zzz").problem == "there is no brand “Zzz”."


def test_a_sku_is_exact_and_one_with_the_same_beginning_is_suggested() -> None:
    ProductFactory(sku="BEANS-1")

    assert find_product("BEANS-1").problem == ""
    assert find_product("beans-1").suggestion == "BEANS-1"
    assert find_product("").suggestion == ""


def test_a_store_is_named_by_its_code() -> None:
    StoreFactory(code="north")

    assert find_store("north").problem == ""
    assert find_store("Nrth").suggestion == "north"


def test_a_channel_is_one_of_the_four() -> None:
    assert find_channel("WEB").stored == "web"
    assert "there are: store, web, app, phone" in find_channel("fax").problem


def test_every_name_argument_has_its_own_search() -> None:
    assert set(ARGUMENT_NAMES) == {"category", "brand", "product", "store", "channel"}
    for find in ARGUMENT_NAMES.values():
        assert find("no such name").problem
