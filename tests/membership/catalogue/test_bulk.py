"""Many products at once by their SKUs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from learning.json_types import JsonObject
from membership.catalogue.bulk import ProductOutcome, upsert_products
from membership.catalogue.stock.changing import Cause
from membership.models import Category, Product, ProductGroup, StockMovement
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db


def draft(sku: str, **values: object) -> JsonObject:
    return {"sku": sku, "price": Decimal(5), **values}


def upsert(*drafts: JsonObject) -> list[ProductOutcome]:
    return upsert_products(drafts=drafts, cause=Cause("api", who="ann"))


def statuses(*drafts: JsonObject) -> list[str]:
    return [one.status for one in upsert(*drafts)]


def test_new_ones_are_made_changed_ones_changed_and_the_same_again_is_nothing() -> None:
    ProductFactory(sku="CUP", price=Decimal(3), stock=2)
    both = (draft("TEA", category="Food > Tea", stock=7), draft("CUP", stock=4))

    first = upsert(*both)

    assert [one.status for one in first] == ["created", "updated"]
    assert [one.id for one in first] == [Product.objects.get(sku=sku).public_id for sku in ("TEA", "CUP")]
    assert statuses(*both) == ["unchanged", "unchanged"]
    tea, cup = Product.objects.get(sku="TEA"), Product.objects.get(sku="CUP")
    assert (tea.name, str(tea.category), tea.stock, cup.price, cup.stock) == (
        "TEA",
        "Food > Tea",
        7,
        Decimal(5),
        4,
    )
    assert list(StockMovement.objects.values_list("product__sku", "units", "who")) == [("CUP", 2, "ann")]


def test_a_wrong_one_is_rejected_whole_and_stops_no_other() -> None:
    outcomes = upsert(
        {"sku": "NEW", "category": "Never made"},
        draft("TEA"),
        draft("TEA", name="Twice"),
        draft("CUP", options={"Size": "S"}),
    )

    assert [one.status for one in outcomes] == ["rejected", "created", "rejected", "rejected"]
    assert [[error.field for error in one.errors] for one in outcomes] == [
        ["price"],
        [],
        ["sku"],
        ["options"],
    ]
    assert list(Product.objects.values_list("sku", "name")) == [("TEA", "TEA")]
    assert not Category.objects.exists()


def test_a_former_sku_means_the_product_of_now() -> None:
    product = ProductFactory(sku="OLD")
    product.sku = "NEW"
    product.save()

    (outcome,) = upsert(draft("OLD", name="Changed"))

    assert (outcome.status, outcome.sku) == ("updated", "NEW")
    assert Product.objects.get().name == "Changed"


def test_variants_join_one_group_and_two_cannot_be_the_same() -> None:
    outcomes = upsert(
        draft("M", group="tee", group_name="Tee", options={"Size": "M"}),
        draft("L", group="tee", options={"Size": "L"}),
        draft("L2", group="tee", options={"Size": "l"}),
    )

    assert [one.status for one in outcomes] == ["created", "created", "rejected"]
    assert outcomes[2].errors[0].message == "L of the same group has these options."
    group = ProductGroup.objects.get()
    assert (group.name, group.options, group.products.count()) == ("Tee", ["Size"], 2)


def test_options_pass_from_one_product_to_another() -> None:
    upsert(
        draft("A", group="tee", options={"Size": "M"}),
        draft("B", group="tee", options={"Size": "S"}),
    )

    assert statuses(draft("A", options={"Size": "L"}), draft("B", options={"Size": "M"})) == ["updated"] * 2
    assert dict(Product.objects.values_list("sku", "options")) == {"A": {"Size": "L"}, "B": {"Size": "M"}}


def test_a_rejected_one_keeps_its_place() -> None:
    upsert(draft("A", group="tee", options={"Size": "M"}), draft("B", group="tee", options={"Size": "S"}))

    outcomes = statuses(
        draft("A", options={"Size": "S"}),  # B has it
        draft("C", group="tee", options={"Size": "M"}),  # A still has it
    )

    assert outcomes == ["rejected", "rejected"]
    assert Product.objects.get(sku="A").options == {"Size": "M"}


def test_a_thousand_take_as_many_queries_as_two(django_assert_max_num_queries) -> None:
    drafts = [draft(f"P{n}", category="Food > Tea", group=f"g{n // 5}", options={"n": str(n)}, stock=n)
              for n in range(1_000)]  # fmt: skip
    upsert(*drafts[:1])
    with django_assert_max_num_queries(30):
        assert statuses(*drafts).count("created") == 999
    changed = [{**one, "stock": 1} for one in drafts]
    with django_assert_max_num_queries(40):
        assert statuses(*changed).count("updated") == 999
