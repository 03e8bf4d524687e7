"""A random shop, exported as several systems do, comes to the same orders, however its rows lie."""

from __future__ import annotations

import csv
import random
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from importing.running import Options, run_import
from membership.models import Member, Order, OrderItem, Product

LINE = st.tuples(st.sampled_from(["TEE", "MUG", "CAP"]), st.integers(1, 4), st.integers(1, 9999))
ORDER = st.tuples(
    st.sampled_from(["ana@example.com", "bo@example.com", "cy@example.com"]),
    st.lists(LINE, min_size=1, max_size=4),
    st.integers(0, 100),  # per cent off the whole order
    st.sampled_from(["paid", "refunded", "cancelled"]),
)
Shop = list[tuple[str, list[tuple[str, int, int]], int, str]]


def money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def sums(lines: list[tuple[str, int, int]], percent: int) -> tuple[int, int]:
    """(before the discount, the discount), in cents."""
    gross = sum(quantity * price for _sku, quantity, price in lines)
    return gross, gross * percent // 100


def shopify(shop: Shop) -> list[dict[str, str]]:
    rows = []
    words = {"cancelled": "voided"}
    for number, (email, lines, percent, status) in enumerate(shop):
        gross, discount = sums(lines, percent)
        for at, (sku, quantity, price) in enumerate(lines):
            first = {"Financial Status": words.get(status, status), "Subtotal": money(gross - discount),
                     "Shipping": "5.00", "Taxes": "0.00", "Currency": "USD"}  # fmt: skip
            rows.append(
                {"Name": f"#{number}", "Email": email, "Created at": f"2026-03-01 10:00:{number:02d} -0700",
                 "Lineitem name": sku, "Lineitem sku": sku, "Lineitem quantity": str(quantity),
                 "Lineitem price": money(price), "Lineitem discount": "0.00",
                 **(first if at == 0 else dict.fromkeys(first, ""))}
            )  # fmt: skip
    return rows


def magento(shop: Shop) -> list[dict[str, str]]:
    rows = []
    words = {"cancelled": "canceled", "refunded": "closed", "paid": "processing"}
    for number, (email, lines, percent, status) in enumerate(shop):
        _gross, discount = sums(lines, percent)
        rows += [
            {"increment_id": f"#{number}", "customer_email": email,
             "created_at": f"2026-03-01 17:00:{number:02d} UTC",
             "status": words[status], "sku": sku, "qty_ordered": str(quantity), "price": money(price),
             "row_total": money(quantity * price), "discount_amount": f"-{money(discount)}",
             "order_currency_code": "USD"}
            for sku, quantity, price in lines
        ]  # fmt: skip
    return rows


def own(shop: Shop) -> list[dict[str, str]]:
    rows = []
    for number, (email, lines, percent, status) in enumerate(shop):
        _gross, discount = sums(lines, percent)
        rows += [
            {"order_no": f"#{number}", "member_no": email,
             "placed_at": f"2026-03-01T17:00:{number:02d}Z", "sku": sku,
             "quantity": str(quantity), "unit_price": money(price), "status": status, "currency": "USD",
             "order_discount": money(discount)}
            for sku, quantity, price in lines
        ]  # fmt: skip
    return rows


def imported(rows: list[dict[str, str]], folder: Path) -> None:
    path = folder / "orders.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    report = run_import(kind="orders", path=path, options=Options(unknown="create"), chunk_rows=3)
    assert report.rejected_by_reason == {}


def stored() -> list[tuple[Any, ...]]:
    fields = ("order_no", "member__email", "status", "placed_at", "subtotal", "discount", "refunded", "total")
    return list(Order.objects.order_by("order_no").values_list(*fields))


def emptied() -> None:
    for model in (OrderItem, Order, Product, Member):
        model.objects.all().delete()


class TestRandomShops(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(shop=st.lists(ORDER, min_size=1, max_size=6), seed=st.integers(0, 99))
    def test_each_format_gives_the_same_orders_however_its_rows_lie(self, shop: Shop, seed: int) -> None:
        emptied()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            results = []
            for export in (own, shopify, magento):
                imported(export(shop), folder)
                results.append(stored())
                imported(export(shop), folder)
                assert stored() == results[-1]
                emptied()
                rows = export(shop)
                cut = len(export(shop[: len(shop) // 2]))
                for part in (rows[:cut], rows[cut:]):
                    if part:
                        imported(part, folder)
                assert stored() == results[-1]
                emptied()
                if export is not shopify:  # there only the first line of an order has its amounts
                    random.Random(seed).shuffle(rows)  # noqa: S311  # no secret: an order of rows
                imported(rows, folder)
                assert stored() == results[-1]
                emptied()
        assert results[0] == results[1] == results[2]
        for row, (_email, lines, percent, status) in zip(results[0], shop, strict=True):
            gross, discount = sums(lines, percent)
            net = 0 if status == "refunded" else gross - discount
            assert (row[4], row[7]) == (Decimal(gross) / 100, Decimal(net) / 100)
