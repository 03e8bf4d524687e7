"""Random customers, products and events, written as each system does, come in the same.

Imported twice, shuffled, or cut in two: the same. ``--hypothesis-profile=explore`` tries more.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from importing.running import Options, run_import
from membership.models import Category, Consent, Event, Member, Product
from tests.importing.writers.goods import EVENTS, GOODS, Act, Article, Goods, catalogues, days
from tests.importing.writers.people import PEOPLE, People, Person, crowds
from tests.importing.writers.shop import Row, money

pytestmark = pytest.mark.django_db
COUNT = max(3, examples().max_examples // 50)
some = examples(
    max_examples=COUNT,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)


def imported(kind: str, rows: Sequence[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        with path.open("w", newline="", encoding=encoding) as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(rows)
        options = Options(unknown="create") if kind == "events" else Options()
        report = run_import(kind=kind, path=path, options=options, chunk_rows=3)
        assert report.rejected_by_reason == {}


def every_way(
    rows: list[Row], seed: int, bring_in: Callable[[list[Row]], None], check: Callable[[], None]
) -> None:
    """Once, twice, in two files, shuffled."""
    bring_in(rows)
    check()
    bring_in(rows)
    check()
    emptied()
    for part in (rows[: len(rows) // 2], rows[len(rows) // 2 :]):
        if part:
            bring_in(part)
    check()
    emptied()
    random.Random(seed).shuffle(rows)  # noqa: S311  # no secret: an order of rows
    bring_in(rows)
    check()


def emptied() -> None:
    for model in (Event, Consent, Product, Member, Category):
        model.objects.all().delete()


def check_people(crowd: list[Person], form: People) -> None:
    assert Member.objects.count() == len(crowd)
    for one in crowd:
        member = Member.objects.get(member_no=form.number(one))
        assert member.name == one.name
        told = {
            "email": (member.email, one.email),
            "phone": (member.phone or "", one.phone),
            "joined": (member.joined_at and f"{member.joined_at:%Y-%m-%d}", f"{one.joined:%Y-%m-%d}"),
            "tags": (sorted(tag.name for tag in member.tags.all()), sorted(one.tags)),
            "consent": (
                list(member.consents.values_list("channel", "granted")),
                [("email", True)] if one.granted else [],
            ),
        }
        assert {name: told[name][0] for name in form.tells} == {name: told[name][1] for name in form.tells}


@pytest.mark.parametrize("name", PEOPLE)
@some
@given(crowd=crowds(), seed=st.integers(0, 99))
def test_customers_come_in_the_same(name: str, crowd: list[Person], seed: int, settings: Any) -> None:
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY, settings.TIME_ZONE = "USD", "US", "UTC"
    form = PEOPLE[name]
    emptied()
    every_way(
        [form.row(one) for one in crowd],
        seed,
        lambda rows: imported("members", rows, delimiter=form.delimiter, encoding=form.encoding),
        lambda: check_people(crowd, form),
    )


def check_goods(shop: list[Article], form: Goods) -> None:
    assert Product.objects.count() == len(shop)
    for one in shop:
        product = Product.objects.get(sku=one.sku)
        assert (product.name, f"{product.price:.2f}") == (one.name, money(one.cents))
        told = {
            "stock": (product.stock, one.stock),
            "is_active": (product.is_active, one.is_active),
            "category": (str(product.category), one.category),
        }
        assert {name: told[name][0] for name in form.tells} == {name: told[name][1] for name in form.tells}


@pytest.mark.parametrize("name", GOODS)
@some
@given(shop=catalogues(), seed=st.integers(0, 99))
def test_products_come_in_the_same(name: str, shop: list[Article], seed: int, settings: Any) -> None:
    settings.SHOP_CURRENCY, settings.SHOP_COUNTRY = "USD", "US"
    form = GOODS[name]
    emptied()
    every_way(
        [form.row(one) for one in shop],
        seed,
        lambda rows: imported("products", rows, delimiter=form.delimiter, encoding=form.encoding),
        lambda: check_goods(shop, form),
    )


@pytest.mark.parametrize("name", EVENTS)
@some
@given(acts=days, seed=st.integers(0, 99))
def test_events_come_in_the_same(name: str, acts: list[Act], seed: int, settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    emptied()

    def check() -> None:
        held = Event.objects.order_by("occurred_at").values_list(
            "member__member_no", "type", "product__sku", "occurred_at"
        )
        assert [(number, kind, sku, f"{at:%Y-%m-%d %H:%M:%S}") for number, kind, sku, at in held] == [
            (f"U{act.person}", act.kind, act.sku, f"{act.at:%Y-%m-%d %H:%M:%S}")
            for act in sorted(acts, key=lambda act: act.second)
        ]

    every_way([EVENTS[name](act) for act in acts], seed, lambda rows: imported("events", rows), check)
