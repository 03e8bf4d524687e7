from __future__ import annotations

import pytest

from importing.errors import BadFile
from importing.mapping import Overrides, draft_plan, make_plan


def plan(*headings: str, kind: str = "products", **overrides):
    return make_plan(kind=kind, headings=headings, overrides=Overrides(**overrides))


def test_headings_that_are_our_names_need_no_help():
    made = plan("SKU", "Name", "price", "shelf")
    assert made.sources["sku"] == ("SKU",)
    assert made.unused == ("shelf",)


def test_common_words_are_understood():
    made = plan("Artikelnummer", "Bezeichnung", "Preis")
    assert (made.sources["sku"], made.sources["price"]) == (("Artikelnummer",), ("Preis",))


def test_what_is_mapped_by_hand_counts_before_everything_else():
    made = plan("sku", "name", "price", "Titel", mapping=[("titel", "name")])
    assert made.sources["name"] == ("Titel",)


def test_words_of_a_column_can_be_given_by_hand():
    made = plan("sku", "price", "status", values=[("status", "Aus", "archived")])
    assert made.values["status"]["aus"] == "archived"


def test_a_required_column_may_be_replaced_by_another():
    assert "sale_price" in plan("sku", "sale_price").sources
    with pytest.raises(BadFile, match="no column price"):
        plan("sku", "name")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"preset": "klingon"}, "system klingon is unknown"),
        ({"mapping": [("shelf", "sku")]}, "The file has no column shelf"),
        ({"mapping": [("sku", "flavour")]}, "products have no column flavour"),
        ({"values": [("status", "a", "b")]}, "No column of the file is read as status"),
    ],
)
def test_an_option_that_names_what_does_not_exist_is_refused(overrides, message: str):
    with pytest.raises(BadFile, match=message):
        plan("sku", "price", **overrides)


def test_a_used_heading_must_be_unique():
    with pytest.raises(BadFile, match="price more than once"):
        plan("sku", "price", "price")


def test_orders_of_a_known_system_need_no_buyer():
    headings = ("order_no", "placed_at", "sku", "quantity", "unit_price")
    with pytest.raises(BadFile, match="no column member_no"):
        plan(*headings, kind="orders")


def test_a_column_that_is_said_not_to_be_used_is_not_used() -> None:
    plan, missing = draft_plan(
        kind="members", headings=("member_no", "email", "name"), overrides=Overrides(mapping=[("email", "-")])
    )
    assert missing == []
    assert "email" not in plan.sources
    assert plan.unused == ("email",)


def test_a_column_is_read_as_something_else_only() -> None:
    overrides = Overrides(mapping=[("name", "-"), ("name", "tags")])
    plan, _missing = draft_plan(kind="members", headings=("member_no", "name"), overrides=overrides)
    assert plan.sources == {"member_no": ("member_no",), "tags": ("name",)}


def test_a_draft_goes_as_far_as_it_can_and_says_what_it_lacks() -> None:
    plan, missing = draft_plan(kind="orders", headings=("order_no", "sku"), overrides=Overrides())
    assert set(plan.sources) == {"order_no", "sku"}
    assert missing == ["member_no", "placed_at", "quantity", "unit_price"]
