"""What decides while no model is live."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.models import Decision, DecisionPolicy
from fraud.services.policies.without_model import ByAmount, by_amount, review_from, save_review_from
from membership.models.shop import Shop, remember_shop

amounts = st.decimals(0, 10_000, places=3)


@given(amounts, amounts)
def test_smaller_orders_are_approved_and_none_is_declined(amount: Decimal, limit: Decimal):
    decision = ByAmount(float(limit)).decide(amount=float(amount))

    assert decision == (Decision.APPROVE if amount < limit else Decision.REVIEW)


@given(amounts)
def test_an_amount_that_cannot_be_compared_is_reviewed(amount: Decimal):
    assert ByAmount(None).decide(amount=float(amount)) == Decision.REVIEW
    assert by_amount(None, currency="XXX") == ByAmount(None)


@pytest.mark.parametrize(("currency", "amount"), [("USD", 100), ("JPY", 10_000), ("KWD", 100)])
def test_the_first_value_suits_the_currency(currency: str, amount: int):
    remember_shop(Shop("UTC", currency, "US"))

    assert review_from(None) == amount
    assert by_amount(None, currency=currency) == ByAmount(float(amount))


def test_an_amount_in_a_former_currency_of_the_shop_does_not_count():
    assert review_from(DecisionPolicy(review_from=Decimal(5), currency="EUR")) == 100
    assert review_from(DecisionPolicy(review_from=Decimal(5), currency="USD")) == 5
    assert review_from(DecisionPolicy(review_from=Decimal(0), currency="USD")) == 0


@pytest.mark.django_db
def test_a_new_amount_is_a_new_policy_that_keeps_the_rest():
    DecisionPolicy.objects.create(method="cost", price=7, margin=0.2, currency="USD")
    save_review_from(amount=Decimal(40), user=None)

    newest = DecisionPolicy.objects.first()
    assert newest is not None
    assert (newest.method, newest.margin) == ("cost", 0.2)
    assert (newest.price, newest.review_from) == (Decimal(7), Decimal(40))
    assert DecisionPolicy.objects.count() == 2
