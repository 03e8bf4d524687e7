from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from importing.running import Options
from membership.models import Member, MemberFeatures, Order, OrderChange, OrderItem, Product, Store
from tests.factories import MemberFactory, OrderItemFactory
from tests.importing.import_files import (
    balanced,
    import_rows,
    order_line,
    rejected_rows,
    stock_shop,
    stored_orders,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    stock_shop()
    return tmp_path / "orders.csv"


def test_an_order_gets_exact_totals_and_lines(file: Path):
    second = order_line(line_no="2", sku="bread", quantity="3", unit_price="0.335", discount="")
    report = import_rows("orders", file, [order_line(), second])
    order = Order.objects.get()
    assert (order.subtotal, order.discount, order.total) == (
        Decimal("3.51"),
        Decimal("0.50"),
        Decimal("3.01"),
    )
    assert (order.item_count, order.currency, order.channel) == (2, "USD", "web")
    assert order.placed_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert [item.total for item in order.items.order_by("line_no")] == [Decimal("2.00"), Decimal("1.01")]
    assert report.created == 2
    assert report.imputed_by_field == {"discount": 1}


def test_lines_repeat_member_moment_and_category_of_their_order(file: Path):
    import_rows("orders", file, [order_line()])
    item = OrderItem.objects.get()
    assert (item.member.member_no, item.placed_at) == ("M1", item.order.placed_at)
    assert item.category_id == Product.objects.get(sku="milk").category_id


def test_amounts_round_to_the_currency(file: Path):
    import_rows("orders", file, [order_line(currency="jpy", quantity="3", unit_price="33.5", discount="1")])
    assert Order.objects.get().total == Decimal(100)  # 100.5 rounds up to 101, less 1


def test_a_discount_finer_than_the_currency_is_refused(file: Path):
    report = import_rows("orders", file, [order_line(currency="JPY", discount="0.5")])
    assert report.rejected_by_reason == {"finer_than_currency": 1}


def test_one_bad_line_rejects_its_whole_order_and_no_other(file: Path):
    rows = [order_line(), order_line(line_no="2", unit_price="-1"), order_line(order_no="A2")]
    report = import_rows("orders", file, rows)
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A2"]
    assert report.rejected_by_reason == {"negative": 2}
    assert {row["row"] for row in rejected_rows(report)} == {"2", "3"}
    assert "row 3 of this order" in rejected_rows(report)[0]["reason"]
    assert balanced(report)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"unit_price": "-1"}, "unit_price", "negative"),
        ({"unit_price": "one"}, "unit_price", "not_a_number"),
        ({"unit_price": ""}, "unit_price", "missing"),
        ({"quantity": "1.5"}, "quantity", "not_whole"),
        ({"quantity": "0"}, "quantity", "too_small"),
        ({"discount": "99"}, "discount", "discount_above_line"),
        ({"quantity": "2000000000", "unit_price": "9999999999"}, "unit_price", "too_large"),
        ({"placed_at": "2099-01-01"}, "placed_at", "future"),
        ({"placed_at": "soon"}, "placed_at", "not_a_time"),
        ({"order_no": "8.10E+12"}, "order_no", "scientific"),
        ({"member_no": "M999"}, "member_no", "unknown_member"),
        ({"member_no": ""}, "member_no", "missing"),
        ({"sku": "caviar"}, "sku", "unknown_sku"),
        ({"currency": "XYZ"}, "currency", "not_a_currency"),
        ({"status": "exploded"}, "status", "not_a_choice"),
        ({"order_no": ""}, "order_no", "missing"),
        ({"order_no": "A" * 61}, "order_no", "too_long"),
        ({"sku": "mi\x00lk"}, "sku", "nul"),
    ],
)
def test_a_bad_value_is_rejected_with_field_and_reason(file: Path, change, field, reason):
    report = import_rows("orders", file, [order_line(**change), order_line(order_no="good")])
    assert report.rejected_by_reason == {reason: 1}
    assert rejected_rows(report)[0]["field"] == field
    assert Order.objects.get().order_no == "good"


def test_the_same_file_again_changes_nothing(file: Path):
    rows = [order_line(), order_line(line_no="2", sku="bread")]
    import_rows("orders", file, rows)
    before = stored_orders()
    report = import_rows("orders", file, rows)
    assert (report.created, report.duplicate, report.rejected) == (0, 2, 0)
    assert stored_orders() == before


def test_a_new_status_updates_the_order(file: Path):
    import_rows("orders", file, [order_line()])
    report = import_rows("orders", file, [order_line(status="Refunded")])
    assert (report.updated, Order.objects.get().status) == (1, "refunded")


def test_an_import_does_not_release_a_held_order(file: Path):
    import_rows("orders", file, [order_line()])
    Order.objects.update(status=Order.Status.HELD)
    assert import_rows("orders", file, [order_line()]).duplicate == 1
    assert Order.objects.get().status == Order.Status.HELD


@pytest.mark.parametrize(
    "change", [{"quantity": "3"}, {"member_no": "M2"}, {"sku": "bread"}, {"channel": "app"}, {"store": "S2"}]
)
def test_the_same_number_with_other_content_is_rejected(file: Path, change):
    import_rows("orders", file, [order_line()])
    before = stored_orders()
    report = import_rows("orders", file, [order_line(**change)], options=Options(changed="reject"))
    assert report.rejected_by_reason == {"other_content": 1}
    assert stored_orders() == before
    assert not OrderChange.objects.exists()


def test_an_order_of_another_member_is_never_taken_over(file: Path):
    import_rows("orders", file, [order_line()])
    report = import_rows("orders", file, [order_line(member_no="M2")])
    assert report.rejected_by_reason == {"other_content": 1}


def test_a_changed_order_is_updated_with_its_history(file: Path):
    import_rows("orders", file, [order_line()])
    changed = [
        order_line(quantity="3", channel="app"),
        order_line(line_no="2", sku="bread", discount="", channel="app"),
    ]
    report = import_rows("orders", file, changed)
    order = Order.objects.get()
    assert (report.updated, order.total, order.channel, order.item_count) == (2, Decimal("5.75"), "app", 2)
    change = OrderChange.objects.get()
    assert (change.order, change.source, change.before["channel"]) == (order, "import", "web")
    assert sorted(change.after["lines"]) == ["1", "2"]
    assert MemberFeatures.objects.get(member=order.member).dirty_at
    assert import_rows("orders", file, changed).duplicate == 2
    assert OrderChange.objects.count() == 1


def test_lines_of_an_order_that_lie_apart_are_one_order(file: Path):
    rows = [order_line(), order_line(order_no="A2"), order_line(line_no="2", sku="bread"), order_line()]
    report = import_rows("orders", file, rows, chunk_rows=1)
    assert (report.created, report.duplicate) == (3, 1)
    assert Order.objects.get(order_no="A1").items.count() == 2


def test_an_order_is_refused_whole_wherever_its_bad_line_lies(file: Path):
    rows = [order_line(), order_line(order_no="A2"), order_line(line_no="2", quantity="x")]
    report = import_rows("orders", file, rows, chunk_rows=1)
    assert list(Order.objects.values_list("order_no", flat=True)) == ["A2"]
    assert report.rejected_by_reason == {"not_a_number": 2}


def test_an_exact_copy_of_a_line_is_a_duplicate_and_another_line_under_its_number_an_error(file: Path):
    copied = import_rows("orders", file, [order_line(), order_line(), order_line(line_no="2")])
    assert (copied.created, copied.duplicate, Order.objects.get().item_count) == (2, 1, 2)
    twice = import_rows("orders", file, [order_line(order_no="B"), order_line(order_no="B", quantity="7")])
    assert twice.rejected_by_reason == {"line_twice": 2}


def test_lines_that_disagree_about_their_order_reject_it(file: Path):
    report = import_rows("orders", file, [order_line(), order_line(line_no="2", member_no="M2")])
    assert report.rejected_by_reason == {"lines_disagree": 2}
    assert rejected_rows(report)[0]["field"] == "member_no"


def test_later_lines_may_leave_empty_what_the_first_says(file: Path):
    later = order_line(line_no="2", member_no="", placed_at="", currency="", status="", store="", channel="")
    assert import_rows("orders", file, [order_line(), later]).created == 2


def test_missing_values_are_filled_in_by_rule_and_counted(file: Path):
    bare = {
        name: order_line()[name]
        for name in ("order_no", "member_no", "placed_at", "sku", "quantity", "unit_price")
    }
    report = import_rows("orders", file, [bare, bare])
    order = Order.objects.get()
    assert (order.currency, order.status, order.channel, order.item_count) == ("USD", "paid", "web", 2)
    filled = ("currency", "status", "channel", "line_no", "discount")
    assert report.imputed_by_field == dict.fromkeys(filled, 2)


def test_thousands_at_less_than_a_coin_are_a_weight(file: Path):
    import_rows("orders", file, [order_line(order_no="before", quantity="50", unit_price="0.02")])
    fuel = order_line(order_no="fuel", quantity="12345", unit_price="0.0025")
    report = import_rows("orders", file, [fuel, order_line(order_no="small", sku="bread")])
    assert Product.objects.get(sku="milk").sold_by_weight
    assert set(OrderItem.objects.filter(product__sku="milk").values_list("units", flat=True)) == {None}
    assert OrderItem.objects.get(product__sku="bread").units == 2
    assert report.flagged_by_reason == {"weight_not_units": 1}


def test_an_implausible_number_of_units_is_not_counted_and_its_product_stays(file: Path):
    report = import_rows("orders", file, [order_line(quantity="10000")])
    assert OrderItem.objects.get().units is None
    assert not Product.objects.get(sku="milk").sold_by_weight
    assert report.flagged_by_reason == {"quantity_implausible": 1}


def test_orders_find_their_member_by_any_spelling_or_by_email(file: Path):
    MemberFactory.create(member_no="Web-7", email="kim@example.com")
    rows = [order_line(member_no="WEB-7"), order_line(order_no="A2", member_no="Kim@Example.com")]
    assert import_rows("orders", file, rows).created == 2
    assert set(Order.objects.values_list("member__member_no", flat=True)) == {"Web-7"}


def test_orders_of_a_merged_member_go_to_its_target_and_of_an_erased_one_nowhere(file: Path):
    target = Member.objects.get(member_no="M2")
    Member.objects.filter(member_no="M1").update(status="merged", merged_into=target)
    MemberFactory.create(member_no="gone", status="erased")
    report = import_rows("orders", file, [order_line(), order_line(order_no="A2", member_no="gone")])
    assert Order.objects.get().member == target
    assert report.rejected_by_reason == {"erased_member": 1}


def test_members_with_new_orders_are_marked(file: Path):
    import_rows("orders", file, [order_line()])
    marked = MemberFeatures.objects.filter(dirty_at__isnull=False)
    assert list(marked.values_list("member__member_no", flat=True)) == ["M1"]


def test_an_order_of_a_rejected_row_makes_no_store(file: Path):
    import_rows("orders", file, [order_line(store="S9", unit_price="-1")])
    assert not Store.objects.exists()


def test_formulas_are_kept_as_text_and_defused_in_the_rejects_file(file: Path):
    formula = '=HYPERLINK("http://evil.example")'
    rows = [order_line(coupon=formula), order_line(order_no="A2", coupon=formula, quantity="x")]
    report = import_rows("orders", file, rows)
    assert Order.objects.get().coupon == formula
    assert rejected_rows(report)[0]["coupon"] == "'" + formula


def test_a_corrected_rejects_file_brings_the_text_back_as_it_was(file: Path):
    coupons = ['=HYPERLINK("x")', "' =1", "'plain", "-5", "@team"]
    rows = [order_line(order_no=f"A{n}", coupon=coupon, quantity="x") for n, coupon in enumerate(coupons)]
    report = import_rows("orders", file, rows)
    corrected = [{**row, "quantity": "2"} for row in rejected_rows(report)]
    import_rows("orders", file.with_name("corrected.csv"), corrected)

    assert list(Order.objects.order_by("order_no").values_list("coupon", flat=True)) == coupons


def test_a_dry_run_reports_and_keeps_nothing(file: Path):
    rows = [order_line(), order_line(order_no="A2", quantity="x")]
    report = import_rows("orders", file, rows, dry_run=True)
    assert (report.created, report.rejected, report.dry_run) == (1, 1, True)
    assert not Order.objects.exists()
    assert not Store.objects.exists()
    assert import_rows("orders", file, rows).created == 1


def test_orders_stored_by_others_are_compared_like_imported_ones(file: Path):
    item = OrderItemFactory.create(order__order_no="A1", line_no=1, quantity=5)
    row = order_line(member_no=item.member.member_no, sku=item.product.sku)
    report = import_rows("orders", file, [row], options=Options(changed="reject"))
    assert report.rejected_by_reason == {"other_content": 1}
