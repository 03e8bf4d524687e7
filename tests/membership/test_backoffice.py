"""What the admin's lists share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, ShopAdmin, link_to
from membership.models import Member, Order
from tests.factories import AdminFactory, MemberFactory, OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db


def days(queryset, **given: str):
    ours = admin.site._registry[Member]
    parameters = {f"joined_at_{end}": [value] for end, value in given.items()}
    field = Member._meta.get_field("joined_at")
    wanted = DayRangeFilter(field, RequestFactory().get("/"), parameters, Member, ours, "joined_at")
    return wanted.queryset(RequestFactory().get("/"), queryset)


@pytest.mark.parametrize(
    ("given", "finds"),
    [
        ({"from": "2026-03-02"}, {"2", "3"}),
        ({"to": "2026-03-02"}, {"1", "2"}),
        ({"from": "2026-03-02", "to": "2026-03-02"}, {"2"}),
        ({"from": "yesterday", "to": ""}, {"1", "2", "3"}),
    ],
)
def test_days_of_the_shop_are_filtered_with_both_ends(settings, given, finds) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    for day in (1, 2, 3):
        MemberFactory(member_no=str(day), joined_at=datetime(2026, 3, day, 3, tzinfo=UTC))

    assert {member.member_no for member in days(Member.objects.all(), **given)} == finds


def test_a_row_links_to_its_page_and_a_member_to_the_page_about_them() -> None:
    order, member = OrderFactory(order_no="<b>"), MemberFactory(name="Ann")

    assert f"/admin/membership/order/{order.pk}/change/" in link_to(order)
    assert "&lt;b&gt;" in link_to(order)
    assert f"/admin/membership/member/{member.pk}/" in link_to(member, text="A")
    assert link_to(member, text="A").endswith(">A</a>")
    assert link_to(None) == "–"


def test_rows_of_services_are_read_only_even_for_an_administrator() -> None:
    request = RequestFactory().get("/")
    request.user = AdminFactory()
    page = ReadOnlyAdmin(Order, admin.site)

    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.has_view_permission(request)


def test_no_list_is_shown_whole() -> None:
    assert (ShopAdmin.list_max_show_all, ShopAdmin.show_full_result_count) == (0, False)
    assert ShopAdmin.list_per_page <= 50


def test_a_list_without_search_counts_its_rows_once(client: Client, django_assert_max_num_queries) -> None:
    client.force_login(AdminFactory())
    ProductFactory.create_batch(3)

    with django_assert_max_num_queries(12) as queries:
        client.get("/admin/membership/product/")

    counts = [query for query in queries if query["sql"].startswith("SELECT COUNT(*)")]
    assert len([query for query in counts if "membership_product" in query["sql"]]) == 1
