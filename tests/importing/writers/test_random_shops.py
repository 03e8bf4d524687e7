"""A random shop, written as each system does, comes to the same members, orders, totals and states.

Imported twice, with its rows shuffled, or cut in two: the same. ``--hypothesis-profile=explore`` tries more.
"""

from __future__ import annotations

import csv
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from importing.running import Options, run_import
from membership.models import Member, Order, OrderItem, Product
from tests.importing.writers.formats import FORMATS
from tests.importing.writers.shop import Format, Row, Sale, money, shops

pytestmark = pytest.mark.django_db
COUNT = max(3, examples().max_examples // 50)


def written(rows: list[Row], path: Path, form: Format) -> Path:
    with path.open("w", newline="", encoding=form.encoding) as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=form.delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def imported(rows: list[Row], others: list[Row], folder: Path, form: Format) -> None:
    path = written(rows, folder / "export.csv", form)
    joins = [written(others, folder / "others.csv", form)] if others else []
    report = run_import(
        kind="orders", path=path, options=Options(unknown="create", joins=joins), chunk_rows=3
    )  # fmt: skip
    assert report.rejected_by_reason == {}


def stored() -> list[tuple[Any, ...]]:
    orders = Order.objects.order_by("order_no").values_list(
        "order_no", "member__member_no", "status", "placed_at", "currency", "total"
    )
    lines = OrderItem.objects.order_by("order__order_no", "product__sku", "pk").values_list(
        "order__order_no", "product__sku", "quantity", "total"
    )
    return [*orders, *lines]


def emptied() -> None:
    for model in (OrderItem, Order, Product, Member):
        model.objects.all().delete()


def expected(sale: Sale, form: Format) -> tuple[str, str, str]:
    """(status, moment, net) of an order."""
    status = form.status if sale.state == "paid" else sale.state
    moment = f"{sale.placed:%Y-%m-%d %H:%M}" if form.has_time else f"{sale.placed:%Y-%m-%d} 00:00"
    return status, moment, "0.00" if sale.state == "refunded" else money(sale.net)


def check(shop: list[Sale], form: Format) -> None:
    held = list(Order.objects.order_by("order_no"))
    got = [(order.status, f"{order.placed_at:%Y-%m-%d %H:%M}", f"{order.total:.2f}") for order in held]
    assert got == [expected(sale, form) for sale in shop]
    assert {order.currency for order in held} == {form.currency}
    buyers = {sale.buyer for sale in shop}
    numbers = set(Member.objects.values_list("member_no", flat=True))
    if form.buyers == "email":
        assert numbers == {email for email, _first, _last in buyers}
    elif form.buyers == "nobody":
        assert numbers == {"walk-in"}
    else:
        assert len(numbers) == len(buyers)
    if form.has_lines:
        sold = {line.sku for sale in shop for line in sale.lines}
        assert {sku.removeprefix("10") for sku in Product.objects.values_list("sku", flat=True)} == sold


@pytest.mark.parametrize("name", FORMATS)
@examples(
    max_examples=COUNT,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # a failure is small as it is; making it smaller takes minutes
)
@given(shop=shops(), seed=st.integers(0, 99))
def test_a_shop_comes_in_the_same_however_its_rows_lie(
    name: str, shop: list[Sale], seed: int, settings: Any
) -> None:
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY, settings.TIME_ZONE = "USD", "US", "UTC"
    form = FORMATS[name]
    shop = form.known(shop)
    words = {"paid": "", **form.words}
    rows = form.rows(shop, words)
    others = form.others(shop, words) if form.others else []
    emptied()
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        imported(rows, others, folder, form)
        check(shop, form)
        first = stored()
        imported(rows, others, folder, form)
        assert stored() == first
        emptied()
        cut = len(form.rows(shop[: len(shop) // 2], words))
        for part in (rows[:cut], rows[cut:]):
            if part:
                imported(part, others, folder, form)
        check(shop, form)
        emptied()
        if form.shuffles:
            random.Random(seed).shuffle(rows)  # noqa: S311  # no secret: an order of rows
        imported(rows, others, folder, form)
        check(shop, form)
