"""A shop in New Zealand dollars takes orders in yen: every figure is in its own money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from config.pages.home import _orders_by_day
from forecasts.features import load_purchases
from fraud.features import load_orders
from fraud.rules.facts import facts_of, order_table, order_values
from membership.currencies.rates import RateDraft, store_rates
from membership.members.figures import refresh_features, rfm_table
from membership.members.panels import _spend_by_month
from membership.members.summary import order_history
from membership.models import Member, MemberFeatures, Order
from membership.models.shop import Shop, remember_shop
from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.reading import read_rule
from tests.factories import MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def yuki() -> Member:
    """Who ordered for 9,000 yen, which are 99 dollars; others paid more, in dollars."""
    remember_shop(Shop("Pacific/Auckland", "NZD", "NZ"))
    days = [(NOW - timedelta(days=back)).date() for back in (0, 5)]
    store_rates(rates=[RateDraft(day, "JPY", Decimal("0.011")) for day in days], source="test")
    member = MemberFactory(name="Yuki")
    order = OrderFactory(member=member, currency="JPY", total=Decimal(9000), placed_at=YESTERDAY)
    OrderItemFactory(order=order, product=ProductFactory(sku="TEA"), unit_price=9000, total=Decimal(9000))
    return member


@pytest.fixture
def kiri() -> Member:
    member = MemberFactory(name="Kiri")
    OrderFactory(member=member, currency="NZD", total=Decimal(100), placed_at=YESTERDAY)
    return member


def test_figures_and_rfm(yuki, kiri) -> None:
    refresh_features(as_of=NOW)

    assert MemberFeatures.objects.get(member=yuki).spend_365d == Decimal(99)
    table = rfm_table(as_of=NOW)
    spent = dict(zip(table.member_ids.tolist(), table.monetary.tolist(), strict=True))
    assert spent[yuki.pk] < spent[kiri.pk]


@pytest.mark.parametrize(
    "text",
    ["bought(spend_at_least: 100, within: 30d)", 'bought(product: "TEA", spend_at_least: 100, within: 30d)'],
    ids=["orders", "lines"],
)
def test_segment_rules(yuki, text) -> None:
    rich = read_rule(text=text, may=everything)
    fair = read_rule(text=text.replace("100", "99"), may=everything)

    assert not members_of(rich, as_of=NOW).filter(pk=yuki.pk).exists()
    assert members_of(fair, as_of=NOW).filter(pk=yuki.pk).exists()


def test_the_home_and_the_members_page(yuki, kiri) -> None:
    _counts, turnover = _orders_by_day(NOW.date())

    assert turnover == Decimal(199)
    assert "99.0" in _spend_by_month(yuki)
    assert order_history(member=yuki).spent_last_year == (("NZD", Decimal(99)),)


def test_a_member_whose_currency_has_no_rate_is_described_in_it(yuki) -> None:
    OrderFactory(member=yuki, currency="KRW", total=Decimal(5000), placed_at=YESTERDAY)

    assert order_history(member=yuki).spent_last_year == (("NZD", Decimal(99)), ("KRW", Decimal(5000)))


def test_forecasts(yuki) -> None:
    assert load_purchases(as_of=NOW).amounts.sum() == 99


def test_fraud_features_and_rules(yuki) -> None:
    order = Order.objects.get()

    assert load_orders().columns.amount_cents.tolist() == [9_900]
    assert facts_of(order, names=["amount"], probability=None) == {"amount": 99.0}
    table = order_table(order_values(Order.objects.all()), probability=[None])
    assert table.fact("amount").tolist() == [99.0]


def test_an_order_without_a_rate_has_no_amount_for_rules_and_adds_nothing_to_counters(yuki) -> None:
    order = OrderFactory(member=yuki, currency="KRW", total=Decimal(9_000_000), placed_at=NOW)

    names = ["amount", "amount_member.7d", "discount_share"]
    assert facts_of(order, names=names, probability=None) == {
        "amount": None, "amount_member.7d": 99.0, "discount_share": None,
    }  # fmt: skip
