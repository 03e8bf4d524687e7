"""Members and products as callers name them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from membership.errors import Conflict, Rejected
from membership.members.lookups import check_may_act, find_member, find_members, find_products
from membership.models import Product
from tests.factories import MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db


def test_a_member_is_found_by_id_or_number_in_any_case(django_assert_num_queries) -> None:
    ann, bob = MemberFactory(member_no="A1"), MemberFactory(member_no="B1")

    with django_assert_num_queries(1):
        members = find_members([str(ann.public_id), " b1 ", "NOBODY", str(uuid4()), "x" * 99])

    assert members == {str(ann.public_id): ann, " b1 ": bob}


def test_a_merged_member_stands_for_the_last_of_the_chain() -> None:
    last = MemberFactory()
    middle = MemberFactory(status="merged", merged_into=last)
    MemberFactory(member_no="FIRST", status="merged", merged_into=middle)

    assert find_members(["FIRST"]) == {"FIRST": last}


def test_a_merge_cycle_and_an_erased_target_are_not_found() -> None:
    first = MemberFactory(member_no="A")
    second = MemberFactory(member_no="B", status="merged", merged_into=first)
    first.status, first.merged_into = "merged", second
    first.save()
    MemberFactory(member_no="C", status="merged", merged_into=MemberFactory(status="erased"))

    assert find_members(["A", "B", "C"]) == {}


def test_an_erased_member_is_not_found() -> None:
    MemberFactory(member_no="A1", status="erased")

    with pytest.raises(Rejected) as caught:
        find_member("A1", field="owner")
    assert (caught.value.errors[0].field, caught.value.message) == ("owner", "There is no member A1.")


def test_products_are_found_by_sku_or_id_in_one_query(django_assert_num_queries) -> None:
    tea, cup = ProductFactory(sku="TEA"), ProductFactory(sku="CUP")

    with django_assert_num_queries(1):
        assert find_products(["TEA", str(cup.public_id)]) == {"TEA": tea, str(cup.public_id): cup}
    with django_assert_num_queries(2):  # and whether it is a former SKU
        assert find_products(["TEA", str(cup.public_id), "tea"]) == {"TEA": tea, str(cup.public_id): cup}


def test_products_are_looked_for_among_those_given() -> None:
    ProductFactory(sku="OLD", is_active=False)

    assert find_products(["OLD"], products=Product.objects.sellable()) == {}


@pytest.mark.parametrize(("status", "may"), [("active", True), ("frozen", False)])
def test_a_frozen_member_cannot_order(status, may) -> None:
    member = MemberFactory.build(status=status, member_no="A1")
    if may:
        check_may_act(member)
        return
    with pytest.raises(Conflict, match="A1 is frozen"):
        check_may_act(member)


def test_a_product_is_found_by_its_former_sku():
    product = ProductFactory(sku="A")
    product.sku = "B"
    product.save()

    assert find_products(["A", "B"]) == {"A": product, "B": product}
