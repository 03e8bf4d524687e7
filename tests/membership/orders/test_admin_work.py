"""What staff do to orders in the admin."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from membership.models import Order, OrderChange
from tests.factories import AdminFactory, OrderFactory, StaffFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory(username="boss"))
    return client


@pytest.fixture
def order() -> Order:
    product("TEA", "2.50", stock=10)
    product("CUP", "10.00", stock=10)
    return taken({"TEA": 3, "CUP": 1})


def work(client: Client, order: Order, *, seen: int | None = None, **given: str) -> str:
    newest = order.changes.order_by("-id").values_list("pk", flat=True).first() or 0
    body = {"reason": "a reason", "seen": str(newest if seen is None else seen), **given}
    answer = client.post(f"/admin/membership/order/{order.pk}/work/", body, follow=True)
    assert answer.status_code == 200
    order.refresh_from_db()
    return answer.content.decode()


@pytest.mark.parametrize("status", ["shipped", "completed", "cancelled"])
def test_an_order_moves_on(boss, order, status) -> None:
    work(boss, order, do=status)

    change = OrderChange.objects.get()
    assert order.status == status
    assert (change.source, change.who, change.reason) == ("admin", "boss", "a reason")


def test_an_order_is_refunded_by_line_by_amount_and_whole(boss, order) -> None:
    work(boss, order, do="lines", refund_1="2", refund_2="", restock="1")
    assert (order.total, order.items.get(line_no=1).product.stock) == (Decimal("12.50"), 9)
    work(boss, order, do="amount", amount="2.50")
    assert order.total == 10
    page = work(boss, order, do="all")
    assert order.status == "refunded"
    assert page.count("a reason") >= 3


def test_a_cancelled_order_is_reopened(boss, order) -> None:
    work(boss, order, do="cancelled")
    assert "Reopen the order" in work(boss, order, do="shipped")
    work(boss, order, do="reopen")
    assert (order.status, order.changes.count()) == ("paid", 2)


def test_lines_are_changed_taken_out_and_added(boss, order) -> None:
    product("MUG", "7.00")
    work(
        boss,
        order,
        do="edit",
        quantity_1="5",
        price_1="2.00",
        quantity_2="0",
        new_sku="MUG",
        new_quantity="2",
    )

    lines = order.items.order_by("line_no").values_list("line_no", "product__sku", "quantity", "total")
    assert list(lines) == [(1, "TEA", 5, 10), (3, "MUG", 2, 14)]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"do": "shipped", "reason": " "}, "Say why"),
        ({"do": "amount", "amount": "much"}, "“much” is not a valid"),
        ({"do": "amount", "amount": "-1"}, "“-1” is not"),
        ({"do": "amount", "amount": "99"}, "can still be given back"),
        ({"do": "lines"}, "how many of which line"),
        ({"do": "lines", "refund_1": "x"}, "is not a quantity"),
        ({"do": "dance"}, "Choose what to do"),
        ({"do": "edit", "quantity_1": "0", "quantity_2": "0"}, "cancel it instead"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(boss, order, given, words) -> None:
    assert words in work(boss, order, **given)
    assert not OrderChange.objects.exists()


def test_a_form_that_was_sent_twice_refunds_once(boss, order) -> None:
    seen = 0
    work(boss, order, seen=seen, do="amount", amount="2.50")
    assert "has changed since" in work(boss, order, seen=seen, do="amount", amount="2.50")
    assert order.refunded == Decimal("2.50")


def test_several_orders_are_changed_and_refusals_are_named(boss) -> None:
    paid, shipped = OrderFactory(status="paid"), OrderFactory(status="shipped")
    body = {"action": "cancel_orders", "_selected_action": [paid.pk, shipped.pk]}

    page = boss.post("/admin/membership/order/", body, follow=True).content.decode()

    assert set(Order.objects.values_list("status", flat=True)) == {"cancelled", "shipped"}
    assert "1 order changed." in page
    assert f"{shipped.order_no}: The order has been shipped" in page


def test_who_may_only_look_changes_nothing(client, order) -> None:
    user = StaffFactory()
    user.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(user)

    page = client.get(f"/admin/membership/order/{order.pk}/change/").content.decode()
    answer = client.post(f"/admin/membership/order/{order.pk}/work/", {"do": "cancelled", "reason": "x"})

    assert "Nothing was changed since" in page
    assert "Cancel the order" not in page
    assert answer.status_code == 403
    assert client.get(f"/admin/membership/order/{order.pk}/work/").status_code == 405


def test_lines_are_marked_as_gifts_and_unmarked(boss, order) -> None:
    def gifts() -> list[int]:
        return list(order.items.filter(is_gift=True).values_list("line_no", flat=True))

    page = work(boss, order, do="gifts", gift_2="1")
    assert gifts() == [2]
    assert 'name="gift_2" value="1" checked' in page
    work(boss, order, do="gifts", gift_1="1")
    assert gifts() == [1]
    work(boss, order, do="gifts", reason="")
    assert gifts() == []


def test_who_may_not_change_orders_marks_no_gift(client, order) -> None:
    reader = StaffFactory()
    reader.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(reader)
    answer = client.post(f"/admin/membership/order/{order.pk}/work/", {"do": "gifts", "gift_1": "1"})

    assert answer.status_code == 403
    assert not order.items.filter(is_gift=True).exists()
