"""What Ctrl-K finds."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from config.pages.search import EACH, find
from tests.factories import (
    AdminFactory,
    MemberFactory,
    OrderFactory,
    ProductFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


def request(*, admin: bool = True) -> HttpRequest:
    made = RequestFactory().get("/")
    made.user = AdminFactory() if admin else StaffFactory()
    return made


def titles(term: str) -> set[str]:
    return {str(result.title) for result in find(request(), term)}


@pytest.mark.parametrize(
    ("term", "expected"),
    [("ann", {"Ann Lee"}), ("A1", {"Ann Lee"}), ("o-7", {"O-77"}), ("tea", {"Green tea"}), ("zzz", set())],
)
def test_members_orders_and_products_are_found(term, expected) -> None:
    ann = MemberFactory(name="Ann Lee", member_no="A1", email="x@example.com")
    OrderFactory(order_no="O-77", member=ann)
    ProductFactory(name="Green tea", sku="P1")

    assert titles(term) == expected


def test_of_each_kind_a_few_are_shown_in_as_many_queries_as_kinds(django_assert_num_queries) -> None:
    MemberFactory.create_batch(EACH + 3, name="Ann")
    http_request = request()

    with django_assert_num_queries(3):
        assert len(find(http_request, "ann")) == EACH


def test_erased_members_are_not_found_and_others_permissions_are_kept() -> None:
    MemberFactory(name="Ann", status="erased")
    MemberFactory(name="Ann")

    assert len(find(request(), "ann")) == 1
    assert find(request(admin=False), "ann") == []


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


def test_ctrl_k_finds_members_orders_and_products(boss: Client) -> None:
    order = OrderFactory(order_no="WINTER-1", member__name="Winter, Anna")
    ProductFactory(name="Winter tyres")
    page = boss.get("/admin/search/", {"s": "winter", "extended": "1"}).content.decode()
    for text in ("WINTER-1", "Winter, Anna", "Winter tyres", reverse("member_page", args=(order.member_id,))):
        assert text in page


def test_ctrl_k_finds_nothing_for_who_may_see_nothing(client: Client) -> None:
    MemberFactory(name="Winter")
    client.force_login(StaffFactory())
    assert "Winter" not in client.get("/admin/search/", {"s": "winter", "extended": "1"}).content.decode()
