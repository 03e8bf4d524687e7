from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.currencies.filling import SETTLED_AFTER, apply_pending_rates, fill_rates
from membership.currencies.rates import RateDraft, store_rates
from membership.members.figures import refresh_features
from membership.models import ExchangeRate, MemberFeatures, Order
from membership.models.exchange_rates import MAX_AGE_DAYS
from membership.models.shop import Shop, remember_shop
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def rate(code: str, value: str, *, day: date = TODAY) -> None:
    store_rates(rates=[RateDraft(day, code, Decimal(value))], source="test")


def shop_total(order: Order) -> Decimal | None:
    total: Decimal | None = Order.objects.values_list("shop_total", flat=True).get(pk=order.pk)
    return total


def test_an_order_in_the_shops_currency_is_what_it_is() -> None:
    assert shop_total(OrderFactory(total=Decimal("10.005"))) == Decimal("10.005")


def test_an_order_counts_at_the_rate_of_its_day() -> None:
    rate("JPY", "0.0066")

    order = OrderFactory(currency="JPY", total=Decimal(2500), placed_at=NOON)

    assert shop_total(order) == Decimal("16.50")


def test_without_a_rate_it_is_stored_and_left_out_of_sums() -> None:
    member = MemberFactory()
    order = OrderFactory(member=member, currency="JPY", total=Decimal(9000), placed_at=NOON)
    OrderFactory(member=member, total=Decimal(100), placed_at=NOON)

    refresh_features(as_of=NOON)

    figures = MemberFeatures.objects.get(member=member)
    assert (figures.orders_365d, figures.spend_365d) == (2, Decimal(100))
    assert list(Order.objects.without_rate()) == [order]


def test_a_rate_that_comes_later_fills_the_order_in_and_marks_its_member() -> None:
    order = OrderFactory(currency="JPY", total=Decimal(2500), placed_at=NOON)
    rate("JPY", "0.0066")

    assert apply_pending_rates() == 1

    assert shop_total(order) == Decimal("16.50")
    assert MemberFeatures.objects.get(member=order.member).dirty_at is not None


def test_a_changed_rate_changes_the_orders_of_its_days_only() -> None:
    rate("JPY", "0.0066")
    same = OrderFactory(currency="JPY", total=Decimal(1000), placed_at=NOON)
    earlier = OrderFactory(currency="JPY", total=Decimal(1000), placed_at=NOON - timedelta(days=1))
    rate("JPY", "0.0070")

    apply_pending_rates()

    assert (shop_total(same), shop_total(earlier)) == (Decimal("7.00"), None)


@pytest.mark.parametrize(("age", "known"), [(MAX_AGE_DAYS, True), (MAX_AGE_DAYS + 1, False), (-1, False)])
def test_a_rate_holds_on_its_day_and_some_days_after(age: int, known: bool) -> None:
    rate("JPY", "0.0066", day=TODAY - timedelta(days=age))

    assert (shop_total(OrderFactory(currency="JPY", placed_at=NOON)) is not None) == known


def test_the_day_is_the_shops() -> None:
    remember_shop(Shop("Pacific/Auckland", "NZD", "NZ"))
    rate("JPY", "0.011", day=date(2026, 3, 2))
    late = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # in Auckland it is noon of the next day

    assert shop_total(OrderFactory(currency="JPY", total=Decimal(2500), placed_at=late)) == Decimal("27.50")


@pytest.mark.parametrize(
    ("shop", "wanted"), [("JPY", "1568"), ("KWD", "1567.997"), ("USD", "1568.00")], ids=["JPY", "KWD", "USD"]
)
def test_amounts_are_rounded_to_the_smallest_unit_of_the_shops_currency(shop: str, wanted: str) -> None:
    remember_shop(Shop("UTC", shop, "JP"))
    rate("EUR", "149.333")

    order = OrderFactory(currency="EUR", total=Decimal("10.50"), placed_at=NOON)

    assert shop_total(order) == Decimal(wanted)


def test_a_half_is_rounded_up_on_both_databases() -> None:
    rate("JPY", "0.01")

    order = OrderFactory(currency="JPY", total=Decimal("100.5"), placed_at=NOON)

    assert shop_total(order) == order.in_shop_currency(order.total) == Decimal("1.01")


def test_a_rate_stays_pending_until_orders_that_were_being_stored_have_been_seen() -> None:
    rate("JPY", "0.0066")
    apply_pending_rates()
    order = OrderFactory(currency="JPY", total=Decimal(1000), placed_at=NOON)
    Order.objects.filter(pk=order.pk).update(shop_rate=None)  # as one that began before the rate was there

    later = ExchangeRate.objects.get().changed_at + SETTLED_AFTER
    assert apply_pending_rates(now=later) == 1

    assert shop_total(order) == Decimal("6.60")
    assert not ExchangeRate.objects.get().is_pending


def test_many_orders_cost_few_queries(django_assert_max_num_queries) -> None:
    rate("JPY", "0.0066")
    orders = OrderFactory.create_batch(30, currency="JPY", placed_at=NOON)
    Order.objects.update(shop_rate=None)

    with django_assert_max_num_queries(8):
        assert fill_rates(order_ids=[order.pk for order in orders]) == 30


AMOUNTS = st.decimals(min_value="0.01", max_value="99999", places=2)
RATES = st.decimals(min_value="0.0001", max_value="200", places=4)
DAYS = st.integers(0, 3)


class AnyOrderOfArrival(TestCase):
    @settings(max_examples=25)
    @given(
        orders=st.lists(st.tuples(st.sampled_from(["JPY", "EUR", "USD"]), AMOUNTS, DAYS), max_size=6),
        rates=st.lists(st.tuples(st.sampled_from(["JPY", "EUR"]), RATES, DAYS), max_size=5),
        seed=st.randoms(use_true_random=False),
    )
    def test_sums_do_not_depend_on_what_came_first(self, orders, rates, seed) -> None:
        """Each order counts once, at its day's rate, whatever came first."""
        remember_shop(None)
        final = {(code, day): value for code, value, day in rates}
        steps = [("order", one) for one in orders]
        for (code, day), value in final.items():
            steps.append(("rate", (code, value, day)))
        seed.shuffle(steps)
        member = MemberFactory()
        for kind, (code, value, day) in steps:
            at = NOON + timedelta(days=day)
            if kind == "order":
                OrderFactory(member=member, currency=code, total=value, placed_at=at)
            else:
                rate(code, str(value), day=at.date())
                if seed.random() < 0.5:
                    apply_pending_rates()
        apply_pending_rates()

        wanted = Decimal(0)
        for code, amount, day in orders:
            known = [final[code, back] for back in range(day, -1, -1) if (code, back) in final]
            if code == "USD":
                wanted += amount
            elif known:
                wanted += (amount * known[0]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        found = Order.objects.aggregate(sum=Sum("shop_total"))["sum"] or Decimal(0)
        assert round(found, 3) == wanted
