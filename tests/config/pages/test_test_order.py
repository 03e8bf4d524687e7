from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from membership.models import Member, Order
from tests.factories import (
    AdminFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
URL = "/admin/test-order/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def form_for(member: Member) -> dict[str, object]:
    product = ProductFactory()
    return {
        "order_no": "TEST-1",
        "member": member.pk,
        "channel": "web",
        "product_1": product.pk,
        "quantity_1": 2,
        "payment_method": "card",
        "device_fingerprint": "dev-1",
    }


def test_posting_shows_the_decision_and_links_the_order(boss: Client) -> None:
    answer = boss.post(URL, form_for(MemberFactory()))
    order = Order.objects.get(order_no="TEST-1")
    assert (order.items.get().quantity, order.device_fingerprint) == (2, "dev-1")
    page = answer.content.decode()
    assert reverse("admin:membership_order_change", args=(order.pk,)) in page
    assert 'id="result"' in page
    assert answer.context["result"].decision in ("approve", "review", "decline")


def test_a_double_click_is_one_order(boss: Client) -> None:
    form = form_for(MemberFactory())
    boss.post(URL, form)
    boss.post(URL, form)
    assert Order.objects.count() == 1


def test_a_frozen_member_is_refused_with_a_reason(boss: Client) -> None:
    answer = boss.post(URL, form_for(MemberFactory(status=Member.Status.FROZEN)))
    assert answer.context["form"].non_field_errors()
    assert not Order.objects.exists()


def test_an_order_without_products_is_not_posted(boss: Client) -> None:
    form = form_for(MemberFactory()) | {"product_1": ""}
    assert "product_1" in boss.post(URL, form).context["form"].errors
    assert not Order.objects.exists()


def test_a_typical_order_is_what_the_member_buys_on_the_known_device(boss: Client) -> None:
    order = OrderFactory(device_fingerprint="own-phone", payment_fingerprint="own-card")
    item = OrderItemFactory(order=order)
    initial = boss.get(URL, {"prefill": "typical", "member": order.member_id}).context["form"].initial
    assert (initial["member"], initial["product_1"]) == (order.member_id, item.product_id)
    assert (initial["device_fingerprint"], initial["payment_fingerprint"]) == ("own-phone", "own-card")


def test_a_suspicious_order_has_an_unknown_device_and_expensive_products(boss: Client) -> None:
    order = OrderFactory(device_fingerprint="own-phone")
    ProductFactory(price=1)
    dear = ProductFactory(price=999)
    initial = boss.get(URL, {"prefill": "suspicious", "member": order.member_id}).context["form"].initial
    assert initial["product_1"] == dear.pk
    assert initial["device_fingerprint"] not in ("", "own-phone")


def test_an_empty_shop_still_shows_the_form(boss: Client) -> None:
    for prefill in ("typical", "suspicious", "nonsense"):
        assert boss.get(URL, {"prefill": prefill, "member": "x"}).status_code == 200


def test_posting_needs_the_permission(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))
    assert client.get(URL).status_code == 403
    assert client.post(URL, form_for(MemberFactory())).status_code == 403
    assert not Order.objects.exists()
