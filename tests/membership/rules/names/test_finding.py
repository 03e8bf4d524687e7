"""Names in rules: what is stored for them, and what is said of those that are not there."""

from __future__ import annotations

import pytest

from membership.rules.names.finding import (
    ARGUMENT_NAMES,
    NAMES,
    find_brand,
    find_category,
    find_channel,
    find_product,
    find_segment,
    find_store,
    find_tag,
)
from membership.rules.nodes import KINDS, Ref
from tests.factories import CategoryFactory, ProductFactory, SegmentFactory, StoreFactory, TagFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["Food > Coffee", "food > coffee", "coffee", " Coffee "])
def test_a_category_is_found_by_path_or_name_in_any_case(text) -> None:
    coffee = CategoryFactory(name="Coffee", path="Food > Coffee")

    assert find_category(text).stored == Ref("category", coffee.pk)


def test_a_path_counts_before_a_name() -> None:
    tea = CategoryFactory(name="Tea", path="Tea")
    CategoryFactory(name="Tea", path="Food > Tea")

    assert (find_category("tea").stored, find_category("tea").problem) == (Ref("category", tea.pk), "")


def test_of_two_that_differ_only_in_case_each_is_found_as_it_is_written() -> None:
    upper, lower = CategoryFactory(name="TEA"), CategoryFactory(name="tea")

    assert find_category("TEA").stored == Ref("category", upper.pk)
    assert find_category("tea").stored == Ref("category", lower.pk)


def test_a_category_that_is_not_there_suggests_the_closest() -> None:
    CategoryFactory(name="Coffee", path="Food > Coffee")

    name_match = find_category("Cofee")

    assert (name_match.stored, name_match.suggestion) == ("Cofee", "Coffee")
    assert name_match.problem == "there is no category “Cofee”; did you mean “Coffee”?"


def test_what_was_renamed_is_suggested_under_its_former_name() -> None:
    category, product, tag = CategoryFactory(name="Coffee"), ProductFactory(sku="A-1"), TagFactory(name="vip")
    category.name, product.sku, tag.name = "Hot drinks", "Z/9", "best"
    for row in (category, product, tag):
        row.save()

    assert find_category("coffee").suggestion == "Hot drinks"
    assert find_product("A-1").suggestion == "Z/9"
    assert find_tag("VIP").suggestion == "best"


def test_a_brand_is_stored_as_the_shop_writes_it() -> None:
    ProductFactory(brand="Acme")

    assert find_brand("ACME").stored == "Acme"
    assert find_brand("Acmee").suggestion == "Acme"
    assert find_brand("Zzz").problem == "there is no brand “Zzz”."


def test_a_sku_is_exact_and_one_with_the_same_beginning_is_suggested() -> None:
    beans = ProductFactory(sku="BEANS-1")

    assert find_product("BEANS-1").stored == Ref("product", beans.pk)
    assert find_product("beans-1").suggestion == "BEANS-1"
    assert find_product("").suggestion == ""


def test_a_store_is_named_by_its_code() -> None:
    north = StoreFactory(code="north")

    assert find_store("north").stored == Ref("store", north.pk)
    assert find_store("Nrth").suggestion == "north"


def test_a_tag_is_found_in_any_case_and_a_segment_by_its_key() -> None:
    tag, segment = TagFactory(name="vip"), SegmentFactory(key="staff")

    assert find_tag("VIP").stored == Ref("tag", tag.pk)
    assert find_segment("staff").stored == Ref("segment", segment.pk)
    assert find_segment("staf").suggestion == "staff"


def test_a_channel_is_one_of_the_four() -> None:
    assert find_channel("WEB").stored == "web"
    assert "there are: store, web, app, phone" in find_channel("fax").problem


def test_every_name_has_its_own_search() -> None:
    assert set(ARGUMENT_NAMES) == {"category", "brand", "product", "store", "channel"}
    assert set(NAMES) == set(KINDS)
    for find in (*ARGUMENT_NAMES.values(), *NAMES.values()):
        assert find("no such name").problem
