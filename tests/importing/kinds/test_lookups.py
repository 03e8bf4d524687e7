from __future__ import annotations

import pytest

from importing.kinds.lookups import (
    CategoryTree,
    MemberFinder,
    ProductFinder,
    find_members,
    find_stores,
    select_in,
    slices,
)
from membership.models import Category, Member, Store
from tests.factories import MemberFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_members_are_found_by_any_spelling_of_number_and_by_address():
    upper, mixed = MemberFactory.create(member_no="M1"), MemberFactory.create(member_no="aB2")
    mail = MemberFactory.create(email="ann@x.de")
    known = find_members(["M1", "AB2", "ANN@X.DE", "?"])
    assert [member.id for member in known] == [upper.pk, mixed.pk, mail.pk, 0]
    assert known[3].problem == "unknown_member"


def test_a_chain_of_merges_is_followed_to_its_end():
    target = MemberFactory.create()
    middle = MemberFactory.create(status=Member.Status.MERGED, merged_into=target)
    first = MemberFactory.create(member_no="M1", status=Member.Status.MERGED, merged_into=middle)
    (known,) = find_members(["M1"])
    assert (known.id, known.problem, known.named_id) == (target.pk, "", first.pk)


def test_an_erased_member_may_not_be_written_to():
    MemberFactory.create(member_no="M1", name="", email=None, phone=None, status=Member.Status.ERASED)
    assert find_members(["M1"])[0].problem == "erased_member"


def test_members_are_looked_up_once_an_import(django_assert_num_queries):
    member, finder = MemberFactory.create(member_no="M1"), MemberFinder()
    assert finder.find(["M1", "?"])[0].id == member.pk
    with django_assert_num_queries(1):  # whether it was erased or merged since
        (known,) = finder.find(["M1"])
    assert known.id == member.pk


def test_a_member_that_is_erased_or_merged_during_an_import_is_not_written_to():
    first, second = (MemberFactory.create(member_no=number) for number in ("M1", "M2"))
    finder = MemberFinder()
    finder.find(["M1", "M2"])
    Member.objects.filter(pk=first.pk).update(name="", email=None, phone=None, status=Member.Status.ERASED)
    target = MemberFactory.create()
    Member.objects.filter(pk=second.pk).update(status=Member.Status.MERGED, merged_into=target)
    erased, merged = finder.find(["M1", "M2"])
    assert erased.problem == "erased_member"
    assert (merged.id, merged.named_id) == (target.pk, second.pk)
    assert finder.find(["M2"])[0].id == target.pk


def test_products_are_asked_for_once(django_assert_num_queries):
    product, finder = ProductFactory.create(sku="A"), ProductFinder()
    with django_assert_num_queries(1):
        for _chunk in range(2):
            (known,) = finder.find(["A"])
    assert known is not None
    assert known.id == product.pk


def test_a_product_is_found_by_the_sku_it_had_before():
    product = ProductFactory.create(sku="A")
    product.sku = "B"
    product.save()

    old, new = ProductFinder().find(["A", "B"])

    assert old == new
    assert old is not None
    assert old.id == product.pk


def test_stores_that_are_not_known_are_made():
    old = StoreFactory.create(code="S1")
    assert find_stores(["S1", "S2"]) == [old.pk, Store.objects.get(code="S2").pk]


def test_a_path_makes_the_nodes_that_are_missing():
    tree = CategoryTree()
    ids = tree.find(["Food > Tea", "food", "FOOD > tea"])
    assert ids[0] == ids[2]
    assert Category.objects.get(pk=ids[0]).parent_id == ids[1]
    assert Category.objects.count() == 2


def test_a_renamed_category_is_found_by_its_former_path_and_new_ones_go_below_it():
    tea = Category.objects.get(pk=CategoryTree().find(["Food > Tea"])[0])
    tea.name = "Leaves"
    tea.save()

    found, below = CategoryTree().find(["food > tea", "Food > Tea > Green"])

    assert found == tea.pk
    assert Category.objects.get(pk=below).path == "Food > Leaves > Green"
    assert Category.objects.count() == 3


def test_a_category_that_is_renamed_during_an_import_is_no_two():
    tree = CategoryTree()
    food = Category.objects.get(pk=tree.find(["Food"])[0])
    food.name = "Groceries"
    food.save()

    (tea,) = tree.find(["Food > Tea"])

    assert Category.objects.get(pk=tea).path == "Groceries > Tea"


def test_values_are_asked_for_in_lists_that_fit_a_query(monkeypatch):
    assert list(slices(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(slices([])) == []
    MemberFactory.create(member_no="M1")
    assert select_in(Member, ("member_no",), where="member_no", values=["M1", "M2"]) == [("M1",)]
