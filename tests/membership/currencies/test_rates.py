from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.currencies.rates import RateDraft, StoredRates, checked_rate, store_rates
from membership.errors import Rejected
from membership.models import ExchangeRate

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


def test_a_rate_is_stored_once_for_a_day_and_changed() -> None:
    first = store_rates(rates=[RateDraft(DAY, "JPY", Decimal("0.0066"))], source="a")
    again = store_rates(rates=[RateDraft(DAY, "JPY", Decimal("0.0066"))], source="b")
    other = store_rates(rates=[RateDraft(DAY, "JPY", Decimal("0.0067"))], source="c")

    assert (first, again, other) == (StoredRates(1, 0, 0), StoredRates(0, 0, 1), StoredRates(0, 1, 0))
    assert [(one.rate, one.source) for one in ExchangeRate.objects.all()] == [(Decimal("0.0067"), "c")]


def test_of_several_for_one_day_the_last_counts() -> None:
    store_rates(rates=[RateDraft(DAY, "JPY", Decimal(1)), RateDraft(DAY, "JPY", Decimal(2))], source="")

    assert ExchangeRate.objects.get().rate == 2


def test_a_currency_is_understood_as_elsewhere() -> None:
    assert checked_rate(day=DAY, currency="jpy", rate=Decimal("0.00661234567890")).currency == "JPY"


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("ZZZ", "1", "not a currency"),
        ("USD", "1", "the shop's own currency"),
        ("JPY", "0", "A rate lies between"),
        ("JPY", "-1", "A rate lies between"),
        ("JPY", "NaN", "A rate lies between"),
        ("JPY", "1e10", "A rate lies between"),
    ],
)
def test_what_is_no_rate_is_refused_in_words(code: str, value: str, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        checked_rate(day=DAY, currency=code, rate=Decimal(value))


def test_new_rates_wait_for_their_orders(broker_away, django_capture_on_commit_callbacks) -> None:
    """Without a broker too: the schedule finds the mark."""
    with django_capture_on_commit_callbacks(execute=True):
        store_rates(rates=[RateDraft(DAY, "JPY", Decimal("0.0066"))], source="")

    assert ExchangeRate.objects.get().is_pending
