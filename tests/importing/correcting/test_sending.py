"""Rows that were corrected on the page are imported as the first file was read, once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importing.correcting.rows import all_rows, headings_of, page_of, rows_a_page
from importing.correcting.sending import send_again
from importing.running import Options, resume, run_import
from membership.errors import Conflict
from membership.models import Event, ImportReport, Member, Order, OrderItem, Product
from tests.importing.import_files import import_rows, order_line, rejected_rows, stock_shop, write_csv

pytestmark = pytest.mark.django_db


def edit(report: ImportReport, number: str, **cells: str) -> dict[int, dict[int, str]]:
    """The edit of the row with this number."""
    headings = headings_of(report)
    row = next(row for row in all_rows(report) if row.number == number and row.is_rejected)
    return {row.at: {headings.index(name): text for name, text in cells.items()}}


def sent(report: ImportReport, edits: dict[int, dict[int, str]], **options: Any) -> ImportReport:
    made = send_again(report=report, edits=edits, **options)
    resume(report=made)
    made.refresh_from_db()
    assert made.status == ImportReport.Status.SUCCEEDED, made.error
    return made


def left(report: ImportReport) -> list[str]:
    return [row.number for row in page_of(report, number=1).rows]


@pytest.fixture
def bad_orders(tmp_path: Path) -> ImportReport:
    """A1 has two lines of which one is bad, A2 is good, A3 is bad."""
    stock_shop()
    rows = [
        order_line(), order_line(line_no="2", sku="bread", quantity="x"), order_line(order_no="A2"),
        order_line(order_no="A3", placed_at="some day"),
    ]  # fmt: skip
    return import_rows("orders", tmp_path / "orders.csv", rows)


def test_an_order_is_sent_with_all_its_rows(bad_orders):
    assert left(bad_orders) == ["2", "3", "5"]
    made = sent(bad_orders, edit(bad_orders, "3", quantity="3"))
    assert (made.read, made.rejected, made.corrects) == (2, 0, bad_orders)
    assert list(OrderItem.objects.filter(order__order_no="A1").values_list("quantity", flat=True)) == [2, 3]
    assert left(bad_orders) == ["5"]


def test_a_bad_correction_comes_back_as_a_reject_of_the_new_import(bad_orders):
    made = sent(bad_orders, edit(bad_orders, "5", placed_at="another day"))
    assert (made.rejected, left(bad_orders), left(made)) == (1, ["2", "3"], ["2"])
    again = sent(made, edit(made, "2", placed_at="2026-03-02T12:00:00Z"))
    assert (again.rejected, Order.objects.filter(order_no="A3").count()) == (0, 1)


def test_rows_that_were_sent_cannot_be_sent_twice(bad_orders):
    edits = edit(bad_orders, "3", quantity="3")
    sent(bad_orders, edits)
    with pytest.raises(Conflict, match="sent already"):
        send_again(report=bad_orders, edits=edits)


def test_nothing_is_doubled_when_the_first_file_comes_again(bad_orders):
    sent(bad_orders, edit(bad_orders, "3", quantity="3"))
    run_import(kind="orders", path=Path(bad_orders.file_path))
    assert (Order.objects.count(), OrderItem.objects.count()) == (2, 3)


def test_unchanged_rows_are_sent_when_that_is_wanted(tmp_path):
    rows = [{"member_no": "M7", "type": "view", "occurred_at": "2026-03-01T10:00:00Z"}]
    report = import_rows("events", tmp_path / "events.csv", rows)
    Member.objects.create(member_no="M7")
    unchanged = edit(report, "2", type="view")
    with pytest.raises(Conflict, match="No row was changed"):
        send_again(report=report, edits=unchanged)
    sent(report, unchanged, also_unchanged=True)
    assert Event.objects.count() == 1


def test_a_correction_that_could_not_be_read_leaves_its_rows_in_the_list(bad_orders):
    made = send_again(report=bad_orders, edits=edit(bad_orders, "3", quantity="3"))
    ImportReport.objects.filter(pk=made.pk).update(status=ImportReport.Status.FAILED)
    assert left(bad_orders) == ["2", "3", "5"]


def test_a_value_that_looks_like_a_formula_comes_in_as_it_stands(tmp_path):
    report = import_rows(
        "members", tmp_path / "m.csv", [{"member_no": "", "name": "=1+1"}, {"member_no": "M2", "name": "Bo"}]
    )
    assert [set(row.cells) for row in all_rows(report)] == [{"", "=1+1"}]
    assert rejected_rows(report)[0]["name"] == "'=1+1"
    sent(report, edit(report, "2", member_no="M1"))
    assert Member.objects.get(member_no="M1").name == "=1+1"


def test_a_correction_that_begins_like_a_formula_gains_no_quote(tmp_path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "", "name": "Ana"}])
    sent(report, edit(report, "2", member_no="M1", name="@ana"))
    assert Member.objects.get().name == "@ana"


def test_what_only_the_whole_file_told_counts_for_the_corrected_row(tmp_path):
    """The comma is decimal, and the day comes first: 03.04. is in April."""
    stock_shop()
    good = order_line(order_no="A1", placed_at="25.03.2026 10:00", unit_price="1.234,50", discount="")
    bad = order_line(order_no="A2", placed_at="03.04.2026 10:00", unit_price="1.250", discount="", sku="brad")
    report = import_rows("orders", tmp_path / "orders.csv", [good, bad])
    assert report.rejected == 1
    sent(report, edit(report, "3", sku="bread"))
    order = Order.objects.get(order_no="A2")
    assert (order.placed_at.month, order.total) == (4, Decimal(2_500))


def test_a_contact_that_several_people_share_still_identifies_nobody(tmp_path):
    rows = [
        {"member_no": f"M{n}", "name": f"Person {n}", "phone": "+12125550101", "birth_date": ""}
        for n in range(3)
    ]
    rows[2]["member_no"] = ""
    report = import_rows("members", tmp_path / "m.csv", rows)
    sent(report, edit(report, "4", member_no="M2"))
    assert set(Member.objects.values_list("phone", flat=True)) == {None}
    assert Member.objects.count() == 3


def test_the_same_system_and_words_are_used(tmp_path):
    rows = [
        {"Name": "#1", "Email": "ana@example.com", "Financial Status": "paid", "Created at": "some day",
         "Lineitem name": "Mug", "Lineitem sku": "MUG", "Lineitem quantity": "1", "Lineitem price": "8.50",
         "Currency": "USD", "Subtotal": "8.50"}
    ]  # fmt: skip
    path = write_csv(tmp_path / "orders.csv", rows)
    report = run_import(kind="orders", path=path, options=Options(values=[("status", "paid", "completed")]))
    made = sent(report, edit(report, "2", **{"Created at": "2026-03-01 10:00:00 -0700"}))
    assert made.recognised == report.recognised != ""
    assert (Order.objects.get().status, Product.objects.get().sku) == ("completed", "MUG")


def malformed_order(tmp_path: Path) -> ImportReport:
    stock_shop()
    path = write_csv(tmp_path / "orders.csv", [order_line(), order_line(line_no="2", sku="bread")])
    path.write_text(path.read_text().rstrip("\n").removesuffix(",web") + "\n")
    return run_import(kind="orders", path=path)


def test_an_order_with_a_row_that_could_not_be_read_is_not_sent_in_part(tmp_path):
    report = malformed_order(tmp_path)
    assert [(row.number, bool(row.text)) for row in all_rows(report)] == [("2", False), ("3", True)]
    with pytest.raises(Conflict, match="Row 3 of A1"):
        send_again(report=report, edits=edit(report, "2", quantity="5"))


def test_the_row_that_could_not_be_read_is_filled_in(tmp_path):
    report = malformed_order(tmp_path)
    filled = {name: str(value) for name, value in order_line(line_no="2", sku="bread").items()}
    made = sent(report, edit(report, "3", **filled))
    assert (made.read, made.rejected) == (2, 0)
    assert Order.objects.get().item_count == 2


def test_rows_of_a_check_are_not_sent(tmp_path):
    report = import_rows("members", tmp_path / "m.csv", [{"member_no": "", "name": "A"}], dry_run=True)
    with pytest.raises(Conflict, match="not those of a check"):
        send_again(report=report, edits=edit(report, "2", member_no="M1"))


def test_a_page_holds_at_most_200_rows_and_what_a_form_may_have():
    assert (rows_a_page(2), rows_a_page(30), rows_a_page(2_000)) == (200, 30, 1)


def test_pages_of_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("importing.correcting.rows.MOST_ROWS", 2)
    rows = [{"member_no": "", "name": f"N{n}", "email": "x"} for n in range(5)]
    report = import_rows("members", tmp_path / "m.csv", rows)
    pages = [page_of(report, number=n) for n in (1, 2, 3)]
    assert [[row.number for row in page.rows] for page in pages] == [["2", "3"], ["4", "5"], ["6"]]
    assert [page.has_next for page in pages] == [True, True, False]


def test_what_a_dead_worker_left_in_the_file_is_not_shown(bad_orders):
    with Path(bad_orders.rejects_path).open("a") as file:
        file.write("9,rejected,sku,left,by,a,dead,worker\n")
    assert left(bad_orders) == ["2", "3", "5"]
